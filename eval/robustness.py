"""How much worse the same questions are answered when they are typed otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.table import Table

from eval import metrics, summary
from eval.dataset import Row
from eval.score import Scored
from eval.summary import Figures, by
from eval.tables import number
from eval.tasks import Tick, answer_one, clause_text
from eval.variants import VARIANTS, variants

if TYPE_CHECKING:
    from assistant.pipeline import Assistant

ORIGINAL = "original"
_COMPARED = ("recall@5", "fact_recall", "status")


def run(
    assistant: Assistant, rows: Sequence[Row], dataset: str, seed: int, tick: Tick
) -> list[Scored]:
    """Every standalone question as written and in all its variants; `style` names the variant."""
    rows = [row for row in rows if not row.history]
    text = clause_text(assistant.retriever.index.library)
    out = []
    for done, row in enumerate(rows, 1):
        for name, question in {
            ORIGINAL: row.question,
            **variants(row.question, seed),
        }.items():
            scored = answer_one(assistant, replace(row, question=question), dataset, text)
            out.append(replace(scored, task="robustness", styles=(name,)))
        tick(done, len(rows))
    return out


def _drops(rows: Sequence[Scored], base: dict[str, Scored]) -> Figures:
    """Mean of original minus variant over the same questions, for each compared metric."""
    figures: Figures = {}
    for name in _COMPARED:
        pairs = [
            (base[f"{row.dataset}:{row.id}"].scores.get(name), row.scores.get(name)) for row in rows
        ]
        figures[f"{name}_drop"] = metrics.mean(
            [a - b for a, b in pairs if a is not None and b is not None]
        )
    return figures


def summarise(rows: Sequence[Scored]) -> dict[str, Any]:
    """Figures and drops for each variant, for each data set and over all variants."""
    base = {f"{row.dataset}:{row.id}": row for row in rows if ORIGINAL in row.styles}
    changed = [row for row in rows if ORIGINAL not in row.styles]

    def figures(part: Sequence[Scored]) -> Figures:
        return {**summary.summarise(part), **_drops(part, base)}

    outcomes = {
        key: [summary.outcome(row) for row in group]
        for key, group in by(rows, lambda row: (f"{row.dataset}:{row.id}",)).items()
    }
    return {
        "all": {**figures(changed), "consistency": metrics.consistency(outcomes)},
        "slices": {
            "dataset": {k: figures(v) for k, v in by(changed, lambda row: (row.dataset,)).items()},
            "variant": {
                ORIGINAL: summary.summarise(list(base.values())),
                **{k: figures(v) for k, v in by(changed, lambda row: row.styles).items()},
            },
        },
    }


def table(measured: dict[str, Any]) -> Table:
    """One line a variant: what it scores and how much it loses."""
    made = Table(title="稳健性 robustness", title_justify="left", pad_edge=False)
    columns = {
        "变体": "",
        "题数": "questions",
        "R@5": "recall@5",
        "要点": "fact_recall",
        "拒准": "refusal_precision",
        "拒全": "refusal_recall",
        "R@5 降": "recall@5_drop",
        "要点降": "fact_recall_drop",
        "状态降": "status_drop",
    }
    for heading, metric in columns.items():
        made.add_column(heading, justify="right" if metric else "left")
    lines = {**measured["slices"]["variant"], "合计": measured["all"]}
    for name, figures in lines.items():
        label = VARIANTS[name][0] if name in VARIANTS else {ORIGINAL: "原样"}.get(name, name)
        cells = [number(metric, figures.get(metric)) for metric in columns.values() if metric]
        made.add_row(label, *cells)
    return made
