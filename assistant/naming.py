"""Which documents a question names: by title, abbreviation or number. Pure functions.

People write 职教法 for 职业教育法 and 国发4号文 for 国发〔2019〕4号; and they name documents that
are not on file, which must not be answered from others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from corpus.document import Document, Kind, Rank
from index import dictionary
from index.tokenizer import plain_words

PLAN_WORD = re.compile(
    r"(?<!实施)(?<!行动)(?<!招聘)(?<!达标工作)(?<!\d年)方案(?!例)|责任分工|"
    r"这份文件|(?<!国家)(?<!部里)文件里|\bplan\b",
    re.I,
)
_TYPES = ("实施办法", "实施条例", "实施方案", "法", "条例", "规定", "办法", "意见", "方案", "通知")
_LAWS = ("法",)
_STEM_LAW, _STEM_OTHER = 2, 4
# An abbreviation that fits more documents than this names none of them.
_AMBIGUOUS = 2
_NUMBER = re.compile(r"^(?P<issuer>.+?)〔(?P<year>\d{4})〕(?P<n>\d+)号$")
# A title: some words before its type, no particle within.
_TITLE = re.compile(
    r"《(?P<quoted>[^》]{3,40})》|"
    r"(?P<bare>[\u4e00-\u9fff]{2,24}?(?:条例|暂行规定|管理规定|管理办法|实施办法|暂行办法|实施细则))"
)
_ANY_NUMBER = re.compile(
    r"[\u4e00-\u9fff]{2,8}\s?[〔\[（(【]?(?:19|20)\d{2}[〕\]）)】]?年?\s?第?\d+号"
)
_PARTICLE = re.compile(r"[的了里有吗呢和跟与按照据在对把被由]|什么|哪|规定的|制定|出台")


@lru_cache(maxsize=8192)
def bare(title: str) -> str:
    """A title without 中华人民共和国, quotes and spaces."""
    return re.sub(r"^中华人民共和国|[《》\s]", "", title)


@lru_cache(maxsize=8192)
def number_key(number: str) -> str:
    """A document number however it is written: 国办发〔2017〕95号, 国办2017年95号文."""
    return re.sub(r"[〔〕\[\]（）()【】号年发第文\s]", "", number)


@lru_cache(maxsize=8192)
def _type_of(title: str) -> str | None:
    return next((t for t in _TYPES if title.endswith(t)), None)


@lru_cache(maxsize=2048)
def _abbreviated(title: str) -> re.Pattern[str] | None:
    """What abbreviates a title: some of its words, each whole or by its first character."""
    kind = _type_of(title)
    if kind is None:
        return None
    words = [
        part
        for word in plain_words(title.removesuffix(kind))
        for part in ([word[:2], word[2:]] if len(word) == 4 else [word])
    ]
    body = "".join(
        f"(?:{re.escape(word)}|{re.escape(word[0])})?" if len(word) > 1 else f"{re.escape(word)}?"
        for word in words
    )
    stem = _STEM_LAW if kind in _LAWS else _STEM_OTHER
    endings = [re.escape(kind)] + ([re.escape(kind[-2:])] if len(kind) > 2 else [])
    return re.compile(rf"(?=(?P<name>{body}(?:{'|'.join(endings)})))(?P<stem>.{{{stem}}})")


@lru_cache(maxsize=1024)
def _before(text: str, ending: str) -> frozenset[str]:
    """The characters that stand in `text` before an ending."""
    return frozenset(match.group(1) for match in re.finditer(f"(?s)(.)(?={ending})", text))


def _abbreviation(text: str, title: str) -> str:
    """The longest abbreviation of `title` in `text`; empty where there is none."""
    kind = _type_of(title)
    # Few texts hold the ending after a character of the title: not every pattern need be tried.
    if kind is None or not any(before in title for before in _before(text, kind[-2:])):
        return ""
    pattern = _abbreviated(title)
    if pattern is None:
        return ""
    found = []
    for match in pattern.finditer(text):
        name = match.group("name")
        kind = next(t for t in _TYPES if name.endswith(t))
        needed = _STEM_LAW if kind in _LAWS else _STEM_OTHER
        if len(name) - len(kind) >= needed:
            found.append(name)
    return max(found, key=len, default="")


@lru_cache(maxsize=2048)
def _numbered(number: str) -> re.Pattern[str] | None:
    """The number of a document with or without its year: 国发4号文, 财税2019年46号."""
    match = _NUMBER.match(number)
    if match is None:
        return None
    issuer = re.escape(match["issuer"].removesuffix("发"))
    year = rf"(?:[〔\[（(【]?\s*{match['year']}\s*[〕\]）)】]?\s*年?)?"
    return re.compile(rf"{issuer}发?\s*{year}\s*第?\s*{match['n']}\s*号")


class _Same:
    """A value that equals only itself: comparing whole corpora would take longer than reading."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value


@dataclass(frozen=True, slots=True)
class _Titles:
    """What a document is called: its titles, its number, and how they may be shortened."""

    document_id: str
    names: tuple[str, ...]
    number: str
    numbered: re.Pattern[str] | None
    name: str
    ending: str


@dataclass(frozen=True, slots=True)
class Held:
    """The documents of a corpus by what they are called, worked out once."""

    titles: tuple[_Titles, ...]
    names: frozenset[str]
    plans: frozenset[str]
    laws: frozenset[str]
    others: frozenset[str]

    @classmethod
    def of(cls, documents: Sequence[Document]) -> Held:
        """The names of documents; remembered for the corpora that were last asked for."""
        return _held(_Same(documents))


@lru_cache(maxsize=8)
def _held(same: _Same) -> Held:
    documents: Sequence[Document] = same.value
    titles = []
    for document in documents:
        names = {bare(document.title), bare(document.short_title), bare(document.id)}
        name = bare(document.name)
        titles.append(
            _Titles(
                document.id,
                tuple(names),
                number_key(document.number),
                _numbered(document.number),
                name,
                (_type_of(name) or "")[-2:],
            )
        )
    plans = frozenset(d.id for d in documents if d.kind is Kind.PLAN)
    return Held(
        tuple(titles),
        frozenset(name for own in titles for name in own.names),
        plans,
        frozenset(d.id for d in documents if d.rank is Rank.LAW),
        frozenset(d.id for d in documents) - plans,
    )


def _by_length(name: str) -> tuple[int, str]:
    return -len(name), name


def _other_laws(text: str, held: Set[str], laws: Iterable[str]) -> list[str]:
    """Laws in `text` that are not held, though a held one's name may stand inside."""
    # Only names in the text matter, and there are few; what is taken out below adds none.
    within = sorted((name for name in held if len(name) >= 3 and name in text), key=_by_length)
    for name in within:
        at = text.find(name)
        # 学前|教育法 is not 教育法: 学前教育 is a word.
        if at >= 2 and name.endswith("法") and text[at - 2 : at] + name[:-1] in dictionary.tags():
            continue
        longer = any(name in law and law in text for law in laws if law not in held)
        text = text if longer else text.replace(name, "□")
    found = [law for law in laws if len(law) >= 3 and law in text and law not in held]
    for name in within:
        at = text.find(name) if name.endswith("法") else -1
        if at >= 2 and not any(name in law for law in found):
            found.append(text[at - 2 : at] + name)
    return found


def named_documents(
    text: str, documents: Sequence[Document], laws: Sequence[str] = ()
) -> tuple[str, ...]:
    """Ids of the documents that a question names, the surest first; 方案 alone means the plan.

    `laws` are the short names of laws that exist: no part of one is an abbreviation.
    """
    return _named_documents(text, _Same(documents), _Same(laws))


# The steps of one answer read the same text and its parts several times.
@lru_cache(maxsize=128)
def _named_documents(text: str, held_documents: _Same, known_laws: _Same) -> tuple[str, ...]:
    documents: Sequence[Document] = held_documents.value
    laws: Sequence[str] = known_laws.value
    words = re.sub(r"[《》]", "", text)
    held = Held.of(documents)
    for law in _other_laws(words, held.names, laws):
        words = words.replace(law, "□")
    compact = number_key(words)
    found: list[tuple[str, str]] = []
    for own in held.titles:
        hits = [name for name in own.names if len(name) >= 3 and name in words]
        hits += [own.number] if own.number and own.number in compact else []
        if hits:
            found.append((max(hits, key=len), own.document_id))
    # 教育法 also stands inside 职业教育法: a name inside a longer named one does not count twice.
    kept = []
    for name, document_id in sorted(found, key=lambda pair: -len(pair[0])):
        if name in words or name in compact:
            kept.append(document_id)
            words, compact = words.replace(name, "□"), compact.replace(name, "□")
    short: dict[str, list[str]] = {}
    # Few texts hold the ending of a title at all.
    endings = {ending for ending in {own.ending for own in held.titles} if ending in words}
    for own in held.titles:
        if own.document_id in kept:
            continue
        match = own.numbered.search(words) if own.numbered else None
        name = match.group(0) if match else ""
        if not name and own.ending in endings:
            name = _abbreviation(words, own.name)
        if name:
            short.setdefault(name, []).append(own.document_id)
    for name in sorted(short, key=len, reverse=True):
        if name in words and len(short[name]) <= _AMBIGUOUS:
            kept += short[name]
            words = words.replace(name, "□")
    if PLAN_WORD.search(words):
        kept += [d.id for d in documents if d.id in held.plans and d.id not in kept]
    return tuple(kept)


def absent_documents(
    text: str, documents: Sequence[Document], laws: Iterable[str]
) -> tuple[str, ...]:
    """Documents that a question names and the corpus does not hold.

    `laws` are the short names of laws that exist; other titles are told by their form.
    """
    rest = re.sub(r"[《》]", "", text)
    held = Held.of(documents)
    found = _other_laws(rest, held.names, laws)
    for match in _TITLE.finditer(text):
        title = bare(match["quoted"] or match["bare"])
        title = _PARTICLE.split(title)[-1] if not match["quoted"] else title
        known = any(_covers(name, title) or name in title for name in held.names if len(name) >= 3)
        if len(title) >= 6 and not known and not any(name in title for name in found):
            found.append(title)
    patterns = [own.numbered for own in held.titles if own.numbered]
    found += [
        match.group(0)
        for match in _ANY_NUMBER.finditer(text)
        if not any(pattern.search(match.group(0)) for pattern in patterns)
    ]
    return tuple(found)


def _covers(name: str, title: str) -> bool:
    """Whether `title` is a part or a shortening of `name`: its characters in order."""
    rest = iter(name)
    return all(char in rest for char in title)
