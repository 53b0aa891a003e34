"""A sentence beside the words that are to prove it: shared characters, segments. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.extract import segments
from corpus.spans import sentence_spans

# Beside the best one, a quote segment belongs to a claim's segment that holds this share of it.
HELD = 0.6
_QUIET = re.compile(r"[^\w%％〔〕]|_")


def squeeze(text: str) -> str:
    """The text without punctuation and white space, lower case, ％ as %."""
    return _QUIET.sub("", text.lower()).replace("％", "%")


def pairs(text: str) -> set[str]:
    """Character pairs of the squeezed text; the text itself where it is shorter."""
    bare = squeeze(text)
    return {bare[at : at + 2] for at in range(len(bare) - 1)} or ({bare} if bare else set())


def share(part: set[str], whole: set[str]) -> float:
    """Share of `part` that is in `whole`; 1 where there is nothing to look for."""
    return len(part & whole) / len(part) if part else 1.0


def cut(text: str) -> list[tuple[str, int]]:
    """Segments between commas, each with the number of the part (；。) that it stands in."""
    out, part = [], 0
    for sentence in sentence_spans(text):
        for span in segments(text, sentence, bound=False):
            words = span.of(text)
            if squeeze(words):
                out.append((words, part))
            part += words.rstrip().endswith(("；", ";"))
        part += 1
    return out


def aligned(
    said: Sequence[str], quoted: Sequence[str]
) -> list[tuple[frozenset[int], frozenset[int]]]:
    """Segments of the claim beside the segments of the quote that they come from, in groups."""
    wanted, known = [pairs(words) for words in said], [pairs(words) for words in quoted]
    groups: list[tuple[set[int], set[int]]] = []
    for at, own in enumerate(wanted):
        shares = [len(own & other) for other in known]
        best = max(range(len(known)), key=lambda n: (shares[n], -n), default=None)
        found = {best} if best is not None and shares[best] else set()
        found |= {n for n, other in enumerate(known) if share(other, own) >= HELD}
        merged = ({at}, found)
        for group in [g for g in groups if g[1] & found]:
            groups.remove(group)
            merged = (merged[0] | group[0], merged[1] | group[1])
        groups.append(merged)
    return [(frozenset(a), frozenset(b)) for a, b in groups]
