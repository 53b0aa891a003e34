"""Driving an assistant: what is asked, in what order, and what happens when it breaks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.answer import Answer, Citation, Claim, Retrieved, Status, Turn
from corpus import outline
from corpus.document import Document, Kind, Rank, Validity
from corpus.library import Library
from eval import inspect, robustness, run, summary, tasks
from eval.dataset import Dialogue, DialogueTurn, Question
from eval.variants import VARIANTS
from index.retriever import Hit, Retrieval

TEXT = "方案\n一、总则\n1、教师。专业教师每五年累计不少于6个月。\n2、企业。每批次至少有5家企业。"
CLAUSES = outline.parse(TEXT, document_id="p", document_title="方案")
LIBRARY = Library(
    (
        Document(
            id="p",
            title="方案",
            kind=Kind.PLAN,
            rank=Rank.LOCAL,
            validity=Validity.IN_FORCE,
            text=TEXT,
            clauses=CLAUSES,
        ),
    )
)
FACTS = {"教师": "专业教师每五年累计不少于6个月。", "企业": "每批次至少有5家企业。"}


@dataclass
class Scripted:
    """Answers by a word of the question; keeps what it was asked."""

    asked: list[tuple[str, str | None, tuple[Turn, ...]]] = field(default_factory=list)

    @property
    def retriever(self) -> Any:
        index = SimpleNamespace(library=LIBRARY, name="gen")
        return SimpleNamespace(index=index, search=self.search)

    def search(self, text: str) -> Retrieval:
        none = (None,) * 6
        hits = [
            Hit(clause.id, 1.0, *none)
            for word, fact in FACTS.items()
            for clause in CLAUSES
            if word in text and fact in clause.text
        ]
        return Retrieval(tuple(hits), ())

    def ask(
        self, question: str, audience: str | None, history: Sequence[Turn], *, id: str | None
    ) -> Answer:
        self.asked.append((question, audience, tuple(history)))
        if "崩溃" in question:
            raise RuntimeError("broken")
        found = self.search(question).accepted
        if not found:
            return Answer(question, audience, Status.NOT_FOUND, "资料中没有。")
        clause = LIBRARY.clauses[found[0].clause_id]
        fact = next(fact for fact in FACTS.values() if fact in clause.text)
        start = clause.text.index(fact)
        quote = (fact, start, start + len(fact), clause.text)
        return Answer(
            question,
            audience,
            Status.ANSWERED,
            f"{fact}[1]",
            claims=(Claim(fact, (1,)),),
            citations=(Citation(1, "p", "方案", clause.id, clause.label, None, *quote),),
            retrieved=(Retrieved("方案", clause.label, clause.id, 1.0),),
            timings_ms={"total": 1.0},
        )


def row(name: str, question: str, **changes: Any) -> Question:
    values: dict[str, Any] = {
        "kind": "duration",
        "styles": ("plain",),
        "statuses": (Status.ANSWERED,),
        "relevant": (("p#1",),),
        "facts": (("6个月",),),
    }
    return Question(id=name, question=question, **{**values, **changes})


ROWS = [
    row("a", "专业教师要下企业实践多久才行呢？", audience="school"),
    row(
        "b",
        "今天天气怎么样？",
        kind="out_of_scope",
        statuses=(Status.NOT_FOUND,),
        relevant=(),
        facts=(),
    ),
    row("c", "崩溃了吗？"),
]


def test_answers_are_judged_and_a_crash_is_a_fault_not_the_end() -> None:
    ticks: list[tuple[int, int]] = []
    scored = tasks.answer(Scripted(), ROWS, "set", lambda *at: ticks.append(at))  # type: ignore[arg-type]
    assert [[fault.code for fault in one.faults] for one in scored] == [[], [], ["error"]]
    assert scored[2].scores["fact_recall"] == 0.0
    assert scored[2].scores["recall@5"] == 0.0
    assert ticks[-1] == (3, 3)
    assert summary.summarise(scored)["errors"] == 1


def test_audience_and_history_are_passed_on() -> None:
    assistant = Scripted()
    history = (Turn("专业教师呢？", "…"),)
    tasks.answer(assistant, [row("h", "教师多久？", audience="school", history=history)], "set")  # type: ignore[arg-type]
    assert assistant.asked == [("教师多久？", "school", history)]


def test_retrieval_leaves_out_refusals_and_follow_ups() -> None:
    rows = [*ROWS, row("h", "教师呢？", history=(Turn("x", "y"),))]
    scored = tasks.retrieve(Scripted(), rows, "set")  # type: ignore[arg-type]
    assert [one.id for one in scored] == ["a", "c"]
    assert [one.scores["recall@5"] for one in scored] == [1.0, 0.0]
    assert scored[1].faults


def test_dialogues_hear_the_answers_really_given() -> None:
    first = DialogueTurn(
        question="教师多久？",
        statuses=(Status.ANSWERED,),
        relevant=(("p#1",),),
        facts=(("6个月",),),
    )
    second = DialogueTurn(
        question="企业呢？", statuses=(Status.ANSWERED,), relevant=(("p#2",),), facts=(("9家",),)
    )
    assistant = Scripted()
    scored = tasks.converse(assistant, [Dialogue(id="d", turns=(first, second))], "talks")  # type: ignore[arg-type]
    assert assistant.asked[0][2] == ()
    assert assistant.asked[1][2] == (Turn("教师多久？", f"{FACTS['教师']}[1]"),)
    figures = summary.summarise(scored)
    assert figures["turns_resolved"] == 0.0
    assert figures["recall@5"] == 1.0


def test_robustness_compares_each_variant_with_its_original() -> None:
    scored = robustness.run(Scripted(), ROWS[:2], "set", 13, lambda *_: None)  # type: ignore[arg-type]
    measured = robustness.summarise(scored)
    variants = measured["slices"]["variant"]
    assert set(variants) <= {robustness.ORIGINAL, *VARIANTS}
    assert variants["polite"]["fact_recall_drop"] == 0.0
    # The scripted assistant knows simplified characters only.
    assert variants["traditional"]["fact_recall_drop"] == 1.0
    assert measured["all"]["fact_recall_drop"] > 0
    robustness.table(measured)


def test_gold_that_the_corpus_does_not_hold_is_named() -> None:
    rows = [row("x", "?", relevant=(("p#1",), ("q#9", "q#10")))]
    assert tasks.unknown_gold(rows, LIBRARY) == {"x": ["q#9|q#10"]}


@pytest.mark.parametrize(
    "task", ["retrieval", "answers", "refusal", "dialogue", "robustness", "all"]
)
def test_every_task_prints_keeps_and_judges(
    task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tasks, "open_assistant", lambda settings: Scripted())
    monkeypatch.setattr(tasks, "refreshed", lambda assistant: assistant)
    data, talks = tmp_path / "mine.jsonl", tmp_path / "talks.jsonl"
    data.write_text(
        '{"id": "a", "question": "专业教师要下企业实践多久才行呢？", "kind": "duration", '
        '"style": ["plain"], "relevant": [["p#1"]], "facts": [["9个月"]], '
        '"status": ["answered"]}\n',
        "utf-8",
    )
    turn = (
        '{"question": "教师多久？", "relevant": [["p#1"]], "facts": [["6个月"]], '
        '"status": ["answered"]}'
    )
    talks.write_text(f'{{"id": "d", "turns": [{turn}, {turn}]}}\n', "utf-8")
    gates = tmp_path / "gates.toml"
    gates.write_text('[[gate]]\ntask = "answers"\nmetric = "fact_recall"\nmin = 0.5\n', "utf-8")
    arguments = [task, "--dataset", str(data), "--dialogues", str(talks), "--worst", "1"]
    arguments += ["--out", str(tmp_path / "out"), "--thresholds", str(gates), "--trials", "0"]
    expected = run.FAILED if task in ("answers", "all") else run.OK
    assert run.main(arguments) == expected
    shown = capsys.readouterr().out
    assert ("未达标" in shown) == (expected == run.FAILED)
    (folder,) = (tmp_path / "out" / task).iterdir()
    names = {"rows.jsonl", "metrics.json", "config.json", "report.html"}
    assert {file.name for file in folder.iterdir()} == names
    if task == "answers":
        assert inspect.main(["--run", str(folder), "--failures"]) == 0
        shown = capsys.readouterr().out
        assert "漏掉要点" in shown
        assert "p#1" in shown
