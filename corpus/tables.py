"""The two tables drawn from the clauses: 政策清单 (incentives) and 要求清单 (requirements).

The rows are data (`incentives.toml`, `requirements.toml`), written by hand; each rests on
words quoted from its clauses, and those are looked up when the tables are loaded: a row whose
clause is not in the library, or no longer says the words, is left out and reported.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field, model_validator

from corpus.document import Audience, Clause, Span
from corpus.language import Said
from corpus.library import Library

_HERE = Path(__file__).parent
INCENTIVES = _HERE / "incentives.toml"
REQUIREMENTS = _HERE / "requirements.toml"

YesNo = Literal["yes", "no"]


class Topic(StrEnum):
    """What a row is about, in the order of the tables."""

    FUSION = "产教融合型企业"
    TAX_RELIEF = "税收优惠"
    SUBSIDY = "补贴与奖励"
    FINANCE = "金融支持"
    LAND = "用地与要素"
    RUNNING = "参与办学"
    INTERNSHIP = "实习实训"
    TRAINING = "职工培训"
    TEACHERS = "教师与人才"
    TEACHING = "专业与教学"
    MONEY = "经费与财务"
    RESEARCH = "科技成果"
    GOVERNANCE = "办学规范"
    LABOUR = "用工底线"
    TAXES = "税费"
    SUPERVISION = "督导"


class EnterpriseFacts(BaseModel):
    """The facts of an enterprise on which a row may depend, each with the values that fit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: tuple[Literal["large", "medium", "small", "micro"], ...] = ()
    above_scale: tuple[YesNo, ...] = ()
    kind: tuple[Literal["state", "private", "foreign", "other"], ...] = ()
    fusion: tuple[Literal["none", "pilot", "certified"], ...] = ()
    takes_interns: tuple[YesNo, ...] = ()
    runs_training: tuple[YesNo, ...] = ()
    runs_school: tuple[YesNo, ...] = ()


class SchoolFacts(BaseModel):
    """The facts of a school on which a row may depend, each with the values that fit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: tuple[Literal["vocational", "university", "training"], ...] = ()
    level: tuple[Literal["secondary", "college", "bachelor"], ...] = ()
    ownership: tuple[Literal["public", "nonprofit", "profit"], ...] = ()
    sends_interns: tuple[YesNo, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """The words of a clause on which a row rests, and where they stand in its text."""

    clause: Clause
    quote: str
    span: Span


@dataclass(frozen=True, slots=True)
class Row:
    """One row, cited by its proofs; an empty field is one on which the clauses are silent.

    `figure` is the figure or the deadline, as it is to be shown. `when` gives, for an audience,
    the facts of a profile that must hold and the values that fit each.
    """

    id: str
    title: str
    topic: Topic
    audience: tuple[Audience, ...]
    who: str
    what: str
    figure: str
    condition: str
    body: str
    when: Mapping[Audience, Mapping[str, tuple[str, ...]]]
    proofs: tuple[Proof, ...]

    @property
    def clause_ids(self) -> tuple[str, ...]:
        """The clauses that prove the row, the main one first."""
        return tuple(dict.fromkeys(proof.clause.id for proof in self.proofs))

    @property
    def verified(self) -> bool:
        """False where a clause that it rests on is 待核实."""
        return all(proof.clause.verified for proof in self.proofs)


@dataclass(frozen=True, slots=True)
class Incentive(Row):
    """What `who` gets; `how` to apply and the responsible `body` as far as the clauses say."""

    how: str = ""


@dataclass(frozen=True, slots=True)
class Requirement(Row):
    """What `who` must or may not do, or will answer for."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that could not be proved: its title and why."""

    source: str
    reason: Said


@dataclass(frozen=True)
class Tables:
    """Both tables, and the rows that had to be left out."""

    incentives: tuple[Incentive, ...]
    requirements: tuple[Requirement, ...]
    problems: tuple[LeftOut, ...] = ()


class _Proof(BaseModel):
    model_config = ConfigDict(extra="forbid")

    clause: str = Field(pattern=r"^[^#]+#[^#]+$")
    quote: str = Field(min_length=1)


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9-]+$")
    title: str = Field(min_length=1)
    topic: Topic
    audience: tuple[Literal["enterprise", "school"], ...] = Field(min_length=1)
    who: str = Field(min_length=1)
    what: str = Field(min_length=1)
    figure: str = ""
    condition: str = ""
    body: str = ""
    when_enterprise: EnterpriseFacts | None = None
    when_school: SchoolFacts | None = None
    proof: tuple[_Proof, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _conditions_have_an_audience(self) -> _Row:
        if self.when_enterprise and "enterprise" not in self.audience:
            raise ValueError(f"{self.id}: when_enterprise, but not for enterprises")
        if self.when_school and "school" not in self.audience:
            raise ValueError(f"{self.id}: when_school, but not for schools")
        return self

    def facts(self) -> dict[Audience, dict[str, tuple[str, ...]]]:
        found: dict[Audience, dict[str, tuple[str, ...]]] = {}
        for name in self.audience:
            facts = self.when_enterprise if name == "enterprise" else self.when_school
            found[Audience(name)] = facts.model_dump(exclude_defaults=True) if facts else {}
        return found


class _Incentive(_Row):
    how: str = ""


class _IncentiveFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    row: tuple[_Incentive, ...]


class _RequirementFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    row: tuple[_Row, ...]


def _proofs(row: _Row, library: Library) -> tuple[Proof, ...] | Said:
    """The row's proofs, or why there are none."""
    found = []
    for proof in row.proof:
        clause = library.clauses.get(proof.clause)
        if clause is None:
            return Said(
                f"依据的条款“{proof.clause}”没有收录，这一行未列入清单",
                f"its clause “{proof.clause}” is not on file, so this row is left out",
            )
        start = clause.text.find(proof.quote)
        if start < 0:
            return Said(
                f"条款“{proof.clause}”中已没有所依据的原话，这一行未列入清单",
                f"the clause “{proof.clause}” no longer has the words that prove it, so this row "
                "is left out",
            )
        found.append(Proof(clause, proof.quote, Span(start, start + len(proof.quote))))
    return tuple(found)


class _Fields(TypedDict):
    id: str
    title: str
    topic: Topic
    audience: tuple[Audience, ...]
    who: str
    what: str
    figure: str
    condition: str
    body: str
    when: Mapping[Audience, Mapping[str, tuple[str, ...]]]
    proofs: tuple[Proof, ...]


def _fields(row: _Row, proofs: tuple[Proof, ...]) -> _Fields:
    return _Fields(
        id=row.id,
        title=row.title,
        topic=row.topic,
        audience=tuple(Audience(name) for name in row.audience),
        who=row.who,
        what=row.what,
        figure=row.figure,
        condition=row.condition,
        body=row.body,
        when=row.facts(),
        proofs=proofs,
    )


def load(
    library: Library, incentives: Path = INCENTIVES, requirements: Path = REQUIREMENTS
) -> Tables:
    """Both tables, resting on the clauses of the library; rows in the order of topic, then file.

    Raises OSError, tomllib.TOMLDecodeError or pydantic.ValidationError where a data file is
    broken.
    """
    gains = _IncentiveFile.model_validate(tomllib.loads(incentives.read_text("utf-8"))).row
    duties = _RequirementFile.model_validate(tomllib.loads(requirements.read_text("utf-8"))).row
    order = {topic: number for number, topic in enumerate(Topic)}
    problems: list[LeftOut] = []

    def resolved(row: _Row) -> tuple[Proof, ...]:
        proofs = _proofs(row, library)
        if isinstance(proofs, Said):
            problems.append(LeftOut(row.title, proofs))
            return ()
        return proofs

    made = [(row, proofs) for row in gains if (proofs := resolved(row))]
    asked = [(row, proofs) for row in duties if (proofs := resolved(row))]
    won = [Incentive(**_fields(row, proofs), how=row.how) for row, proofs in made]
    owed = [Requirement(**_fields(row, proofs)) for row, proofs in asked]
    return Tables(
        tuple(sorted(won, key=lambda row: order[row.topic])),
        tuple(sorted(owed, key=lambda row: order[row.topic])),
        tuple(problems),
    )
