"""Whether a stretch of text stands in the corpus, answered without reading the corpus."""

from __future__ import annotations

from typing import Any

import numpy as np

_Codes = np.ndarray[Any, np.dtype[np.uint64]]


class CorpusText:
    """All text of a corpus; `part in corpus_text` is what it is for.

    A misspelt word mostly holds two characters that stand side by side nowhere. So the pairs are
    worked out once, as sorted numbers, and the text itself is read for longer parts only.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._pairs: _Codes = np.unique(_pairs(text))

    def __contains__(self, part: object) -> bool:
        if not isinstance(part, str):
            return False
        if len(part) < 2:
            return part in self._text
        if not len(self._pairs):
            return False
        wanted = _pairs(part)
        at = np.searchsorted(self._pairs, wanted).clip(max=len(self._pairs) - 1)
        if not np.array_equal(self._pairs[at], wanted):
            return False
        return len(part) == 2 or part in self._text


def _pairs(text: str) -> _Codes:
    """Each character with the next one as one number, shape (len(text) - 1,)."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    found: _Codes = codes[:-1] << np.uint64(32) | codes[1:]
    return found
