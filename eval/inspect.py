"""`python -m eval.inspect --dataset plan --failures`: question by question, what went wrong.

Reads the answers of a fresh run, or with `--run FOLDER` those of a run kept in results/.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.settings import Settings
from eval import dataset as datasets
from eval import results, run, tables, tasks
from eval.results import ResultsError
from eval.score import FAULTS, ClauseText, Scored
from eval.summary import ANSWER_COLUMNS, LATENCY_COLUMNS, fault_counts, summarise

if TYPE_CHECKING:
    from assistant.pipeline import Assistant


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m eval.inspect", description="逐题查看评测结果")
    made.add_argument("--dataset", action="append", metavar="NAME|FILE", help="数据集")
    made.add_argument("--run", type=Path, metavar="FOLDER", help="查看已保存的一次评测")
    made.add_argument("--failures", action="store_true", help="只看有问题的题")
    made.add_argument("--fault", action="append", choices=sorted(FAULTS), help="只看某类问题")
    made.add_argument("--kind", action="append", help="只看某类题型")
    made.add_argument("--style", action="append", help="只看某类问法")
    made.add_argument("--id", action="append", help="只看某题")
    made.add_argument("--grep", help="问题或答案中含有的文字")
    made.add_argument("--limit", type=int, metavar="N", help="每个数据集只取均匀间隔的 N 题")
    made.add_argument("--top", type=int, default=5, metavar="N", help="列出检索到的前 N 条")
    made.add_argument("--worst-first", action="store_true", help="最差的在前")
    made.add_argument("--brief", action="store_true", help="每题一行")
    return made


def _asked(options: argparse.Namespace, assistant: Assistant) -> list[Scored]:
    out = []
    for name, path in run.dataset_paths(options.dataset).items():
        rows = [
            row
            for row in run.spread(datasets.load(path), options.limit)
            if (not options.id or row.id in options.id)
            and (not options.kind or row.kind in options.kind)
            and (not options.style or not set(row.styles).isdisjoint(options.style))
        ]
        out += tasks.answer(assistant, rows, name)
    return out


def _wanted(row: Scored, options: argparse.Namespace) -> bool:
    codes = {fault.code for fault in row.faults}
    return (
        (not options.failures or bool(codes))
        and (not options.fault or not codes.isdisjoint(options.fault))
        and (not options.id or row.id in options.id)
        and (not options.kind or row.kind in options.kind)
        and (not options.style or not set(row.styles).isdisjoint(options.style))
        and (not options.grep or options.grep in f"{row.question}{row.answer}")
    )


def describe(row: Scored, top: int, clause: ClauseText) -> str:
    """One question in full: gold, retrieved, answer, faults."""
    cited = set(row.cited)
    gold = {name for group in row.gold for name in group}
    lines = [
        "─" * 100,
        f"{row.dataset}/{row.id}  [{row.kind}/{'+'.join(row.styles)}/{row.audience or '-'}]"
        f"  {'/'.join(row.expected)} -> {row.status or 'error'}  {row.latency_ms:.0f} ms"
        + (f"  conf {row.confidence:.3f}" if row.confidence is not None else ""),
        f"问：{row.question}",
    ]
    if row.understood and row.understood != row.question:
        lines.append(f"解：{row.understood}")
    for group in row.gold:
        rank = next((n for n, name in enumerate(row.ranked, 1) if name in group), None)
        mark = "已引" if not cited.isdisjoint(group) else "未引"
        lines.append(f"金：{' | '.join(group)}  名次 {rank or '无'}  {mark}")
    for n, name in enumerate(row.ranked[:top], 1):
        text = (clause(name) or "").replace("\n", " ")
        flag = "★" if name in gold else " "
        lines.append(f"  {n:2}{flag} {name}  {text[:60]}")
    lines.append("答：" + row.answer.replace("\n", "\n    "))
    lines.append(f"引：{'、'.join(row.cited) or '无'}")
    if row.timings_ms:
        lines.append("时：" + "  ".join(f"{step} {ms:.1f}" for step, ms in row.timings_ms.items()))
    lines += [f"✗ {FAULTS[fault.code][1]}（{fault.code}）：{fault.detail}" for fault in row.faults]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the questions asked for, then the figures over all that were run."""
    options = parser().parse_args(argv)
    try:
        if options.run:
            kept = ("answers", "dialogue")
            rows = [row for row in results.read_rows(options.run) if row.task in kept]
            text: ClauseText = dict[str, str]().get
        else:
            assistant = tasks.open_assistant(Settings())
            text = tasks.clause_text(assistant.retriever.index.library)
            rows = _asked(options, assistant)
    except (ResultsError, datasets.DatasetError) as error:
        print(error, file=sys.stderr)
        return 2
    shown = [row for row in rows if _wanted(row, options)]
    if options.worst_first:
        shown.sort(key=lambda row: -row.badness)
    for row in shown:
        if options.brief:
            codes = ",".join(fault.code for fault in row.faults)
            print(f"{row.dataset}/{row.id}\t{row.question}\t{row.status}\t{codes}")
        else:
            print(describe(row, options.top, text))
    figures = summarise(rows)
    columns = (
        ("R@5", "recall@5"),
        ("R@10", "recall@10"),
        *ANSWER_COLUMNS,
        *LATENCY_COLUMNS,
    )
    print("═" * 100)
    print(
        f"共 {len(rows)} 题，有问题 {sum(bool(row.faults) for row in rows)} 题，"
        f"列出 {len(shown)} 题"
    )
    print("  ".join(f"{head} {tables.number(name, figures.get(name))}" for head, name in columns))
    counts = fault_counts(rows)
    for code in sorted(counts, key=lambda code: -FAULTS[code][0]):
        print(f"  {counts[code]:4}  {FAULTS[code][1]}（{code}）")
    return 0


if __name__ == "__main__":
    sys.exit(main())
