"""Gates: which figures a run must hold (floors), and which are wanted (targets).

A floor guards against regressions and decides the exit code. A target is what the figure should
come to; one not reached yet is shown, so that no floor passes for the goal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic.dataclasses import dataclass as checked
from rich.table import Table

from eval.summary import LABELS, Figures
from eval.tables import number

REACHED, SHORT = "达到", "未达到"


@checked(frozen=True, config={"extra": "forbid"})
class Gate:
    """A threshold on one figure of a task, for one data set or for `all` of them.

    Exactly one of `min` and `max` is the floor (inclusive); `target`, on the same side, is what
    is wanted. Raises ValueError where they do not fit together.
    """

    task: str
    metric: str
    dataset: str = "all"
    min: float | None = None
    max: float | None = None
    target: float | None = None

    def __post_init__(self) -> None:
        if (self.min is None) == (self.max is None):
            raise ValueError(f"{self.task}/{self.metric}: 须有 min 或 max 之一")
        if self.target is not None and not self.passes(self.target):
            raise ValueError(f"{self.task}/{self.metric}: target 低于门槛本身")

    @property
    def label(self) -> str:
        """The figure, in words."""
        return LABELS.get(self.metric, self.metric)

    def passes(self, value: float) -> bool:
        """Whether a value holds the floor."""
        low = -float("inf") if self.min is None else self.min
        high = float("inf") if self.max is None else self.max
        return low <= value <= high

    def reaches(self, value: float) -> bool | None:
        """Whether a value reaches the target; None where there is none."""
        if self.target is None:
            return None
        return value >= self.target if self.max is None else value <= self.target

    def verdict(self, value: float | None) -> str:
        """Empty where the figure passes, else what is wrong with it."""
        label = f"[{self.task}/{self.dataset}] {self.label}"
        if value is None:
            return f"{label}：没有数值"
        if self.passes(value):
            return ""
        bound = f"不高于 {self.max:g}" if self.max is not None else f"不低于 {self.min:g}"
        return f"{label}：{value:.3f}，应{bound}"


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate on a run's figure; `missed` is empty where its floor is held."""

    gate: Gate
    value: float | None
    missed: str

    @property
    def cells(self) -> tuple[str, ...]:
        """Task, data set, figure, measured, floor, target, target reached: a line of a table."""
        gate = self.gate
        sign, floor = ("≥", gate.min) if gate.min is not None else ("≤", gate.max)
        reached = gate.reaches(self.value) if self.value is not None else None
        return (
            gate.task,
            gate.dataset,
            gate.label,
            number(gate.metric, self.value),
            f"{sign} {floor:g}",
            "低于底线" if self.missed else "通过",
            "-" if gate.target is None else f"{sign} {gate.target:g}",
            "-" if reached is None else REACHED if reached else SHORT,
        )


HEADINGS = ("任务", "数据集", "指标", "实测", "底线 floor", "", "目标 target", "")


def judge(gates: Iterable[Gate], measured: Mapping[str, Any]) -> list[Judged]:
    """Every gate on what was run; those on other tasks or data sets are passed over.

    `measured` is the content of metrics.json.
    """
    found = []
    for gate in gates:
        section = measured.get(gate.task)
        if section is None:
            continue
        sets: dict[str, Figures] = section["slices"].get("dataset", {})
        figures = section["all"] if gate.dataset == "all" else sets.get(gate.dataset)
        if figures is not None:
            value = figures.get(gate.metric)
            found.append(Judged(gate, value, gate.verdict(value)))
    return found


def table(judged: Sequence[Judged]) -> Table:
    """What is printed: one line a gate."""
    made = Table(title="门槛与目标 gates", title_justify="left", pad_edge=False)
    for at, heading in enumerate(HEADINGS):
        made.add_column(heading, justify="right" if at in (3, 4, 6) else "left")
    for one in judged:
        made.add_row(*one.cells)
    return made
