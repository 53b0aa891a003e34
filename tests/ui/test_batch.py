"""Batches: every line answered in order, bad lines told and passed over."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Answer, Status, Turn
from ui import batch


class Echo:
    """Says what it was asked."""

    library = None

    def ask(
        self,
        question: str,
        audience: str | None = None,
        history: Sequence[Turn] = (),
        *,
        id: str | None = None,
    ) -> Answer:
        if question == "坏":
            raise RuntimeError("secret")
        said = f"{question}|{audience}|{[turn.question for turn in history]}"
        return Answer(question, audience, Status.NOT_FOUND, said)

    def warm_up(self) -> None:
        """Nothing to load."""


def run(*lines: object, audience: str | None = None) -> list[batch.Result]:
    raw = [
        line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode()
        for line in lines
    ]
    return list(batch.run(raw, Echo(), audience))  # type: ignore[arg-type]


def test_order_ids_and_defaults() -> None:
    results = run(
        {"question": "甲", "id": "a"},
        {"question": "乙", "id": 7, "audience": "school"},
        b"  \n",
        {"question": "丙", "history": [{"question": "前", "answer": "x"}]},
        audience="enterprise",
    )
    assert [result.value["id"] for result in results] == ["a", 7, None]
    assert [result.value["answer"] for result in results] == [
        "甲|enterprise|[]",
        "乙|school|[]",
        "丙|enterprise|['前']",
    ]
    assert [result.line for result in results] == [1, 2, 4]
    assert not any(result.error for result in results)


@pytest.mark.parametrize(
    ("line", "id_", "words"),
    [
        (b"{", None, "JSON"),
        (b"[1]", None, "JSON 对象"),
        (b"\xff\xfe", None, "UTF-8"),
        ({"id": "x"}, "x", "question：缺少"),
        ({"id": 3, "question": 5}, 3, "question：应为文字"),
        ({"id": "x", "question": "a", "audience": "all"}, "x", "audience：只能是"),
        ({"id": "x", "question": "a", "why": 1}, "x", "why：不认识"),
        ({"id": "x", "question": "a", "history": [{"question": "b"}]}, "x", "history.0.answer"),
        ({"id": "x", "question": "坏"}, "x", "RuntimeError"),
    ],
)
def test_a_bad_line_is_told_in_its_place(line: object, id_: object, words: str) -> None:
    before, bad, after = run({"question": "甲"}, line, {"question": "乙"})
    assert (before.error, after.error) == ("", "")
    assert bad.value == {"schema": 1, "id": id_, "error": bad.error}
    assert words in bad.error
    assert "secret" not in bad.error
    assert bad.line == 2


@given(st.binary(max_size=60))
def test_no_line_breaks_the_batch(line: bytes) -> None:
    line = line.replace(b"\n", b"")
    results = run(line, {"question": "后"})
    assert results[-1].value["answer"].startswith("后")
    assert len(results) == (2 if line.strip() else 1)
