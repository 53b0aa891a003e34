"""What each part of the assistant is worth: the same questions with one part taken out.

The parts are taken out from outside, so that no switch for them is in anyone's way. The small
models stay as they were fitted, with all parts in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from rich.table import Table

from eval import summary
from eval.dataset import Row
from eval.results import ResultsError
from eval.score import Scored
from eval.summary import by
from eval.tables import grid
from eval.tasks import Tick, answer, refreshed

if TYPE_CHECKING:
    from assistant.pipeline import Assistant

FULL = "full"
# Name in the tables of each system.
SYSTEMS = {
    FULL: "完整 full",
    "dense": "只用向量 dense only",
    "keyword": "只用关键词 keyword only",
    "no_links": "不用条款关联 no links",
    "packaged_queries": "不用问题编码器 packaged encoder",
    "no_verification": "不核对 no verification",
}


def _one_branch(assistant: Assistant, kept: str) -> Assistant:
    """Retrieval by vectors or by keywords alone."""
    from index.retriever import Branch, ClauseRetriever

    class OneBranch(ClauseRetriever):
        def branches(self, query: str, keywords: str) -> tuple[Branch, Branch, Branch]:
            dense, sentence, keyword = super().branches(query, keywords)
            return (dense, sentence, ()) if kept == "dense" else ((), (), keyword)

    made = replace(assistant)
    # What is cached on the instance wins over the property.
    made.__dict__["retriever"] = OneBranch(index=assistant.index)
    return made


@contextmanager
def without(assistant: Assistant, system: str) -> Iterator[Assistant]:
    """The assistant as one of `SYSTEMS`.

    Raises ResultsError where the learned ranking of all laws is on, which fuses no branches:
    `eval.train_ranking` and `eval.stard` take that one apart.
    """
    from corpus.links import Links
    from index.retriever import is_learned

    if is_learned(assistant.settings):
        raise ResultsError("ablation 只比较各路融合；全部法律请用 python -m eval.stard")
    made = refreshed(assistant)
    if system in ("dense", "keyword"):
        yield _one_branch(made, system)
    elif system == "no_links":
        made.__dict__["links"] = Links((), ())
        yield made
    elif system == "packaged_queries":
        settings = assistant.settings.model_copy(update={"tuned_queries": False})
        yield refreshed(replace(assistant, settings=settings))
    elif system == "no_verification":
        with patch("assistant.verify.fault", return_value=""):
            yield made
    else:
        yield made


def run(
    assistant: Assistant, rows: Sequence[Row], dataset: str, tick: Callable[[str], Tick]
) -> list[Scored]:
    """Every question through every system; `styles` names the system."""
    out: list[Scored] = []
    for system, label in SYSTEMS.items():
        with without(assistant, system) as made:
            scored = answer(made, rows, dataset, tick(label))
        out += [replace(row, task="ablation", styles=(system,)) for row in scored]
    return out


def summarise(rows: Sequence[Scored]) -> dict[str, Any]:
    """Figures of each system; those of the full one in total and by data set."""
    systems = by(rows, lambda row: row.styles)
    full = systems.get(FULL, [])
    return {
        "all": summary.summarise(full),
        "slices": {
            "dataset": {
                name: summary.summarise(part)
                for name, part in by(full, lambda row: (row.dataset,)).items()
            },
            "system": {name: summary.summarise(part) for name, part in systems.items()},
        },
    }


def table(measured: Mapping[str, Any]) -> Table:
    """What is printed of the section: one line a system."""
    systems = measured["slices"]["system"]
    lines = {SYSTEMS[name]: figures for name, figures in systems.items()}
    columns = summary.columns_of("ablation", measured["all"])
    return grid("消融 ablation", "系统", columns, lines)
