"""Is a sentence written by a language model proved by the clauses that it cites? Pure functions.

Three questions, in order of cost:

1. Where: the sentences of the cited clauses that carry the words are found (`locate`); these,
   word for word, are what the user sees as the quote.
2. What must not differ: figures with unit and bound, dates, document numbers, names in 《》 and
   “”, bodies and parties, negation, modal verbs and reservations stand in the quote and, where a
   quote holds several, at the same place (`difference`). A figure that is right but belongs to
   another party is a fault, so is filling in a withheld X. Any other word that is put in,
   changed or left out must be of a kind that does no harm, and what is said under a condition
   keeps it (`assistant.edits`).
3. Whether the rest is covered: shares of character pairs and of content words that the quote
   holds, and the cosine of sentence and quote, each at or above a threshold that
   `eval/calibrate_faithfulness.py` fits; it stands with its curve in
   `assistant/weights/faithfulness.json`.

Strict on purpose: a faithful sentence that is dropped costs some style, because quotes stand
in for it; an unfaithful one that passes would cost the user's trust.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from assistant.alignment import aligned, cut, pairs, share, squeeze
from assistant.bounds import FRACTION, Mention, figure_mentions, uniform
from assistant.compose import Quote, heading_span
from assistant.edits import changed, same, unconditional
from assistant.evidence import word_weights
from assistant.figures import numbers
from corpus.document import Clause, Span
from index import dictionary
from index.build import Index
from index.passages import body_sentences

MAX_QUOTED = 6
# A further sentence is quoted where it holds this share more of the claim's character pairs.
ADDS = 0.12
CONTEXT_LEFT, CONTEXT_RIGHT = 10, 8

_HAN = r"\u4e00-\u9fff"


# ------------------------------------------------------------------ where
def locate(text: str, clauses: Sequence[Clause]) -> tuple[Quote, ...]:
    """The sentences of the clauses that together hold most of the text's character pairs.

    Greedy (at most `MAX_QUOTED`), best first; given back in the order of `clauses` and of their
    text, neighbours as one quote. A sentence that adds little is quoted only where the text
    holds all of it (a short item of a list); a clause that adds nothing is not quoted.
    """
    wanted = pairs(text)
    pool = [
        (rank, number, Quote(clause, span), pairs(span.of(clause.text)))
        for rank, clause in enumerate(clauses)
        for number, (_, span) in enumerate(body_sentences(clause))
    ]
    held: set[str] = set()
    taken: list[tuple[int, int, Quote]] = []
    while len(taken) < MAX_QUOTED:
        gains = [
            (gain, item)
            for item in pool
            if (gain := len(wanted & item[3] - held))
            and (gain >= ADDS * len(wanted) or item[3] <= wanted)
        ]
        if not gains:
            break
        _, best = max(gains, key=lambda found: found[0])
        taken.append(best[:3])
        held |= best[3]
    return _joined(sorted(taken, key=lambda item: item[:2]))


def _joined(taken: Sequence[tuple[int, int, Quote]]) -> tuple[Quote, ...]:
    out: list[tuple[int, int, Quote]] = []
    for rank, number, quote in taken:
        if out and out[-1][0] == rank and out[-1][1] == number - 1:
            whole = Quote(quote.clause, Span(out[-1][2].span.start, quote.span.end))
            out[-1] = (rank, number, whole)
        else:
            out.append((rank, number, quote))
    return tuple(quote for _, _, quote in out)


# ------------------------------------------------------------------ what must not differ
_PARTY = re.compile(
    r"(?:部门|机关|机构|政府|委员会|委|局|厅|署|法院|检察院|办公室|组织|协会|学会|商会|工会|联合会|联盟|"
    r"单位|公司|集团|银行|学校|院校|大学|学院|高校|中学|企业|园区|教师|导师|学生|学徒|学员|职工|员工|"
    r"劳动者|个人|人员|监护人|家庭|国家|国务院|省|市|州|县|事业单位)$"
)
_MODIFIER = ("n", "j", "b", "vn", "an", "l", "t", "f", "s")
MAX_MODIFIERS = 4


def _tokens(text: str, words: Callable[[str], list[str]]) -> Iterable[tuple[str, Span]]:
    lowered, at = text.lower(), 0
    for word in words(text):
        start = lowered.find(word, at)
        if start >= 0:
            at = start + len(word)
            yield word, Span(start, at)


def party_mentions(text: str, words: Callable[[str], list[str]]) -> list[Mention]:
    """Bodies and parties with the nouns before them: 教育行政部门, 职业学校, 教师.

    The key holds the words, the head last.
    """
    tags = dictionary.tags()
    found: list[Mention] = []
    run: list[tuple[str, Span]] = []
    for word, span in _tokens(text, words):
        joined = bool(run) and run[-1][1].end == span.start
        if not joined:
            run = []
        if _PARTY.search(word):
            parts = [*run[-MAX_MODIFIERS:], (word, span)]
            start = parts[0][1].start
            if found and found[-1].span.end > start:
                start = found.pop().span.start
                parts = [(w, s) for w, s in [*run, (word, span)] if s.start >= start]
            found.append(Mention(tuple(w for w, _ in parts), Span(start, span.end)))
            run.append((word, span))
        elif tags.get(word, "n").startswith(_MODIFIER):
            run.append((word, span))
        else:
            run = []
    return found


_BETWEEN = re.compile(r"^(?:、|和|与|及|或|以及|或者|[,，/]|\s)?$")
_OPEN, _CLOSE = "（(〔[", "）)〕]"


def _groups(text: str, mentions: Sequence[Mention]) -> list[list[Mention]]:
    """Mentions that are listed together (甲、乙和丙): they share one place."""
    out: list[list[Mention]] = []
    for mention in mentions:
        if out and _BETWEEN.match(text[out[-1][-1].span.end : mention.span.start]):
            out[-1].append(mention)
        else:
            out.append([mention])
    return out


_MASK = "〇"
_SEGMENT_END = re.compile(r"[，,。；;：:\n]")


def _context(text: str, group: Sequence[Mention], mentions: Sequence[Mention]) -> tuple[str, str]:
    """What stands left and right of a group between commas, other mentions masked."""
    first, last = group[0].span.start, group[-1].span.end
    masked = list(text)
    for mention in mentions:
        if mention.span.end <= first or mention.span.start >= last:
            blank = [_MASK, *[""] * (mention.span.end - mention.span.start - 1)]
            masked[mention.span.start : mention.span.end] = blank
    left = _SEGMENT_END.split("".join(masked[:first]))[-1]
    right = _SEGMENT_END.split("".join(masked[last:]))[0]
    return squeeze(left)[-CONTEXT_LEFT:], squeeze(right)[:CONTEXT_RIGHT]


def _alike(one: tuple[str, str], other: tuple[str, str]) -> int:
    """How far two contexts agree: shared characters once, shared pairs twice."""
    return sum(
        len(set(a) & set(b)) + 2 * len(pairs(a) & pairs(b))
        for a, b in zip(one, other, strict=True)
        if a and b
    )


def _agree(kind: str, one: Mention, other: Mention) -> bool:
    if kind == "figure":
        return one.key == other.key
    a, b = "".join(one.key), "".join(other.key)
    return a.endswith(b) or b.endswith(a)


def misplaced(
    kind: str, text: str, said: Sequence[Mention], quote: str, known: Sequence[Mention]
) -> bool:
    """Whether a mention stands where the quote has another one, or is bound otherwise."""
    sites = [(group, _context(quote, group, known)) for group in _groups(quote, known)]
    for group in _groups(text, said):
        around = _context(text, group, said)
        scored = [(_alike(around, context), site) for site, context in sites]
        for mention in group:
            holds = [(s, site) for s, site in scored if any(_agree(kind, mention, m) for m in site)]
            best = max((s for s, _ in holds), default=-1)
            if best < 0 or best < max(s for s, _ in scored):
                return True
            at_best = [m for s, site in holds if s == best for m in site]
            if kind == "figure" and not any(
                _agree(kind, mention, m) and m.bound == mention.bound for m in at_best
            ):
                return True
    return False


_NUMERAL = "一二三四五六七八九十百千万两几"
# Words that are checked as they stand: document numbers, fractions, names and quoted words.
_LITERALS = (
    ("document_number", re.compile(r"[〔\[(（【]\d{4}[〕\])）】]\s*(?:第)?\d+号|第?\d+号")),
    ("figure", re.compile(FRACTION)),
    ("figure", re.compile(r"X+[%％]?|\d+X+")),
    ("name", re.compile(r"《[^》]*》")),
    ("quoted", re.compile(r"[“「『][^”」』]*[”」』]")),
    ("foreign", re.compile(r"[A-Za-z][A-Za-z0-9.@:/_-]{1,}")),
    ("label", re.compile(r"第[一二三四五六七八九十百零〇\d]+[条款项章节编目]")),
)
_FORBID = re.compile(r"不得|禁止|严禁|不准|不允许|不能够?|不应当?|不可以?|不予")
_DENY = re.compile(r"[不未无没非勿免拒]|除外|不含|之外")
_MODES = (
    ("oblige", r"应当|必须|务必|须|(?<![对相适反响供])应(?![用对届聘变急])|有义务|强制"),
    ("permit", r"可以|允许|准予|有权|(?<![认许])可(?![持能行操靠])"),
    ("require", r"要求|需要"),
    ("encourage", r"鼓励|支持|引导|倡导|提倡"),
    ("explore", r"探索"),
    ("priority", r"优先|择优"),
    (
        "reserve",
        r"原则上|酌情|适当|仅|只(?!要)|符合|经[^，,。]{0,12}(?:批准|同意|核准|审核|认定|认证)",
    ),
)
_MODE = tuple((name, re.compile(pattern)) for name, pattern in _MODES)


def _denials(text: str) -> Counter[str]:
    """Negations: prohibitions as one kind, others by their character."""
    found: Counter[str] = Counter()
    found["forbid"] = len(_FORBID.findall(text))
    found.update(_DENY.findall(_FORBID.sub("", text)))
    return +found


def _modes(text: str) -> Counter[str]:
    """Modal verbs and reservations by kind."""
    bare = _FORBID.sub("", text)
    return +Counter({name: len(pattern.findall(bare)) for name, pattern in _MODE})


def reversed_in(text: str, quote: str) -> str:
    """`negation` or `modality` where a segment denies, obliges or permits otherwise; else empty."""
    said, quoted = cut(text), cut(quote)
    for mine, theirs in aligned([words for words, _ in said], [words for words, _ in quoted]):
        # What is said twice counts once.
        own = "，".join(dict.fromkeys(said[n][0].strip("，。；") for n in sorted(mine)))
        source = "，".join(dict.fromkeys(quoted[n][0].strip("，。；") for n in sorted(theirs)))
        if _denials(own) != _denials(source):
            return "negation"
        parts = {quoted[n][1] for n in theirs}
        before = (words for words, part in quoted[: max(theirs, default=0)] if part in parts)
        inherited = set(_modes("，".join(before)))
        added = set(_modes(own) - _modes(source)) - inherited
        if added or _modes(source) - _modes(own):
            return "modality"
    return ""


def difference(
    text: str, quotes: Sequence[Quote], words: Callable[[str], list[str]], names: str = ""
) -> str:
    """What of the text the quotes contradict or lack, as a short code; empty where nothing.

    `words` splits text into words; `names` are the titles of the cited documents, which the
    text may mention.
    """
    text, quote = uniform(text), uniform("\n".join(q.text for q in quotes))
    plain, known = squeeze(quote), squeeze(f"{quote}\n{names}")
    for code, pattern in _LITERALS:
        where = known if code == "name" else plain
        if any(squeeze(found) not in where for found in pattern.findall(text)):
            return code
    if numbers(text) - numbers(quote):
        return "figure"
    said, stated = figure_mentions(text), figure_mentions(quote)
    if {m.key for m in said} - {m.key for m in stated}:
        return "figure"
    if misplaced("figure", text, said, quote, stated):
        return "figure_of_another"
    text, quote = same(text), same(quote)
    plain = squeeze(quote)
    parties, theirs = party_mentions(text, words), party_mentions(quote, words)
    if any(word not in plain for mention in parties for word in mention.key):
        return "party"
    if misplaced("party", text, parties, quote, theirs):
        return "party_of_another"
    if fault := reversed_in(text, quote):
        return fault
    if changed(text, quote, words):
        return "wording"
    return "condition" if unconditional(text, quote) else ""


# ------------------------------------------------------------------ whether the rest is covered
@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a sentence its quote holds.

    Shares of character pairs, of the pairs of the segment that is held least, and of content
    words by weight; `similarity` is the cosine of sentence and quote.
    """

    pairs: float
    weakest: float
    words: float
    similarity: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The least coverage of a sentence that stands."""

    pairs: float
    weakest: float
    words: float
    similarity: float

    def admits(self, coverage: Coverage) -> bool:
        """Whether every share is at or above its threshold."""
        return (
            coverage.pairs >= self.pairs
            and coverage.weakest >= self.weakest
            and coverage.words >= self.words
            and coverage.similarity >= self.similarity
        )


WEIGHTS = Path(__file__).with_name("weights") / "faithfulness.json"


@cache
def thresholds() -> Thresholds:
    """The calibrated thresholds."""
    stored = json.loads(WEIGHTS.read_text("utf-8"))["thresholds"]
    return Thresholds(**stored)


def coverage(
    text: str,
    quotes: Sequence[Quote],
    weights: Mapping[str, float],
    similarity: Callable[[str, str], float],
) -> Coverage:
    """Coverage of a text by its quotes; `weights` are its content words with their weight."""
    text, quote = same(uniform(text)), same(uniform("\n".join(q.text for q in quotes)))
    plain, total = squeeze(quote), sum(weights.values())
    held = sum(w for word, w in weights.items() if squeeze(word) in plain)
    known = pairs(quote)
    parts = [pairs(words) for words, _ in cut(text)]
    return Coverage(
        share(pairs(text), known),
        min((share(part, known) for part in parts), default=1.0),
        held / total if total else 1.0,
        similarity(text, quote),
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a sentence: the quotes that prove it, or why it does not stand."""

    quotes: tuple[Quote, ...]
    fault: str = ""


Check = Callable[[str, Sequence[Clause]], Finding]


class SentenceCheck:
    """The check over one index: a sentence and the clauses it cites in, a `Finding` out."""

    def __init__(self, index: Index, limits: Thresholds | None = None) -> None:
        self._index = index
        self._limits = limits
        self._similar = lru_cache(maxsize=512)(self._cosine)

    def _cosine(self, text: str, quote: str) -> float:
        one, other = self._index.embedder.encode_documents([text, quote])
        return float(np.dot(one, other))

    def coverage(self, text: str, quotes: Sequence[Quote]) -> Coverage:
        """How much of the text the quotes hold."""
        weights = word_weights(same(uniform(text)), self._index.keywords)
        return coverage(text, quotes, weights, self._similar)

    def difference(self, text: str, quotes: Sequence[Quote]) -> str:
        """What of the text the quotes contradict or lack; empty where nothing."""
        documents = [self._index.library.document_of(quote.clause) for quote in quotes]
        names = "\n".join(f"《{d.title}》《{d.short_title}》《{d.name}》" for d in documents)
        return difference(text, quotes, self._index.keywords.tokenizer.words, names)

    def __call__(self, text: str, clauses: Sequence[Clause]) -> Finding:
        """Locate the quotes and compare; the first fault found is told."""
        if not clauses:
            return Finding((), "no_citation")
        if _WITHHELD.search(text):
            return Finding((), "withheld")
        quotes = locate(text, clauses)
        if not quotes:
            return Finding((), "not_covered")
        # A sentence that names its article has the article's heading quoted, too.
        named = {quote.clause.id: quote.clause for quote in quotes if quote.clause.label in text}
        labels = (c for c in named.values() if c.label.startswith("第"))
        quotes = (*(Quote(clause, heading_span(clause)) for clause in labels), *quotes)
        if fault := self.difference(text, quotes):
            return Finding((), fault)
        limits = self._limits or thresholds()
        if not limits.admits(self.coverage(text, quotes)):
            return Finding((), "not_covered")
        return Finding(quotes)


# A figure that the publisher withheld is told by the quoting composer, which explains it.
_WITHHELD = re.compile(r"(?<![A-Za-z])\d*X+(?![A-Za-z])")
