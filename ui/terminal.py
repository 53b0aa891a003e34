"""What the command line prints: answers, clauses, documents and progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from assistant.answer import Answer, Mode
from corpus.document import Clause, Document
from ui.texts import AUDIENCES, KINDS, ZH, mode_label

Draw = Callable[[str, int, int], None]
OFFICIAL_PREVAILS = "内容以官方发布的文件原文为准。"
DIGEST = "要点摘编，非原文"


def out() -> Console:
    """The console of results; nothing in a text is taken for mark-up."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=True)


def err() -> Console:
    """The console of messages."""
    return Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)


def json_line(value: dict[str, Any]) -> None:
    """One JSON object on one line, written at once."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@contextmanager
def progress_bar() -> Iterator[Draw]:
    """A callback (stage, done, total) that draws a bar on a terminal, one line elsewhere."""
    console = err()
    if not console.is_terminal:
        told: list[str] = []

        def tell(stage: str, done: int, total: int) -> None:
            if not told:
                told.append(stage)
                console.print(f"正在更新索引（{stage}）……")

        yield tell
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def draw(stage: str, done: int, total: int) -> None:
            if total == 0:
                bar.console.print(f"正在更新索引（{stage}）……")
                return
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield draw


def print_answer(console: Console, answer: Answer, documents: dict[str, Document]) -> None:
    """An answer with its sources, for reading."""
    if answer.understood and answer.understood != answer.question:
        console.print(Text(f"理解为：{answer.understood}", style="dim"))
    console.print(answer.answer)
    if answer.citations:
        console.print("\n依据", style="bold")
        if answer.mode is not Mode.EXTRACTIVE:
            console.print(Text(f"（{mode_label(answer.mode, ZH)}）", style="dim"))
        for citation in answer.citations:
            document = documents[citation.document_id]
            details = [document.number, document.validity.value]
            details += [] if document.verbatim else [DIGEST]
            details += [f"第 {citation.page} 页"] if citation.page else []
            shown = "，".join(part for part in details if part)
            console.print(f"[{citation.n}] {document.name} {citation.clause}（{shown}）")
            console.print(Text(f"    “{citation.quote}”", style="dim"))
            console.print(Text(f"    {citation.clause_id}", style="dim"))
    if answer.follow_ups:
        console.print("\n还可以问", style="bold")
        for question in answer.follow_ups:
            console.print(f"- {question}")
    if answer.citations:
        console.print(Text(f"\n{OFFICIAL_PREVAILS}", style="dim"))


def print_clause(console: Console, clause: Clause, document: Document) -> None:
    """A clause whole, with where it stands."""
    console.print(document.title, style="bold")
    facts = [document.number, document.issuer, document.date, document.validity.value]
    facts += [] if document.verbatim else [DIGEST]
    facts += [f"第 {clause.page} 页"] if clause.page else []
    console.print(Text("，".join(fact for fact in facts if fact), style="dim"))
    if clause.heading_path:
        console.print(Text(" > ".join(clause.heading_path), style="dim"))
    console.print()
    console.print(clause.text)


def print_documents(console: Console, documents: Iterable[Document]) -> None:
    """A table of the documents."""
    table = Table(box=None, pad_edge=False)
    for name in ("编号", "名称", "种类", "位阶", "效力", "对象", "条款数"):
        table.add_column(name, overflow="fold")
    for document in documents:
        cells = (
            document.id,
            document.name,
            KINDS[document.kind],
            document.rank.value,
            document.validity.value + ("" if document.verbatim else "（摘编）"),
            "、".join(AUDIENCES[one] for one in document.audience),
            str(len(document.clauses)),
        )
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
