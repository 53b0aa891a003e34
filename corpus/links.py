"""Links between clauses: the provisions behind each item of the plan and behind each digest.

The links are data (`links.toml`), written by hand and checked against the corpus by a test.
A figure that the plan withholds (X%) has a short key; the links that bear the key lead to the
national rule for just that figure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from corpus.document import Clause, Span

DATA = Path(__file__).parent / "links.toml"


class Relation(StrEnum):
    """What the target is to the source."""

    BASIS = "依据"
    DUTY = "要求"
    INCENTIVE = "激励"
    FIGURE = "数字"
    RELATED = "相关"


@dataclass(frozen=True, slots=True)
class Link:
    """`source` and `target` are clause ids; `reason` says in one line why to look there.

    `key` names the figure that the link is for, and `quote` the words of the target that
    state it; both are empty where the link is for no certain figure.
    """

    source: str
    target: str
    relation: Relation
    reason: str
    key: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A figure that a clause withholds: the words around it, and the national rules for it.

    `note` says so where there is no verified rule.
    """

    clause_id: str
    key: str
    words: str
    note: str
    rules: tuple[Link, ...]


class _Target(BaseModel):
    model_config = ConfigDict(extra="forbid")

    to: str = Field(pattern=r"^[^#]+#[^#]+$")
    relation: Relation
    reason: str = Field(min_length=1)
    key: str = ""
    quote: str = ""


class _Figure(BaseModel):
    model_config = ConfigDict(extra="forbid")

    clause: str = Field(pattern=r"^[^#]+#[^#]+$")
    key: str = Field(min_length=1)
    words: str = Field(min_length=1)
    note: str = ""


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid")

    links: dict[str, tuple[_Target, ...]]
    withheld: tuple[_Figure, ...]


@dataclass(frozen=True)
class Links:
    """All links, in the order of the data file."""

    links: tuple[Link, ...]
    figures: tuple[Withheld, ...]

    @classmethod
    def load(cls, path: Path = DATA) -> Links:
        """Read the data file.

        Raises OSError, tomllib.TOMLDecodeError or pydantic.ValidationError where it is broken.
        """
        data = _Data.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        links = tuple(
            Link(source, row.to, row.relation, row.reason, row.key, row.quote)
            for source, rows in data.links.items()
            for row in rows
        )
        figures = tuple(
            Withheld(
                row.clause,
                row.key,
                row.words,
                row.note,
                tuple(
                    link
                    for link in links
                    if (link.source, link.key, link.relation)
                    == (row.clause, row.key, Relation.FIGURE)
                ),
            )
            for row in data.withheld
        )
        return cls(links, figures)

    @cached_property
    def _by_source(self) -> dict[str, list[Link]]:
        return _grouped(self.links, [link.source for link in self.links])

    @cached_property
    def _by_target(self) -> dict[str, list[Link]]:
        return _grouped(self.links, [link.target for link in self.links])

    @cached_property
    def targets(self) -> frozenset[str]:
        """Every clause that a link points to: provisions of the field."""
        return frozenset(self._by_target)

    def behind(self, clause_id: str) -> tuple[Link, ...]:
        """The links from a clause to the provisions behind it, most important first."""
        return tuple(self._by_source.get(clause_id, ()))

    def from_(self, clause_id: str) -> tuple[Link, ...]:
        """The links that lead to a clause: which clauses rest on it."""
        return tuple(self._by_target.get(clause_id, ()))

    def withheld(self, clause: Clause, redaction: Span) -> Withheld | None:
        """What is known of a figure that a clause withholds; None for a withheld name."""
        for figure in self.figures:
            start = clause.text.find(figure.words) if figure.clause_id == clause.id else -1
            if 0 <= start <= redaction.start and redaction.end <= start + len(figure.words):
                return figure
        return None


def _grouped(links: Sequence[Link], keys: Sequence[str]) -> dict[str, list[Link]]:
    groups: dict[str, list[Link]] = {}
    for link, key in zip(links, keys, strict=True):
        groups.setdefault(key, []).append(link)
    return groups
