"""Evaluation questions with gold labels: the schema of a row and the loaders.

The schema is described in `eval/datasets/README.md`. In Python a row's `status` and
`style` are the first, the preferred, of the listed values; `statuses` and `styles` hold
them all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from assistant.answer import Status, Turn

AudienceName = Literal["enterprise", "school"]
Kind = Literal[
    "figure",
    "duration",
    "deadline",
    "yesno",
    "list",
    "who",
    "how",
    "definition",
    "redacted",
    "false_premise",
    "lookup",
    "count",
    "unanswerable",
    "out_of_scope",
    "injection",
    "unclear",
]
Style = Literal[
    "plain",
    "colloquial",
    "terse",
    "misspelt",
    "indirect",
    "english",
    "traditional",
    "formal",
    "long",
]
REFUSAL_KINDS: frozenset[Kind] = frozenset({"unanswerable", "out_of_scope", "injection", "unclear"})

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
ClauseId = Annotated[str, StringConstraints(pattern=r"^[^#\s]+#[^#\s]+$")]
OneOf = Annotated[tuple[Words, ...], Field(min_length=1)]
AnyClause = Annotated[tuple[ClauseId, ...], Field(min_length=1)]
_CONFIG = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)


class DatasetError(ValueError):
    """A data set cannot be used; the message says where and why."""


@dataclass(frozen=True, kw_only=True, config=_CONFIG)
class _Gold:
    """What a question asks and what a right answer looks like.

    relevant: groups of clause ids; every group is needed, any one id of a group will do.
    facts: each a tuple of spellings, one of which the answer must contain.
    forbidden: words that the answer must not contain.
    statuses: acceptable statuses, the preferred one first; all refusals or none.
    """

    question: Words
    statuses: Annotated[tuple[Status, ...], Field(alias="status", min_length=1)]
    audience: AudienceName | None = None
    relevant: tuple[AnyClause, ...] = ()
    facts: tuple[OneOf, ...] = ()
    forbidden: tuple[Words, ...] = ()

    def __post_init__(self) -> None:
        if len({status.is_refusal for status in self.statuses}) > 1:
            raise ValueError("status mixes refusals with answers")
        if self.refuses and (self.relevant or self.facts):
            raise ValueError("a question to refuse has neither relevant clauses nor facts")
        if not self.refuses and not (self.relevant and self.facts):
            raise ValueError("a question to answer needs relevant clauses and facts")

    @property
    def status(self) -> Status:
        """The preferred status."""
        return self.statuses[0]

    @property
    def refuses(self) -> bool:
        """Whether the question wants a refusal."""
        return self.status.is_refusal


@dataclass(frozen=True, kw_only=True, config=_CONFIG)
class Question(_Gold):
    """One row of a data set."""

    id: Words
    kind: Kind
    styles: Annotated[tuple[Style, ...], Field(alias="style", min_length=1)]
    history: tuple[Turn, ...] = ()
    paraphrase_of: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.refuses != (self.kind in REFUSAL_KINDS):
            raise ValueError(f"kind {self.kind} does not go with status {self.status}")

    @property
    def style(self) -> Style:
        """The style that marks the question most."""
        return self.styles[0]


Row = Question


@dataclass(frozen=True, kw_only=True, config=_CONFIG)
class DialogueTurn(_Gold):
    """One question of a dialogue, judged in the light of the turns before it."""


@dataclass(frozen=True, kw_only=True, config=_CONFIG)
class Dialogue:
    """A conversation of two to four questions."""

    id: Words
    turns: Annotated[tuple[DialogueTurn, ...], Field(min_length=2, max_length=4)]

    def row(self, at: int, history: Sequence[Turn] = ()) -> Question:
        """Turn `at` (from 0) as a row, with what was really asked and answered before."""
        turn = self.turns[at]
        return Question(
            id=f"{self.id}/{at + 1}",
            question=turn.question,
            audience=turn.audience,
            kind="unanswerable" if turn.refuses else "how",
            styles=("colloquial",),
            relevant=turn.relevant,
            facts=turn.facts,
            forbidden=turn.forbidden,
            statuses=turn.statuses,
            history=tuple(history),
        )


_Item = TypeVar("_Item", Question, Dialogue)


def _reasons(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, item['loc']))}: {item['msg']}" if item["loc"] else item["msg"]
        for item in error.errors(include_url=False)
    )


def _objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file:line, object) of every line that is not blank."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            parsed = json.loads(line)
        except json.JSONDecodeError as error:
            raise DatasetError(f"{where}: not JSON: {error}") from error
        if not isinstance(parsed, dict):
            raise DatasetError(f"{where}: not a JSON object")
        yield where, parsed


def _load(path: Path, kind: type[_Item]) -> list[_Item]:
    adapter = TypeAdapter(kind)
    items: list[_Item] = []
    seen: dict[str, str] = {}
    for where, parsed in _objects(path):
        try:
            item = adapter.validate_python(parsed)
        except ValidationError as error:
            raise DatasetError(f"{where}: {_reasons(error)}") from error
        if item.id in seen:
            raise DatasetError(f"{where}: id {item.id} already stands at {seen[item.id]}")
        seen[item.id] = where
        items.append(item)
    if not items:
        raise DatasetError(f"{path.name}: no rows")
    return items


def load(path: Path) -> list[Question]:
    """The questions of a JSON Lines file, in order.

    Raises DatasetError, which names file, line and reason, for a file that cannot be
    read, a line that breaks the schema, a repeated id, a `paraphrase_of` that names no
    row, and a file without rows.
    """
    rows = _load(path, Question)
    known = {row.id for row in rows}
    for row in rows:
        if row.paraphrase_of is not None and row.paraphrase_of not in known - {row.id}:
            raise DatasetError(
                f"{path.name}: {row.id}: paraphrase_of names no other row: {row.paraphrase_of}"
            )
    return rows


def load_dialogues(path: Path) -> list[Dialogue]:
    """The dialogues of a JSON Lines file, in order. Raises DatasetError as `load` does."""
    return _load(path, Dialogue)
