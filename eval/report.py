"""The report of a run: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from eval import charts, metrics
from eval.ablation import SYSTEMS
from eval.charts import Axis
from eval.gates import HEADINGS, Judged
from eval.score import FAULTS, Scored
from eval.summary import (
    LABELS,
    Figures,
    by,
    columns_of,
    worst,
)
from eval.tables import number
from eval.variants import VARIANTS

WORST = 20
_TEMPLATE = Path(__file__).with_name("report.html.j2")
_TITLES = {
    "retrieval": "检索 Retrieval",
    "answers": "回答 Answers",
    "refusal": "拒答 Refusal",
    "dialogue": "多轮 Dialogue",
    "robustness": "稳健性 Robustness",
    "ablation": "消融 Ablation",
    "adversary": "语言模型作恶 Adversary",
}
_SLICE_TITLES = {
    "dataset": "按数据集",
    "kind": "按题型",
    "style": "按问法",
    "audience": "按对象",
    "expected": "按应得状态",
    "variant": "按变体",
    "system": "按系统",
    "behaviour": "按语言模型的行为",
    "verification": "核对与不核对",
}


def _table(title: str, columns: Sequence[tuple[str, str]], lines: Mapping[str, Figures]) -> Any:
    head = [{"short": "", "long": ""}, {"short": "题数", "long": ""}]
    head += [{"short": short, "long": LABELS.get(metric, metric)} for short, metric in columns]
    return {
        "title": title,
        "head": head,
        "lines": [
            [
                VARIANTS[name][0] if name in VARIANTS else SYSTEMS.get(name, name),
                number("questions", figures.get("questions")),
                *(number(metric, figures.get(metric)) for _, metric in columns),
            ]
            for name, figures in lines.items()
        ],
    }


def recall_chart(systems: Mapping[str, Sequence[Scored]], limit: int = 20) -> str:
    """Recall@k of each system for k up to `limit`, over the questions that have gold."""
    known = {name: [row for row in rows if row.gold] for name, rows in systems.items()}
    known = {name: rows for name, rows in known.items() if rows}
    if not known:
        return ""
    deepest = max(len(row.ranked) for rows in known.values() for row in rows)
    last = max(1, min(limit, deepest))
    points = {
        name: [
            (
                float(k),
                sum(metrics.recall_at_k(row.ranked, row.gold, k) for row in rows) / len(rows),
            )
            for k in range(1, last + 1)
        ]
        for name, rows in known.items()
    }
    low = max(0.0, min(value for drawn in points.values() for _, value in drawn) // 0.1 * 0.1)
    return charts.lines("检索召回 recall@k", Axis("k", 1, max(last, 2)), Axis("", low, 1), points)


def refusal_chart(found: Mapping[str, Any] | None) -> str:
    """Refusal precision against recall over all thresholds."""
    if not found:
        return ""
    points = list(zip(found["recall"], found["precision"], strict=True))
    title = f"拒答曲线 refusal curve（AP {found['average_precision']:.3f}）"
    low = min(0.9, min(found["precision"]) // 0.1 * 0.1)
    return charts.lines(title, Axis("召回 recall", 0, 1), Axis("", low, 1), {"": points})


def _section(name: str, rows: Sequence[Scored], measured: Mapping[str, Any]) -> dict[str, Any]:
    columns = columns_of(name, measured["all"])
    tables = [_table("合计", columns, {"合计": measured["all"]})]
    tables += [
        _table(_SLICE_TITLES[kind], columns, lines) for kind, lines in measured["slices"].items()
    ]
    if counts := measured.get("faults"):
        order = sorted(counts, key=lambda code: -FAULTS[code][0])
        lines = [[FAULTS[code][1], str(counts[code])] for code in order]
        head = [{"short": "问题", "long": ""}, {"short": "题数", "long": ""}]
        tables.append({"title": "问题分布", "head": head, "lines": lines})
    systems = by(rows, lambda row: (SYSTEMS.get(row.styles[0], ""),))
    drawn = [
        recall_chart(systems if name == "ablation" else {"recall@k": rows}),
        refusal_chart(measured.get("refusal_curve")),
        charts.histogram("时延 latency", "ms", [row.latency_ms for row in rows]),
    ]
    return {"title": _TITLES[name], "charts": [c for c in drawn if c], "tables": tables}


def render(
    task: str,
    sections: Mapping[str, Sequence[Scored]],
    measured: Mapping[str, Any],
    configuration: Mapping[str, Any],
    judged: Sequence[Judged],
) -> str:
    """The report's HTML. All text is escaped by the template but our own SVG."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(_TEMPLATE.read_text("utf-8"))
    answers = [row for name in ("answers", "refusal", "dialogue") for row in sections.get(name, ())]
    return template.render(
        task=task,
        config=configuration,
        missed=[one.missed for one in judged if one.missed],
        headings=HEADINGS,
        gates=[one.cells for one in judged],
        sections=[_section(name, sections.get(name, ()), part) for name, part in measured.items()],
        worst=worst(answers or sections.get("retrieval", ()), WORST),
        labels={code: text for code, (_, text) in FAULTS.items()},
        glossary=LABELS,
    )
