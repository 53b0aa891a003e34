"""`python -m eval.stard --questions FILE`: retrieval over all laws in force, on real questions.

The questions are laypeople's (STARD, Su et al. 2024, arXiv:2406.15313), each with the articles
that answer it; the file has one JSON object a line: `question` and `relevant`, a list of
[law, article]. The index of all articles, without their sentences, is built on the first run and
kept: one to two hours with one thread. A build that is stopped goes on from where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from corpus.document import Kind
from corpus.settings import Settings
from eval import metrics, results
from eval.results import ResultsError
from eval.run import spread
from index.build import Index, open_index, refresh
from index.ranking import Scores
from index.retriever import ClauseRetriever

INDEX = Path("var/statutes")
CUTOFFS = (1, 5, 10, 100)
DEPTH = 100
# Reciprocal rank fusion with its authors' constant (Cormack et al. 2009).
_RRF = 60
REPUBLIC = "中华人民共和国"
Groups = tuple[tuple[str, ...], ...]
Ranked = list[str]
Search = Callable[[str], Ranked]
Figures = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the clauses that answer it and the facts that an answer must hold."""

    question: str
    gold: Groups
    facts: tuple[tuple[str, ...], ...] = ()


def article_id(law: str, article: str) -> str:
    """`中华人民共和国职业教育法`, `第五十八条` as our clause id."""
    return f"{law.removeprefix(REPUBLIC)}#{article}"


def read_stard(path: Path) -> list[Asked]:
    """Layperson questions: lines of `question` and `relevant`, (law, article) pairs, all wanted.

    Raises ResultsError where the file has another format or holds no question.
    """
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        asked = [
            Asked(row["question"], tuple((article_id(*pair),) for pair in row["relevant"]))
            for row in rows
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ResultsError(f"问题文件 {path} 读不出来：{error}") from error
    if not asked or not all(item.gold for item in asked):
        raise ResultsError(f"问题文件 {path} 里没有问题，或有问题没有注明法条")
    return asked


@contextmanager
def progress_bar(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """Shows what an index build reports."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=None)
            bar.update(tasks[stage], completed=done, total=total or None)

        yield report


def open_all(folder: Path, console: Console) -> tuple[Index, Settings]:
    """The index of all laws in a folder, brought up to date, and its settings."""
    settings = Settings(statutes="all", index_dir=folder)
    with progress_bar(console) as report:
        refresh(settings, clauses_only=True, progress=report)
    return open_index(settings), settings


def _top(index: Index, scores: Scores) -> Ranked:
    best = np.argsort(-scores, kind="stable")[: 2 * DEPTH]
    return [index.keywords.ids[row] for row in best]


def systems(index: Index, settings: Settings) -> dict[str, Search]:
    """Ways to retrieve, each from a question to clause ids, best first.

    `fused` and `full` are the product's retriever with either profile.
    """

    def bm25(question: str) -> Ranked:
        return _top(index, index.keywords.scores(question))

    def dense(question: str) -> Ranked:
        vector = index.embedder.encode_packaged_query(question)
        return _top(index, index.rows.clause_scores(vector[np.newaxis])[0])

    def rrf(question: str) -> Ranked:
        found: dict[str, float] = {}
        for branch in (bm25(question), dense(question)):
            for rank, name in enumerate(branch, start=1):
                found[name] = found.get(name, 0.0) + 1 / (_RRF + rank)
        return sorted(found, key=lambda name: -found[name])

    def product(profile: str) -> Search:
        own = settings.model_copy(update={"retrieval_profile": profile})
        retriever = ClauseRetriever.over(index, own)

        def search(question: str) -> Ranked:
            hits = retriever.search(question)
            return [hit.clause_id for hit in (*hits.accepted, *hits.rejected)]

        return search

    return {
        "BM25": bm25,
        "dense": dense,
        "RRF": rrf,
        "fused": product("fused"),
        "full": product("learned"),
    }


def articles(index: Index) -> frozenset[str]:
    """The articles of laws among the clauses."""
    library = index.library
    documents = {doc.id for doc in library.documents if doc.kind is Kind.STATUTE}
    return frozenset(
        name for name in index.keywords.ids if library.clauses[name].document_id in documents
    )


def figures(ranked: Sequence[Ranked], asked: Sequence[Asked]) -> Figures:
    """Mean recall at every cut-off and MRR@10."""
    pairs = list(zip(ranked, asked, strict=True))
    found: Figures = {
        f"R@{k}": metrics.mean([metrics.recall_at_k(r, a.gold, k) for r, a in pairs])
        for k in CUTOFFS
    }
    found["MRR@10"] = metrics.mean([metrics.reciprocal_rank(r, a.gold) for r, a in pairs])
    return found


def measure(
    index: Index, searches: dict[str, Search], asked: Sequence[Asked]
) -> tuple[dict[str, Figures], dict[str, list[Ranked]]]:
    """Every system on every question: figures with the mean milliseconds a query, and results.

    A query's time is from its text to the result, the computing of its vector included.
    """
    held = articles(index)
    ranked: dict[str, list[Ranked]] = {name: [] for name in searches}
    seconds = dict.fromkeys(searches, 0.0)
    for item in asked:
        started = time.perf_counter()
        index.embedder.encode_packaged_query(item.question)
        encoding = time.perf_counter() - started
        for name, search in searches.items():
            started = time.perf_counter()
            found = search(item.question)
            # The vector is remembered by now: what it took belongs to all that use it.
            seconds[name] += time.perf_counter() - started + (encoding if name != "BM25" else 0.0)
            ranked[name].append([clause for clause in found if clause in held][:DEPTH])
    measured = {
        name: {**figures(found, asked), "ms": seconds[name] * 1000 / len(asked)}
        for name, found in ranked.items()
    }
    return measured, ranked


def table(title: str, measured: dict[str, Figures]) -> Table:
    """One line a system."""
    made = Table(title=title, title_justify="left", pad_edge=False)
    made.add_column("系统 system")
    names = list(next(iter(measured.values())))
    for name in names:
        made.add_column("ms/query" if name == "ms" else name, justify="right")
    for system, found in measured.items():
        cells = [f"{found[name]:.1f}" if name == "ms" else f"{found[name]:.3f}" for name in names]
        made.add_row(system, *cells)
    return made


def unknown(asked: Sequence[Asked], index: Index) -> list[str]:
    """Articles wanted that are not in force: what asks for them cannot be won."""
    held = articles(index)
    return sorted({name for item in asked for group in item.gold for name in group} - held)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m eval.stard", description="法条检索：普通人提问")
    made.add_argument("--questions", type=Path, required=True, metavar="FILE", help="问题文件")
    made.add_argument("--limit", type=int, metavar="N", help="最多 N 题，均匀取样")
    made.add_argument("--index", type=Path, default=INDEX, metavar="DIR", help="全部法律的索引")
    made.add_argument("--out", type=Path, metavar="DIR", help="结果文件夹；不给则只打印")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 2 where the questions cannot be used."""
    argv = list(sys.argv[1:] if argv is None else argv)
    options = parser().parse_args(argv)
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    try:
        asked = spread(read_stard(options.questions), options.limit)
    except ResultsError as error:
        print(error, file=sys.stderr)
        return 2
    index, settings = open_all(options.index, console)
    if lost := unknown(asked, index):
        print(f"{len(lost)} 条应引条文不在现行条文中，如 {lost[0]}，按未检出计", file=sys.stderr)
    measured, ranked = measure(index, systems(index, settings), asked)
    console.print(table(f"{len(articles(index)):,} 条，{len(asked)} 题", measured))
    if options.out:
        folder = results.new_folder(options.out, "stard")
        results.write_json(folder / "metrics.json", measured)
        results.write_json(folder / "ranked.json", ranked)
        datasets = {"questions": options.questions}
        config = results.configuration(settings, argv, datasets, index.name)
        results.write_json(folder / "config.json", config)
        console.print(f"结果：{folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
