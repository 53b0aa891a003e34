"""Words that the corpus itself teaches the tokenizer.

Names in 《》, terms in “”, titles of clauses, and new words found by cohesion and freedom
(pointwise mutual information of the parts, and entropy of what stands left and right; after
Matrix67's method, also Sproat & Shih 1990 for the former).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from corpus.document import Document

_HAN = re.compile(r"[\u4e00-\u9fff]+")
_NAMED = re.compile(r"《([\u4e00-\u9fff]{2,12})》|[“\"]([\u4e00-\u9fff]{2,8})[”\"]")
_MIN_COUNT = 4
_MIN_COUNT_PAIR = 8
_MIN_COHESION = 4.0
_MIN_FREEDOM = 1.0
_MAX_LENGTH = 6
_BREAKS = re.compile(r"[的和与及或等为对在中以所是将被]")


def _entropy(counts: Counter[str]) -> float:
    total = sum(counts.values())
    return -sum(n / total * math.log(n / total) for n in counts.values())


def discover(texts: Iterable[str]) -> set[str]:
    """New words of 2-6 characters among `texts`."""
    grams: Counter[str] = Counter()
    left: defaultdict[str, Counter[str]] = defaultdict(Counter)
    right: defaultdict[str, Counter[str]] = defaultdict(Counter)
    total = 0
    for text in texts:
        for run in _HAN.findall(text):
            padded = f"^{run}$"
            total += len(run)
            for size in range(1, _MAX_LENGTH + 1):
                for at in range(1, len(run) - size + 2):
                    gram = padded[at : at + size]
                    grams[gram] += 1
                    if size > 1:
                        left[gram][padded[at - 1]] += 1
                        right[gram][padded[at + size]] += 1
    words = set()
    for gram, count in grams.items():
        least = _MIN_COUNT_PAIR if len(gram) == 2 else _MIN_COUNT
        if len(gram) < 2 or count < least or _BREAKS.search(gram):
            continue
        cohesion = min(
            math.log(count * total / (grams[gram[:cut]] * grams[gram[cut:]]))
            for cut in range(1, len(gram))
        )
        freedom = min(_entropy(left[gram]), _entropy(right[gram]))
        if cohesion >= _MIN_COHESION and freedom >= _MIN_FREEDOM:
            words.add(gram)
    return words


def learn(documents: Iterable[Document]) -> tuple[str, ...]:
    """The corpus' own terms, sorted."""
    documents = tuple(documents)
    words: set[str] = set()
    for document in documents:
        words.update(_HAN.findall(document.short_title))
        for match in _NAMED.finditer(document.text):
            words.add(match.group(1) or match.group(2))
    # Statutes by the thousand would take minutes and teach little: names are enough there.
    texts = [doc.text for doc in documents if len(doc.text) < 200_000]
    words |= discover(texts[:200])
    return tuple(sorted(word for word in words if 2 <= len(word) <= 12))
