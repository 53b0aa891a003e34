"""The plain sheet (明白纸): what applies to one enterprise or school, and what may.

`sheet` is a pure function of the profile, the two tables and the library. A row *applies*
only where the profile establishes all of it: the facts that the row names, the group that
it describes and its condition. Where something is not established the row *may* apply, and
the sheet says what is missing. Nothing is guessed. What the tables and the clauses say stays
in Chinese; everything around it is in the language asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from assistant.phrases import VALIDITY
from assistant.profile import Profile
from assistant.scope import Truth, Verdict, belongs, both, holds, meets
from corpus.document import Audience, Document, Validity
from corpus.language import Lang, Said
from corpus.library import Library
from corpus.tables import Incentive, Proof, Requirement, Tables, Topic

NOTE: Final = Said(
    "本表供自治州内的企业和学校对照使用，依据已收录的文件逐条摘出，不是办理承诺；"
    "内容以官方发布的文件原文为准。",
    "This sheet is for enterprises and schools of the prefecture. It is drawn from the documents "
    "on file, clause by clause, and promises nothing; the official documents prevail. Items "
    "and quoted clauses are in Chinese.",
)
TITLES: Final = {
    "enterprise": Said(
        "产教融合政策明白纸（企业）", "Plain sheet on industry-education policy: enterprise"
    ),
    "school": Said(
        "产教融合政策明白纸（学校）", "Plain sheet on industry-education policy: school"
    ),
}
TOPICS: Final = {
    Topic.FUSION: "Enterprises of industry-education integration",
    Topic.TAX_RELIEF: "Tax relief",
    Topic.SUBSIDY: "Subsidies and awards",
    Topic.FINANCE: "Finance",
    Topic.LAND: "Land and other inputs",
    Topic.RUNNING: "Taking part in running schools",
    Topic.INTERNSHIP: "Internships and practical training",
    Topic.TRAINING: "Training of employees",
    Topic.TEACHERS: "Teachers and skilled people",
    Topic.TEACHING: "Subjects and teaching",
    Topic.MONEY: "Funds and accounts",
    Topic.RESEARCH: "Research results",
    Topic.GOVERNANCE: "Running a school properly",
    Topic.LABOUR: "Minimum rules of employment",
    Topic.TAXES: "Taxes and fees",
    Topic.SUPERVISION: "Inspection",
}
_GROUP: Final = Said("是否属于所列对象", "whether you belong to the group named")
_CONDITION: Final = Said("是否具备所列条件", "whether you meet the conditions named")
_SOUND: Final = Said("所依据的内容是否有效", "whether the source is valid")
_FOR: Final = Said("面向{}", "it is for {}")
_BECAUSE: Final = Said("{}：{}", "{}: {}")
_NOT_SAID: Final = Said("{}（未说明）", "{} (not answered)")
_UNVERIFIED: Final = Said(
    "《{}》{}的内容待核实，不能作为直接依据",
    "《{}》 {} is unverified and cannot be relied on by itself",
)
_VALIDITY: Final = Said("《{}》{}：文件效力为“{}”", "《{}》 {}: the document is “{}”")
_DIGEST: Final = Said("要点摘编，非原文", "digest, not the official wording")
_DESCRIBED: Final = Said("《{}》（{}）", "《{}》 ({})")
_LEFT_OUT: Final = Said("{}：{}", "{}: {}")


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
    lang: Lang = "zh"


_PARTS: Final = (
    (
        True,
        Fit.APPLIES,
        Said("适用的激励", "Incentives that apply"),
        Said(
            "按您说明的情况，下列激励把您包括在内。",
            "By your answers, these incentives include you.",
        ),
    ),
    (
        True,
        Fit.MAY_APPLY,
        Said("可能适用的激励", "Incentives that may apply"),
        Said(
            "信息不足，还不能断定。各条写明了要确认什么。",
            "There is not enough information to be sure. Each item says what to confirm.",
        ),
    ),
    (
        False,
        Fit.APPLIES,
        Said("要做到的", "What you must do"),
        Said(
            "按您说明的情况，下列要求您都要做到。",
            "By your answers, you must meet all of these requirements.",
        ),
    ),
    (
        False,
        Fit.MAY_APPLY,
        Said("遇到所列情形时要做到的", "What you must do in the cases named"),
        Said(
            "信息不足，还不能断定。各条写明了在什么情形下适用。",
            "There is not enough information to be sure. Each item says in which case it applies.",
        ),
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


def _cautions(cited: Sequence[Cited], lang: Lang) -> tuple[str, ...]:
    found = []
    for cite in cited:
        if not cite.verified:
            found.append(_UNVERIFIED.in_(lang).format(cite.document, cite.clause))
        elif cite.validity != Validity.IN_FORCE:
            validity = VALIDITY[Validity(cite.validity)].in_(lang)
            found.append(_VALIDITY.in_(lang).format(cite.document, cite.clause, validity))
    return tuple(dict.fromkeys(found))


def _missing(
    row: Incentive | Requirement, group: Verdict, condition: Verdict, unsound: bool
) -> Iterable[Said]:
    if group.truth is Truth.OPEN:
        yield _GROUP
    if condition.truth is Truth.OPEN and row.condition not in row.who:
        yield _CONDITION
    if unsound:
        yield _SOUND


def _item(
    profile: Profile, row: Incentive | Requirement, library: Library, lang: Lang
) -> Item | None:
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
        _BECAUSE.in_(lang).format(
            labels[name].label.in_(lang), labels[name].say(getattr(profile, name)).in_(lang)
        )
        for name in verdict.used
    )
    missing = [_NOT_SAID.in_(lang).format(labels[n].label.in_(lang)) for n in verdict.missing]
    missing += [said.in_(lang) for said in _missing(row, group, condition, unsound)]
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
        because=(because or (_FOR.in_(lang).format(row.who),)) if sure else (),
        missing=tuple(missing),
        cautions=_cautions(cited, lang),
        cited=cited,
    )


def _groups(
    rows: Sequence[Incentive | Requirement], items: dict[str, Item], fit: Fit, lang: Lang
) -> tuple[Group, ...]:
    topics: dict[str, list[Item]] = {}
    for row in rows:
        item = items.get(row.id)
        if item and item.fit is fit:
            title = TOPICS[row.topic] if lang == "en" else row.topic.value
            topics.setdefault(title, []).append(item)
    return tuple(Group(topic, tuple(found)) for topic, found in topics.items())


def _describe(document: Document, lang: Lang) -> str:
    validity = VALIDITY[document.validity].in_(lang)
    facts = [document.number, document.issuer, document.date, validity]
    facts += [] if document.verbatim else [_DIGEST.in_(lang)]
    joined = (", " if lang == "en" else "，").join(fact for fact in facts if fact)
    return _DESCRIBED.in_(lang).format(document.title, joined)


def sheet(
    profile: Profile, tables: Tables, library: Library, *, today: date, lang: Lang = "zh"
) -> Sheet:
    """The sheet of a profile in a language; `today` is the date it bears.

    Raises KeyError where the tables cite documents that are not in the library.
    """
    sections: list[Section] = []
    cited: dict[str, None] = {}
    for incentive, fit, title, lead in _PARTS:
        rows: Sequence[Incentive | Requirement]
        rows = tables.incentives if incentive else tables.requirements
        items = {row.id: item for row in rows if (item := _item(profile, row, library, lang))}
        groups = _groups(rows, items, fit, lang)
        if not groups:
            continue
        kind = "incentives" if incentive else "requirements"
        name = f"{kind}-{'sure' if fit is Fit.APPLIES else 'open'}"
        section = Section(name, title.in_(lang), lead.in_(lang), incentive, fit, groups)
        sections.append(section)
        cited |= dict.fromkeys(c.document_id for item in section.items for c in item.cited)
    return Sheet(
        title=TITLES[profile.who].in_(lang),
        who=profile.who,
        name=profile.name,
        made_on=today,
        summary=profile.summary(lang),
        unknown=tuple(f.label.in_(lang) for f in profile.facts if profile.answer(f) is None),
        sections=tuple(sections),
        documents=tuple(_describe(d, lang) for d in library.documents if d.id in cited),
        left_out=tuple(
            _LEFT_OUT.in_(lang).format(gap.source, gap.reason.in_(lang)) for gap in tables.problems
        ),
        lang=lang,
    )
