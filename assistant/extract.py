"""Cutting a sentence down to the words that answer: minimal evidence. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Set

from corpus.document import Span

_COMMA = re.compile(r"[，,；;：:]")
_OPEN, _CLOSE = "（(《〈“「『[【", "）)》〉”」』]】"
_EDGE = " \t\n\u3000，,；;：:。、"
LONG = 90


def segments(text: str, span: Span, bound: bool = True) -> list[Span]:
    """The span cut at commas and semicolons that stand outside brackets and quotes.

    A condition (当年抵不完的，) says nothing without what follows: where `bound`, no cut after it.
    """
    cuts, depth = [span.start], 0
    for at in range(span.start, span.end):
        char = text[at]
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth = max(0, depth - 1)
        elif depth == 0 and _COMMA.match(char):
            if not (bound and char in "，," and text[at - 1] == "的"):
                cuts.append(at + 1)
    cuts.append(span.end)
    return [Span(a, b) for a, b in zip(cuts, cuts[1:], strict=False) if a < b]


def trim(text: str, span: Span) -> Span:
    """The span without white space and separators at its ends."""
    start, end = span.start, span.end
    while start < end and text[start] in _EDGE:
        start += 1
    while end > start and text[end - 1] in _EDGE:
        end -= 1
    return Span(start, end)


def fitting_segments(
    text: str, span: Span, covered: Callable[[str], Set[str]], fits: Callable[[str], bool]
) -> list[Span]:
    """The segments that fit by themselves, unless the question's terms single some of them out."""
    fitting = [part for part in segments(text, span) if fits(part.of(text))]
    terms = [covered(part.of(text)) for part in fitting]
    own = [
        mine - set().union(*(other for at, other in enumerate(terms) if at != number))
        for number, mine in enumerate(terms)
    ]
    if any(own):
        return [part for part, mine in zip(fitting, own, strict=True) if mine]
    return fitting


def shortest_window(
    text: str,
    span: Span,
    covered: Callable[[str], Set[str]],
    fits: Callable[[str], bool],
    limit: int = LONG,
    grow: bool = False,
) -> Span:
    """The shortest run of segments that covers the most question terms and still fits.

    With `grow`, the run is then lengthened to its left and right up to `limit`: who acts and
    what follows stand there.

    Where several segments fit and the question does not tell them apart, the run holds them
    all, up to twice `limit` characters. A run of at most `limit` is preferred to one that
    covers more; where no run fits, the whole span is given back. What a semicolon parts are
    cases side by side: a run over several takes each of them whole.
    """
    parts = segments(text, span)
    everything = covered(span.of(text))
    needed = fitting_segments(text, span, covered, fits)
    if needed and needed[-1].end - needed[0].start > 2 * limit:
        needed = []
    best: tuple[tuple[float, ...], Span] | None = None
    for i in range(len(parts)):
        for j in range(i, len(parts)):
            window = Span(parts[i].start, parts[j].end)
            words = window.of(text)
            if not fits(words) or _cuts_a_case(text, parts, i, j):
                continue
            held = sum(window.start <= s.start and s.end <= window.end for s in needed)
            length = len(words)
            share = len(covered(words)) / len(everything) if everything else 1.0
            rank = (held, share - max(0, length - limit) / 100 - length / 400, -length)
            if best is None or rank > best[0]:
                best = (rank, window)
    if best is None:
        return trim(text, span)
    return trim(text, _grown(parts, best[1], limit) if grow else best[1])


def _cuts_a_case(text: str, parts: list[Span], first: int, last: int) -> bool:
    """Whether a run of parts goes over a semicolon, and leaves out a piece of what it parts."""
    ends = [text[part.end - 1] in "；;" for part in parts]
    if not any(ends[first:last]):
        return False
    whole_before = first == 0 or ends[first - 1]
    whole_after = last == len(parts) - 1 or ends[last]
    return not (whole_before and whole_after)


def _grown(parts: list[Span], window: Span, limit: int) -> Span:
    before = [part for part in parts if part.end <= window.start]
    after = [part for part in parts if part.start >= window.end]
    start, end = window.start, window.end
    while before and end - before[-1].start <= limit:
        start = before.pop().start
    while after and after[0].end - start <= limit:
        end = after.pop(0).end
    return Span(start, end)
