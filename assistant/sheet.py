"""The plain sheet (明白纸): what applies to one enterprise or school, and what may.

`sheet` is a pure function of the profile, the two tables and the library. A row *applies*
only where the profile establishes all of it: the facts that the row names, the group that
it describes and its condition. Where something is not established the row *may* apply, and
the sheet says what is missing. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from assistant.profile import Profile
from assistant.scope import Truth, Verdict, belongs, both, holds, meets
from corpus.document import Audience, Document, Validity
from corpus.library import Library
from corpus.tables import Incentive, Proof, Requirement, Tables

NOTE: Final = (
    "本表供自治州内的企业和学校对照使用，依据已收录的文件逐条摘出，不是办理承诺；"
    "内容以官方发布的文件原文为准。"
)


class Fit(StrEnum):
    """How sure it is that a row concerns the reader."""

    APPLIES = "适用"
    MAY_APPLY = "可能适用"


@dataclass(frozen=True, slots=True)
class Cited:
    """The words that prove a row: `quote` is the clause's text at [start, end)."""

    document_id: str
    document: str
    number: str
    validity: str
    verbatim: bool
    verified: bool
    clause_id: str
    clause: str
    page: int | None
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Item:
    """One row as it concerns the reader; an empty field is one on which the source is silent.

    `because` are the facts that make it apply, `missing` what must still be known,
    `cautions` what weakens its basis.
    """

    id: str
    incentive: bool
    fit: Fit
    title: str
    who: str
    text: str
    figure: str
    condition: str
    how: str
    body: str
    because: tuple[str, ...]
    missing: tuple[str, ...]
    cautions: tuple[str, ...]
    cited: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The items of one topic."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One of the four parts of a sheet."""

    id: str
    title: str
    lead: str
    incentive: bool
    fit: Fit
    groups: tuple[Group, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in order."""
        return tuple(item for group in self.groups for item in group.items)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole sheet; `name` is whom it is for, if they said so.

    `unknown` are the questions that were left open; `left_out` are rows of the tables that
    could not be proved from this library, with the reason.
    """

    title: str
    who: str
    name: str
    made_on: date
    summary: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    sections: tuple[Section, ...]
    documents: tuple[str, ...]
    left_out: tuple[str, ...]


_PARTS: Final = (
    (
        True,
        Fit.APPLIES,
        "适用的激励",
        "按您说明的情况，下列激励把您包括在内。",
    ),
    (
        True,
        Fit.MAY_APPLY,
        "可能适用的激励",
        "信息不足，还不能断定。各条写明了要确认什么。",
    ),
    (
        False,
        Fit.APPLIES,
        "要做到的",
        "按您说明的情况，下列要求您都要做到。",
    ),
    (
        False,
        Fit.MAY_APPLY,
        "遇到所列情形时要做到的",
        "信息不足，还不能断定。各条写明了在什么情形下适用。",
    ),
)


def _cite(proof: Proof, document: Document) -> Cited:
    return Cited(
        document_id=document.id,
        document=document.name,
        number=document.number,
        validity=document.validity.value,
        verbatim=document.verbatim,
        verified=proof.clause.verified,
        clause_id=proof.clause.id,
        clause=proof.clause.label,
        page=proof.clause.page,
        quote=proof.quote,
        start=proof.span.start,
        end=proof.span.end,
    )


def _cautions(cited: Sequence[Cited]) -> tuple[str, ...]:
    found = []
    for cite in cited:
        name = f"《{cite.document}》{cite.clause}"
        if not cite.verified:
            found.append(f"{name}的内容待核实，不能作为直接依据")
        elif cite.validity != Validity.IN_FORCE:
            found.append(f"{name}：文件效力为“{cite.validity}”")
    return tuple(dict.fromkeys(found))


def _missing(
    row: Incentive | Requirement, group: Verdict, condition: Verdict, unsound: bool
) -> Iterable[str]:
    if group.truth is Truth.OPEN:
        yield "是否属于所列对象"
    if condition.truth is Truth.OPEN and row.condition not in row.who:
        yield "是否具备所列条件"
    if unsound:
        yield "所依据的内容是否有效"


def _item(profile: Profile, row: Incentive | Requirement, library: Library) -> Item | None:
    """The row as it concerns the profile; None where it does not."""
    audience = Audience(profile.who)
    if audience not in row.audience:
        return None
    facts = holds(profile, row.when.get(audience, {}))
    group, condition = belongs(profile, row.who), meets(profile, row.condition)
    # The named facts decide; the words may only narrow them, or settle where none is named.
    verdict = both([facts, group, condition])
    if verdict.truth is Truth.NO:
        return None
    labels = {fact.name: fact for fact in profile.facts}
    cited = tuple(_cite(proof, library.by_id[proof.clause.document_id]) for proof in row.proofs)
    unsound = any(not cite.verified or cite.validity == Validity.REPEALED for cite in cited)
    sure = verdict.truth is Truth.YES and not unsound
    because = tuple(
        f"{labels[n].label}：{labels[n].say(getattr(profile, n))}" for n in verdict.used
    )
    missing = [f"{labels[name].label}（未说明）" for name in verdict.missing]
    missing += _missing(row, group, condition, unsound)
    return Item(
        id=row.id,
        incentive=isinstance(row, Incentive),
        fit=Fit.APPLIES if sure else Fit.MAY_APPLY,
        title=row.title,
        who=row.who,
        text=row.what,
        figure=row.figure,
        condition=row.condition,
        how=row.how if isinstance(row, Incentive) else "",
        body=row.body,
        because=(because or (f"面向{row.who}",)) if sure else (),
        missing=tuple(missing),
        cautions=_cautions(cited),
        cited=cited,
    )


def _groups(
    rows: Sequence[Incentive | Requirement], items: dict[str, Item], fit: Fit
) -> tuple[Group, ...]:
    topics: dict[str, list[Item]] = {}
    for row in rows:
        item = items.get(row.id)
        if item and item.fit is fit:
            topics.setdefault(row.topic.value, []).append(item)
    return tuple(Group(topic, tuple(found)) for topic, found in topics.items())


def _describe(document: Document) -> str:
    facts = [document.number, document.issuer, document.date, document.validity.value]
    facts += [] if document.verbatim else ["要点摘编，非原文"]
    return f"《{document.title}》（{'，'.join(fact for fact in facts if fact)}）"


def sheet(profile: Profile, tables: Tables, library: Library, *, today: date) -> Sheet:
    """The sheet of a profile; `today` is the date it bears.

    Raises KeyError where the tables cite documents that are not in the library.
    """
    sections: list[Section] = []
    cited: dict[str, None] = {}
    for incentive, fit, title, lead in _PARTS:
        rows: Sequence[Incentive | Requirement]
        rows = tables.incentives if incentive else tables.requirements
        items = {row.id: item for row in rows if (item := _item(profile, row, library))}
        groups = _groups(rows, items, fit)
        if not groups:
            continue
        kind = "incentives" if incentive else "requirements"
        name = f"{kind}-{'sure' if fit is Fit.APPLIES else 'open'}"
        section = Section(name, title, lead, incentive, fit, groups)
        sections.append(section)
        cited |= dict.fromkeys(c.document_id for item in section.items for c in item.cited)
    return Sheet(
        title=f"产教融合政策明白纸（{profile.noun}）",
        who=profile.who,
        name=profile.name,
        made_on=today,
        summary=profile.summary,
        unknown=tuple(f.label for f in profile.facts if profile.answer(f) is None),
        sections=tuple(sections),
        documents=tuple(_describe(d) for d in library.documents if d.id in cited),
        left_out=tuple(f"{problem.source}：{problem.reason}" for problem in tables.problems),
    )
