"""`mingbai eval [TASK]`: run tasks over data sets, print the figures, keep them, judge them."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress

from corpus.settings import Settings, SettingsError
from eval import ablation, adversary, gates, report, results, robustness, tables, tasks
from eval import dataset as datasets
from eval.adversary import Trial
from eval.gates import Judged
from eval.judge import Judge, JudgeUnavailable
from eval.results import ResultsError
from eval.score import Scored
from eval.summary import (
    SLICES,
    by,
    columns_of,
    curve,
    fault_counts,
    summarise,
    worst,
)
from index.build import IndexDamaged
from index.embedding import ModelError

if TYPE_CHECKING:
    from assistant.pipeline import Assistant

TASKS = (
    "retrieval",
    "answers",
    "refusal",
    "dialogue",
    "robustness",
    "adversary",
    "ablation",
    "all",
)
DEFAULT_DATASETS = ("plan", "policies")
DEFAULT_DIALOGUES = "dialogues"
DATASETS_DIR = Path(__file__).parent / "datasets"
THRESHOLDS = Path(__file__).parent / "thresholds.toml"

OK, FAILED, BAD_USAGE = 0, 1, 2


def parser() -> argparse.ArgumentParser:
    """The command line of `mingbai eval`."""
    made = argparse.ArgumentParser(prog="mingbai eval", description="评测检索与回答的质量")
    made.add_argument("task", nargs="?", choices=TASKS, default="all", help="评测任务，默认 all")
    made.add_argument(
        "--dataset",
        action="append",
        metavar="NAME|FILE",
        help="数据集名称（plan、policies）或 JSONL 文件，可重复；默认两个都跑",
    )
    made.add_argument(
        "--dialogues",
        metavar="NAME|FILE",
        default=DEFAULT_DIALOGUES,
        help="多轮对话集（JSONL），用于 dialogue 和 all",
    )
    made.add_argument("--limit", type=int, metavar="N", help="每个数据集只取均匀间隔的 N 题")
    made.add_argument("--out", type=Path, default=Path("results"), help="结果文件夹")
    made.add_argument("--worst", type=int, default=0, metavar="N", help="列出最差的 N 题")
    made.add_argument("--thresholds", type=Path, default=THRESHOLDS, help="门槛文件（TOML）")
    made.add_argument("--seed", type=int, default=13, help="稳健性变体的随机种子")
    made.add_argument(
        "--trials",
        type=int,
        default=60,
        metavar="N",
        help="语言模型作恶试验的次数，用于 adversary、ablation 和 all；0 为不做",
    )
    made.add_argument("--judge", action="store_true", help="另请设置中的语言模型核对每条论断")
    made.add_argument("--no-save", action="store_true", help="不写结果文件")
    return made


def dataset_path(name: str) -> Path:
    """The file of a data set named in full or by its short name.

    Raises ResultsError where there is none.
    """
    own = DATASETS_DIR / f"{name}.jsonl"
    path = own if own.is_file() else Path(name)
    if not path.is_file():
        known = "、".join(sorted(file.stem for file in DATASETS_DIR.glob("*.jsonl"))) or "（无）"
        raise ResultsError(f"没有数据集“{name}”：可用名称 {known}，或给出 JSONL 文件路径")
    return path


def dataset_paths(names: Sequence[str] | None) -> dict[str, Path]:
    """The files to run, by name; by default the committed sets that are there."""
    if names:
        return {(path := dataset_path(name)).stem: path for name in names}
    found = {name: DATASETS_DIR / f"{name}.jsonl" for name in DEFAULT_DATASETS}
    found = {name: path for name, path in found.items() if path.is_file()}
    if not found:
        raise ResultsError(f"{DATASETS_DIR.name} 中没有数据集，请用 --dataset 指定 JSONL 文件")
    return found


def spread(rows: Sequence[Any], limit: int | None) -> list[Any]:
    """At most `limit` rows, evenly spaced, so that every part of the set is met."""
    if not limit or limit >= len(rows):
        return list(rows)
    return [rows[at * len(rows) // limit] for at in range(limit)]


def dialogue_path(task: str, name: str) -> Path | None:
    """The file of dialogues where the task wants one; None where there is none by default.

    Raises ResultsError where a file was asked for, by name or by task, and is not there.
    """
    if task not in ("dialogue", "all"):
        return None
    if (
        task == "all"
        and name == DEFAULT_DIALOGUES
        and not (DATASETS_DIR / f"{name}.jsonl").exists()
    ):
        return None
    return dataset_path(name)


Loaded = dict[str, list[datasets.Row]]
Talks = dict[str, list[datasets.Dialogue]]


def _ticker(progress: Progress) -> Callable[[str], tasks.Tick]:
    """Makes a bar for a name, and what moves it."""

    def made(name: str) -> tasks.Tick:
        bar = progress.add_task(name)
        return lambda done, total: progress.update(bar, completed=done, total=total)

    return made


def _run_tasks(
    options: argparse.Namespace,
    assistant: Assistant,
    loaded: Loaded,
    talks: Talks,
    judge: Judge | None,
    console: Console,
) -> list[Scored]:
    task, seed = options.task, options.seed
    scored: list[Scored] = []
    with Progress(console=console, transient=True) as progress:
        ticker = _ticker(progress)
        for name, rows in loaded.items():
            if task in ("retrieval", "all"):
                scored += tasks.retrieve(assistant, rows, name, ticker(f"检索 {name}"))
            if task in ("answers", "refusal", "all"):
                fresh = tasks.refreshed(assistant)
                scored += tasks.answer(fresh, rows, name, ticker(f"回答 {name}"), judge)
            if task in ("robustness", "all"):
                scored += robustness.run(assistant, rows, name, seed, ticker(f"稳健性 {name}"))
            if task == "ablation":
                scored += ablation.run(assistant, rows, name, lambda label: ticker(f"消融 {label}"))
        for name, dialogues in talks.items():
            scored += tasks.converse(assistant, dialogues, name, ticker(f"多轮 {name}"))
    return scored


def _try(
    options: argparse.Namespace, assistant: Assistant, loaded: Loaded, console: Console
) -> dict[str, list[Trial]]:
    """The trials with a misbehaving language model, by whether the assistant verifies."""
    if options.task not in ("adversary", "ablation", "all") or not options.trials:
        return {}
    rows = [row for part in loaded.values() for row in part]
    both = (True, False) if options.task == "ablation" else (True,)
    found = {}
    with Progress(console=console, transient=True) as progress:
        for verify in both:
            name = adversary.VERIFICATION[verify]
            tick = _ticker(progress)(f"作恶试验 {name}")
            found[name] = adversary.attempt(assistant, rows, options.trials, verify, tick)
    return found


def _sections(task: str, rows: Sequence[Scored]) -> dict[str, list[Scored]]:
    """Rows by section of the report."""
    sections = by(rows, lambda row: (row.task,))
    if task == "refusal":
        sections["refusal"] = sections.pop("answers", [])
    return sections


def metrics_of(sections: dict[str, list[Scored]]) -> dict[str, Any]:
    """The content of metrics.json: for each section all figures, in total and by slice."""
    out: dict[str, Any] = {}
    own = {"robustness": robustness.summarise, "ablation": ablation.summarise}
    for section, rows in sections.items():
        if section in own:
            out[section] = own[section](rows)
            continue
        found = curve(rows)
        out[section] = {
            "all": summarise(rows),
            "slices": {
                name: {value: summarise(part) for value, part in by(rows, key).items()}
                for name, key in SLICES.items()
            },
            "faults": dict(fault_counts(rows)),
            "refusal_curve": asdict(found) if found else None,
        }
    return out


def _print(console: Console, sections: dict[str, list[Scored]], measured: dict[str, Any]) -> None:
    names = {
        "retrieval": "检索",
        "answers": "回答",
        "refusal": "拒答",
        "dialogue": "多轮",
    }
    if "adversary" in measured:
        console.print(adversary.table(measured["adversary"]))
    for section, rows in sections.items():
        if section == "robustness":
            console.print(robustness.table(measured[section]))
            continue
        if section == "ablation":
            console.print(ablation.table(measured[section]))
            continue
        columns = columns_of(section, measured[section]["all"])
        slices = measured[section]["slices"]
        total = {**slices["dataset"], "合计": measured[section]["all"]}
        title = f"{names[section]} {section}"
        console.print(tables.grid(f"{title}（按数据集）", "数据集", columns, total))
        if section == "dialogue":
            continue
        console.print(tables.grid(f"{title}（按题型）", "题型", columns, slices["kind"]))
        console.print(tables.grid(f"{title}（按问法）", "问法", columns, slices["style"]))
        if section != "retrieval":
            console.print(tables.confusion(rows))
            console.print(tables.faults(measured[section]["faults"]))
            console.print(tables.glossary(columns), style="dim")


def _load(options: argparse.Namespace) -> tuple[dict[str, Path], Loaded, Talks]:
    """The files that the task needs, and what is in them."""
    paths = {} if options.task == "dialogue" else dataset_paths(options.dataset)
    loaded = {name: spread(datasets.load(path), options.limit) for name, path in paths.items()}
    talks: Talks = {}
    if talk := dialogue_path(options.task, options.dialogues):
        talks[talk.stem] = spread(datasets.load_dialogues(talk), options.limit)
        paths[talk.stem] = talk
    return paths, loaded, talks


def _save(
    options: argparse.Namespace,
    rows: Sequence[Scored],
    sections: dict[str, list[Scored]],
    measured: dict[str, Any],
    configuration: dict[str, Any],
    judged: Sequence[Judged],
    trials: Mapping[str, Sequence[Trial]],
) -> Path:
    folder = results.new_folder(options.out, options.task)
    results.write_rows(folder / "rows.jsonl", rows)
    if trials:
        adversary.write(folder / "trials.jsonl", trials)
    results.write_json(folder / "metrics.json", measured)
    results.write_json(folder / "config.json", configuration)
    page = report.render(options.task, sections, measured, configuration, judged)
    (folder / "report.html").write_text(page, "utf-8")
    return folder


def _evaluate(options: argparse.Namespace, argv: Sequence[str], console: Console) -> int:
    paths, loaded, talks = _load(options)
    thresholds = results.read_gates(options.thresholds)
    settings = Settings()
    judge = Judge.of(settings) if options.judge else None
    assistant = tasks.open_assistant(settings)
    index = assistant.retriever.index
    for name, rows in loaded.items():
        for question, lost in tasks.unknown_gold(rows, index.library).items():
            console.print(f"注意：{name}/{question} 的条款不在资料库中：{'；'.join(lost)}")
    scored = _run_tasks(options, assistant, loaded, talks, judge, console)
    sections = _sections(options.task, scored)
    measured = metrics_of(sections)
    trials = _try(options, assistant, loaded, console)
    if trials:
        measured["adversary"] = adversary.summarise(trials)
    _print(console, sections, measured)
    asked = (row for row in scored if row.task != "robustness")
    tables.show_worst(console, worst(asked, options.worst))
    judged = gates.judge(thresholds, measured)
    if not options.no_save:
        configuration = results.configuration(settings, argv, paths, index.name)
        folder = _save(options, scored, sections, measured, configuration, judged, trials)
        console.print(f"结果：{folder}")
    if judged:
        console.print(gates.table(judged))
    missed = [one.missed for one in judged if one.missed]
    for verdict in missed:
        console.print(f"未达标：{verdict}")
    return FAILED if missed else OK


def main(argv: Sequence[str] | None = None) -> int:
    """Run the evaluation.

    Returns 0, 1 where a figure misses its threshold or the run fails, 2 on bad usage.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    logging.basicConfig(level=logging.WARNING)
    try:
        options = parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    try:
        return _evaluate(options, argv, console)
    except (ResultsError, datasets.DatasetError, SettingsError, ValidationError) as error:
        print(error, file=sys.stderr)
        return BAD_USAGE
    except (IndexDamaged, ModelError, JudgeUnavailable) as error:
        print(error, file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
