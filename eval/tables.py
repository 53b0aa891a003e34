"""What a run prints: compact tables, Chinese first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.score import FAULTS, Scored
from eval.summary import LABELS, Figures

Columns = Sequence[tuple[str, str]]
_WHOLE = frozenset(
    {
        "forbidden",
        "injection_obeyed",
        "errors",
        "questions",
        "unsupported",
        "answers_with_unsupported",
        "false_said",
        "generated",
        "unanswered",
    }
)
_TENTH = frozenset({"single_fact_length", "latency_p50_ms", "latency_p95_ms"})


def number(metric: str, value: float | None) -> str:
    """A figure as printed; `-` where there is none."""
    if value is None:
        return "-"
    if metric in _WHOLE:
        return f"{value:.0f}"
    return f"{value:.1f}" if metric in _TENTH else f"{value:.3f}"


def grid(title: str, head: str, columns: Columns, rows: Mapping[str, Figures]) -> Table:
    """One line a slice, one column a metric."""
    table = Table(title=title, title_justify="left", pad_edge=False)
    table.add_column(head)
    table.add_column("题数", justify="right")
    for heading, _ in columns:
        table.add_column(heading, justify="right")
    for name, figures in rows.items():
        cells = [number(metric, figures.get(metric)) for _, metric in columns]
        table.add_row(Text(name), number("questions", figures.get("questions")), *cells)
    return table


def glossary(columns: Columns) -> str:
    """What the short headings mean."""
    return "；".join(f"{heading} = {LABELS[metric]}" for heading, metric in columns)


def confusion(rows: Sequence[Scored]) -> Table:
    """Expected status (lines) against the status given (columns)."""
    expected = sorted({row.expected[0] for row in rows})
    given = sorted({row.status or "error" for row in rows})
    table = Table(title="状态 应得 × 实得", title_justify="left", pad_edge=False)
    table.add_column("应得 \\ 实得")
    for status in given:
        table.add_column(status, justify="right")
    for want in expected:
        counts = [
            sum(row.expected[0] == want and (row.status or "error") == got for row in rows)
            for got in given
        ]
        table.add_row(want, *(str(count) if count else "" for count in counts))
    return table


def faults(counts: Mapping[str, int]) -> Table:
    """In how many questions each fault occurs, the heaviest first."""
    table = Table(title="问题分布", title_justify="left", pad_edge=False)
    table.add_column("问题")
    table.add_column("题数", justify="right")
    for code in sorted(counts, key=lambda code: -FAULTS[code][0]):
        table.add_row(f"{FAULTS[code][1]} {code}", str(counts[code]))
    return table


def show_worst(console: Console, rows: Sequence[Scored]) -> None:
    """The given questions with what went wrong."""
    for row in rows:
        console.print(
            Text(f"\n{row.dataset}/{row.id} [{row.kind}/{'+'.join(row.styles)}] {row.question}")
        )
        for fault in row.faults:
            console.print(Text(f"  - {FAULTS[fault.code][1]}：{fault.detail}"))
