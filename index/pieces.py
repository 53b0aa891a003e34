"""Text as the packaged model's tokens: SentencePiece unigram (Kudo 2018, arXiv:1804.10959).

The packaged engine keeps its tokenizer to itself, and `tokenizers` takes half a gigabyte for a
vocabulary of 250,000 pieces; to cut a question by it takes a dictionary and Viterbi's algorithm.
"""

from __future__ import annotations

import math
import re
import unicodedata
from array import array
from collections.abc import Mapping, Sequence

_SPACES = re.compile(" {2,}")
_WORD_BEGINS = "▁"
# How much worse an unknown character is than the rarest piece, as in SentencePiece.
_UNKNOWN_PENALTY = 10.0


class Pieces:
    """The vocabulary, and the likeliest way to make a text of it."""

    def __init__(self, vocabulary: Sequence[tuple[str, float]], special: Mapping[str, int]) -> None:
        """`vocabulary` holds (piece, log probability) by token; `special` the tokens of marks."""
        marks = set(special.values())
        self._tokens = {
            piece: token for token, (piece, _) in enumerate(vocabulary) if token not in marks
        }
        self._longest = max(map(len, self._tokens))
        self._unknown = special["<unk>"]
        self._scores = array("f", (score for _, score in vocabulary))
        self._scores[self._unknown] = min(self._scores) - _UNKNOWN_PENALTY
        self._begin, self._end = special["<s>"], special["</s>"]

    def tokens(self, text: str, limit: int) -> list[int]:
        """The tokens of a text between the marks of its beginning and end, at most `limit`."""
        even = _SPACES.sub(" ", unicodedata.normalize("NFKC", text))
        marked = f" {even.removeprefix(' ')}".replace(" ", _WORD_BEGINS)
        return [self._begin, *self._cut(marked)[: limit - 2], self._end]

    def _cut(self, text: str) -> list[int]:
        """The likeliest tokens (Viterbi): the best way to each place, from the best ways before."""
        best = [0.0] + [-math.inf] * len(text)
        last = [(0, 0)] * (len(text) + 1)
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + self._longest) + 1):
                token = self._tokens.get(text[start:end])
                if token is None:
                    if end > start + 1:
                        continue
                    token = self._unknown
                score = best[start] + self._scores[token]
                if score > best[end]:
                    best[end], last[end] = score, (start, token)
        cut, at = [], len(text)
        while at:
            at, token = last[at]
            cut.append(token)
        return cut[::-1]
