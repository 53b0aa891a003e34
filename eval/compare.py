"""`python -m eval.compare OLD NEW`: what changed between two runs, and whether it is chance.

Each argument is a folder of results/. Only questions that both runs have are compared,
pair by pair; intervals are from the paired bootstrap.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval import results
from eval.metrics import Difference, paired_bootstrap
from eval.results import ResultsError
from eval.score import Scored
from eval.summary import LABELS
from eval.tables import number

Key = tuple[str, str, str, str]
_METRICS = (
    "recall@1",
    "recall@5",
    "recall@10",
    "mrr@10",
    "ndcg@10",
    "fact_recall",
    "citation_precision",
    "citation_recall",
    "gold_cited",
    "single_fact_length",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One metric over the questions that both runs have a value for."""

    metric: str
    pairs: int
    old: float
    new: float
    difference: Difference


def _key(row: Scored) -> Key:
    return (row.task, row.dataset, row.id, "+".join(row.styles))


def _right_refusal(row: Scored) -> float | None:
    return float(row.should_refuse == row.refused) if row.status else None


def _of(metric: str) -> Callable[[Scored], float | None]:
    return lambda row: row.scores.get(metric)


READINGS: dict[str, Callable[[Scored], float | None]] = {
    **{metric: _of(metric) for metric in _METRICS},
    "refusal_right": _right_refusal,
    "latency_ms": lambda row: row.latency_ms,
}


def changes(old: Sequence[Scored], new: Sequence[Scored], seed: int = 13) -> list[Change]:
    """Every metric's change over the shared questions; metrics without pairs are left out."""
    before = {_key(row): row for row in old}
    shared = [(before[key], row) for row in new if (key := _key(row)) in before]
    found = []
    for metric, read in READINGS.items():
        pairs = [
            (a, b)
            for one, other in shared
            if (a := read(one)) is not None and (b := read(other)) is not None
        ]
        if pairs:
            was, now = [one for one, _ in pairs], [other for _, other in pairs]
            difference = paired_bootstrap(was, now, seed=seed)
            old_mean, new_mean = sum(was) / len(was), sum(now) / len(now)
            found.append(Change(metric, len(pairs), old_mean, new_mean, difference))
    return found


def flips(old: Sequence[Scored], new: Sequence[Scored]) -> tuple[list[Scored], list[Scored]]:
    """(Newly faulty, newly faultless) questions, as they are in the new run."""
    before = {_key(row): row for row in old}
    shared = [(before[key], row) for row in new if (key := _key(row)) in before]
    worse = [row for was, row in shared if row.badness > was.badness]
    better = [row for was, row in shared if row.badness < was.badness]
    return worse, better


def table(found: Sequence[Change]) -> Table:
    """One line a metric; a star where the 95 % interval leaves zero out."""
    made = Table(
        title="两次评测的差别（配对自助法，95% 区间）", title_justify="left", pad_edge=False
    )
    for heading in ("指标", "题数", "旧", "新", "差", "区间", ""):
        made.add_column(heading, justify="left" if heading == "指标" else "right")
    labels = {**LABELS, "refusal_right": "拒答判断正确", "latency_ms": "时延 (ms)"}
    for change in found:
        gap = change.difference
        metric = "latency_p50_ms" if change.metric == "latency_ms" else change.metric
        made.add_row(
            labels.get(change.metric, change.metric),
            str(change.pairs),
            number(metric, change.old),
            number(metric, change.new),
            f"{gap.mean:+.3f}",
            Text(f"[{gap.low:+.3f}, {gap.high:+.3f}]"),
            "*" if gap.significant else "",
        )
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Print the comparison; 2 where a folder holds no run or the runs share no question."""
    parser = argparse.ArgumentParser(prog="python -m eval.compare", description="比较两次评测")
    parser.add_argument("old", type=Path, help="旧的结果文件夹")
    parser.add_argument("new", type=Path, help="新的结果文件夹")
    parser.add_argument("--list", action="store_true", help="列出变好与变差的题")
    options = parser.parse_args(argv)
    try:
        old, new = results.read_rows(options.old), results.read_rows(options.new)
    except ResultsError as error:
        print(error, file=sys.stderr)
        return 2
    found = changes(old, new)
    if not found:
        print("两次评测没有共同的题目，无法比较。", file=sys.stderr)
        return 2
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print(table(found))
    worse, better = flips(old, new)
    console.print(f"变差 {len(worse)} 题，变好 {len(better)} 题")
    if options.list:
        for heading, rows in (("变差", worse), ("变好", better)):
            for row in rows:
                codes = ",".join(fault.code for fault in row.faults) or "无问题"
                console.print(Text(f"{heading} {row.dataset}/{row.id} {row.question} -> {codes}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
