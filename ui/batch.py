"""Questions from JSON Lines: each line checked, answered and given back in order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.answer import SCHEMA_VERSION, Turn
from ui.desk import Answerer

Id = str | int | float | None


class PastTurn(BaseModel):
    """One earlier question of a row's conversation."""

    model_config = ConfigDict(extra="forbid", strict=True)
    question: str
    answer: str


class Row(BaseModel):
    """One question of a batch."""

    model_config = ConfigDict(extra="forbid", strict=True)
    question: str
    id: Id = None
    audience: Literal["enterprise", "school"] | None = None
    history: list[PastTurn] = []


@dataclass(frozen=True, slots=True)
class Result:
    """The object to print for line `line` (from 1), and what was wrong with it, if anything."""

    line: int
    value: dict[str, Any]
    error: str = ""


class BadRow(ValueError):
    """A line that is no question; keeps its id where it has one that can be read."""

    def __init__(self, reason: str, id: Id = None) -> None:
        super().__init__(reason)
        self.id = id


def parse(line: bytes) -> Row:
    """A row of one line.

    Raises BadRow.
    """
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadRow("不是 UTF-8 文字") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadRow("不是合法的 JSON") from error
    if not isinstance(value, dict):
        raise BadRow("应为 JSON 对象，如 {“question”: “……”}")
    found = value.get("id")
    id_ = found if isinstance(found, str | int | float) and not isinstance(found, bool) else None
    try:
        return Row.model_validate(value)
    except ValidationError as error:
        raise BadRow(_reason(error), id_) from error


def _reason(error: ValidationError) -> str:
    detail = error.errors(include_url=False)[0]
    # A union names its branch after the field: keep the names that the user wrote.
    place = ".".join(
        str(part) for part in detail["loc"] if not str(part).startswith(("int", "str"))
    )
    reasons = {
        "missing": "缺少",
        "extra_forbidden": "不认识这一项",
        "string_type": "应为文字",
        "list_type": "应为列表",
        "literal_error": "只能是 enterprise 或 school",
        "model_type": "应为 {“question”, “answer”} 对象",
    }
    return f"{place}：{reasons.get(detail['type'], '取值不对')}"


def run(lines: Iterable[bytes], assistant: Answerer, audience: str | None) -> Iterator[Result]:
    """Answer each line that is not blank; `audience` serves rows that name none."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = parse(line)
        except BadRow as bad:
            yield Result(number, _failed(bad.id, str(bad)), str(bad))
            continue
        turns = [Turn(turn.question, turn.answer) for turn in row.history]
        try:
            answer = assistant.ask(row.question, row.audience or audience, turns)
        except Exception as error:  # one question must not cost the answers of the others
            reason = f"回答时出错（{type(error).__name__}）"
            yield Result(number, _failed(row.id, reason), reason)
            continue
        yield Result(number, answer.to_json() | {"id": row.id})


def _failed(id: Id, reason: str) -> dict[str, Any]:
    return {"schema": SCHEMA_VERSION, "id": id, "error": reason}
