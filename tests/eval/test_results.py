"""A run from judged rows to figures, files, report and comparison."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.settings import Settings
from eval import charts, compare, gates, report, results, run, summary
from eval.charts import Axis
from eval.gates import Gate
from eval.results import ResultsError
from eval.score import Fault, Scored

BASE = Scored(
    id="q1",
    dataset="plan",
    task="answers",
    question="<b>多久？</b>",
    audience="school",
    kind="duration",
    styles=("plain", "terse"),
    dialogue=False,
    paraphrase_of=None,
    expected=("answered",),
    gold=(("p#14",),),
    ranked=("p#6", "p#14"),
    latency_ms=10.0,
    status="answered",
    answer="不少于6个月。[1]",
    cited=("p#14",),
    scores={"recall@1": 0.0, "recall@5": 1.0, "fact_recall": 1.0, "status": 1.0},
    confidence=0.9,
)
REFUSED = replace(
    BASE,
    id="q2",
    kind="unanswerable",
    expected=("not_found",),
    gold=(),
    ranked=(),
    status="not_found",
    cited=(),
    scores={"status": 1.0},
    confidence=0.1,
    latency_ms=30.0,
)
MISSED = replace(
    REFUSED,
    id="q3",
    status="answered",
    confidence=0.4,
    scores={"status": 0.0},
    faults=(Fault("missed_refusal", "not_found -> answered"),),
)
ROWS = [BASE, REFUSED, MISSED]


def test_summary_by_hand() -> None:
    figures = summary.summarise(ROWS)
    assert figures["questions"] == 3
    assert figures["recall@5"] == 1.0
    assert figures["refusal_precision"] == 1.0
    assert figures["refusal_recall"] == 0.5
    assert figures["status_accuracy"] == pytest.approx(2 / 3)
    assert figures["latency_p50_ms"] == 30.0
    assert figures["refusal_average_precision"] == 1.0


def test_a_row_stands_under_each_of_its_styles() -> None:
    assert set(summary.by([BASE], summary.SLICES["style"])) == {"plain", "terse"}


def test_the_worst_come_first_and_the_faultless_not_at_all() -> None:
    light = replace(BASE, id="q4", faults=(Fault("long"),))
    assert [row.id for row in summary.worst([light, *ROWS], 5)] == ["q3", "q4"]


def test_paraphrases_are_consistent_when_they_cite_alike() -> None:
    same = replace(BASE, id="q5", paraphrase_of="q1")
    other = replace(same, id="q6", cited=("p#6",))
    assert summary.summarise([BASE, same])["consistency"] == 1.0
    assert summary.summarise([BASE, same, other])["consistency"] == pytest.approx(1 / 3)


def test_dialogues_count_as_resolved_when_every_turn_is() -> None:
    turns = [
        replace(BASE, id="d1/1", task="dialogue"),
        replace(BASE, id="d1/2", task="dialogue", scores={"fact_recall": 0.5}),
        replace(BASE, id="d2/1", task="dialogue"),
        replace(BASE, id="d2/2", task="dialogue"),
    ]
    figures = summary.summarise(turns)
    assert figures["turns_resolved"] == 0.5
    assert figures["dialogues_resolved"] == 0.5


def test_rows_survive_the_disk(tmp_path: Path) -> None:
    results.write_rows(tmp_path / "rows.jsonl", ROWS)
    assert results.read_rows(tmp_path) == ROWS


@pytest.mark.parametrize("content", [None, "{}\n", "not json\n"])
def test_a_folder_without_a_run_is_named(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "rows.jsonl").write_text(content, "utf-8")
    with pytest.raises(ResultsError, match=r"rows\.jsonl"):
        results.read_rows(tmp_path)


def test_two_runs_in_one_second_do_not_share_a_folder(tmp_path: Path) -> None:
    assert len({results.new_folder(tmp_path, "all") for _ in range(3)}) == 3


def test_gates_judge_what_was_run_and_pass_over_the_rest() -> None:
    measured = run.metrics_of({"answers": ROWS})
    judged = gates.judge(
        [
            Gate("answers", "refusal_recall", min=0.9),
            Gate("answers", "recall@5", min=0.9),
            Gate("answers", "latency_p50_ms", max=10),
            Gate("answers", "recall@5", dataset="policies", min=1.0),
            Gate("dialogue", "fact_recall", min=0.9),
        ],
        measured,
    )
    assert [bool(one.missed) for one in judged] == [True, False, True]
    assert "0.500" in judged[0].missed
    assert "不高于 10" in judged[2].missed


def test_a_gate_on_a_figure_that_is_not_there_fails() -> None:
    (judged,) = gates.judge(
        [Gate("answers", "ndcg@10", min=0.1)], run.metrics_of({"answers": ROWS})
    )
    assert judged.missed


@pytest.mark.parametrize(
    ("gate", "value", "missed", "reached"),
    [
        (Gate("answers", "fact_recall", min=0.8, target=0.95), 0.7, True, gates.SHORT),
        (Gate("answers", "fact_recall", min=0.8, target=0.95), 0.9, False, gates.SHORT),
        (Gate("answers", "fact_recall", min=0.8, target=0.95), 0.95, False, gates.REACHED),
        (Gate("answers", "fact_recall", min=0.8), 0.9, False, "-"),
        (Gate("answers", "single_fact_length", max=200, target=180), 190, False, gates.SHORT),
        (Gate("answers", "single_fact_length", max=200, target=180), 170, False, gates.REACHED),
    ],
)
def test_a_floor_is_told_from_a_target(
    gate: Gate, value: float, missed: bool, reached: str
) -> None:
    section = {"all": {gate.metric: value}, "slices": {"dataset": {}}}
    (judged,) = gates.judge([gate], {"answers": section})
    assert bool(judged.missed) == missed
    assert judged.cells[-1] == reached


@pytest.mark.parametrize(
    "bounds", [{}, {"min": 0.9, "max": 1.0}, {"min": 0.9, "target": 0.8}, {"max": 5, "target": 6}]
)
def test_a_gate_that_makes_no_sense_is_refused(bounds: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="answers/fact_recall"):
        Gate("answers", "fact_recall", **bounds)


def test_the_committed_thresholds_name_real_tasks_and_metrics() -> None:
    read = results.read_gates(run.THRESHOLDS)
    assert {gate.task for gate in read} <= set(run.TASKS)
    for gate in read:
        assert gate.metric.removesuffix("_drop") in {*summary.LABELS, "status"}


def test_bad_thresholds_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "gates.toml"
    path.write_text('[[gate]]\ntask = "answers"\n', "utf-8")
    with pytest.raises(ResultsError, match="门槛文件"):
        results.read_gates(path)


def test_unknown_dataset_and_task_are_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["retrieval", "--dataset", "no-such-set"]) == run.BAD_USAGE
    assert "no-such-set" in capsys.readouterr().err
    assert run.main(["no-such-task"]) == run.BAD_USAGE


def test_spread_is_even_and_never_repeats() -> None:
    assert run.spread(list(range(10)), 5) == [0, 2, 4, 6, 8]
    assert run.spread([1, 2], 9) == [1, 2]


@pytest.fixture
def page(tmp_path: Path) -> str:
    data = tmp_path / "plan.jsonl"
    data.write_text("{}", "utf-8")
    configuration = results.configuration(
        Settings(statutes="none"), ["answers", "--limit", "3"], {"plan": data}, "gen"
    )
    json.dumps(configuration)
    sections = {"answers": ROWS}
    judged = gates.judge(
        [Gate("answers", "refusal_recall", min=0.9, target=0.95)], run.metrics_of(sections)
    )
    return report.render("answers", sections, run.metrics_of(sections), configuration, judged)


def test_the_report_stands_alone_and_escapes_what_it_shows(page: str) -> None:
    assert "<svg" in page
    assert "拒答曲线" in page
    assert "该拒答而作答" in page
    assert "应不低于 0.9" in page
    assert gates.SHORT in page
    assert "&lt;b&gt;多久" in page
    assert "<b>多久" not in page
    for outside in ("http://", "https://", "<script", "<link", "@import"):
        assert outside not in page.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_secrets_stay_out_of_the_configuration(tmp_path: Path) -> None:
    settings = Settings(llm_api_key="very-secret", statutes="none")
    assert "very-secret" not in json.dumps(results.configuration(settings, [], {}, "gen"))


def test_comparison_pairs_the_same_questions() -> None:
    new = [
        replace(BASE, scores={**BASE.scores, "recall@1": 1.0}),
        replace(REFUSED, status="answered", faults=(Fault("missed_refusal"),)),
        replace(BASE, id="only-new"),
    ]
    found = {change.metric: change for change in compare.changes(ROWS, new)}
    assert found["recall@1"].pairs == 1
    assert found["recall@1"].difference.mean == 1.0
    assert found["refusal_right"].difference.mean == -0.5
    worse, better = compare.flips(ROWS, new)
    assert [row.id for row in worse] == ["q2"]
    assert better == []


def test_comparison_of_unrelated_runs_is_bad_usage(tmp_path: Path) -> None:
    for name, rows in (("a", ROWS), ("b", [replace(BASE, id="else")])):
        (tmp_path / name).mkdir()
        results.write_rows(tmp_path / name / "rows.jsonl", rows)
    assert compare.main([str(tmp_path / "a"), str(tmp_path / "b")]) == 2
    assert compare.main([str(tmp_path / "a"), str(tmp_path / "a"), "--list"]) == 0


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=40))
def test_charts_are_well_formed_and_inside_their_frame(points: list[tuple[float, float]]) -> None:
    drawn = charts.lines("a<b", Axis("x", 0, 1), Axis("y", 0, 1), {"s&t": points})
    tree = ElementTree.fromstring(drawn)
    _, _, width, height = map(float, tree.attrib["viewBox"].split())
    for circle in tree.iter("{http://www.w3.org/2000/svg}circle"):
        assert 0 <= float(circle.attrib["cx"]) <= width
        assert 0 <= float(circle.attrib["cy"]) <= height


def test_histogram_counts_every_value() -> None:
    assert charts.histogram("t", "ms", []) == ""
    assert charts.histogram("t", "ms", [1.0, 2.0, 500.0]).count("<rect") == 24


def test_log_axis_places_powers_evenly() -> None:
    axis = Axis("n", 100, 10_000, log=True)
    assert axis.place(1000) == pytest.approx(0.5)
    assert axis.ticks() == [100, 1000, 10_000]
