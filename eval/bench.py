"""`python -m eval.bench`: how fast and how large, measured in processes of their own.

Sections: `encode` (passages a second beside plain fp32), `build` and `answer` at several
corpus sizes, `throughput`, `startup` (time to the first HTTP 200), `page` (the chat in a
browser) and `widget` (its size). Everything runs one after
the other; give the machine no other work while it does.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from corpus.settings import Settings
from eval import bench_page, charts, results
from eval import dataset as datasets
from eval.charts import Axis
from eval.results import ResultsError
from eval.run import dataset_paths
from eval.variants import variants

SECTIONS = ("encode", "build", "answer", "throughput", "startup", "page", "widget")
SIZES = (200, 2_000, 23_490)
CALLERS = (1, 2, 4, 8)
Measured = dict[str, Any]


class BenchError(RuntimeError):
    """A measurement could not be made; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus of about the wanted size: the statutes to take and the clauses it then has."""

    statutes: tuple[str, ...] | str
    clauses: int

    @property
    def environment(self) -> str:
        """The value of MINGBAI_STATUTES."""
        return self.statutes if isinstance(self.statutes, str) else json.dumps(self.statutes)


def choose(base: int, laws: Sequence[tuple[str, int]], size: int) -> Corpus:
    """A corpus of about `size` clauses: `base` clauses and each law that brings it nearer.

    `laws` are (name, clauses). As many clauses as all laws have, or more, takes all.
    """
    everything = sum(clauses for _, clauses in laws)
    if laws and size >= everything:
        return Corpus("all", base + everything)
    taken: list[str] = []
    total = base
    for name, clauses in laws:
        if abs(total + clauses - size) >= abs(total - size):
            continue
        taken.append(name)
        total += clauses
    if not taken:
        return Corpus("none", base)
    return Corpus(tuple(taken), total)


def corpora(sizes: Sequence[int]) -> dict[int, Corpus]:
    """A corpus for each size, out of the plan, the digests and all statutes in force."""
    from corpus import library
    from index.passages import searchable

    loaded = library.load(Settings(statutes="all")).documents
    counts = {doc.id: len(searchable([doc])) for doc in loaded}
    own = {doc.id for doc in library.load(Settings(statutes="none")).documents}
    base = sum(counts[name] for name in own)
    laws = [(name, count) for name, count in counts.items() if name not in own]
    return {size: choose(base, laws, size) for size in sizes}


def child(mode: str, options: Measured, environment: Mapping[str, str]) -> Measured:
    """Run `eval.bench_child` and read what it measured. Raises BenchError where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "eval.bench_child", mode, json.dumps(options)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"退出码 {done.returncode}"]
        raise BenchError(f"{mode} 失败：{lines[-1]}")
    found: Measured = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def questions(seed: int) -> list[str]:
    """Every question of the data sets, as written and mistyped, in random order."""
    asked: list[str] = []
    for path in dataset_paths(None).values():
        for row in datasets.load(path):
            changed = variants(row.question, seed)
            asked.append(row.question)
            asked += [changed[name] for name in ("typo", "dropped", "filler") if name in changed]
    unique = list(dict.fromkeys(asked))
    random.Random(seed).shuffle(unique)
    return unique


def sample_passages(count: int, seed: int) -> list[str]:
    """Clause passages of the default corpus, as the index embeds them."""
    from corpus import library
    from index.passages import clause_passages, searchable

    pairs = searchable(library.load(Settings()).documents)
    texts = [passage.text for doc, clause in pairs for passage in clause_passages(clause, doc)]
    random.Random(seed).shuffle(texts)
    return texts[:count]


def encode(work: Path, count: int, model: str, seed: int) -> Measured:
    """Passages a second: our embedder beside the same weights in fp32."""
    file = work / "passages.json"
    results.write_json(file, sample_passages(count, seed))
    shared = {"texts": str(file), "folder": str(work / "fp32")}
    found: Measured = {}
    for name, which in (("own", "own"), ("fp32", model)):
        try:
            found[name] = child("encode", {**shared, "model": which}, {})
        except BenchError as error:
            found[name] = {"error": str(error)}
    return found


def _environment(work: Path, size: int, corpus: Corpus) -> dict[str, str]:
    return {
        "MINGBAI_INDEX_DIR": str(work / f"index-{size}"),
        "MINGBAI_STATUTES": corpus.environment,
    }


def build(
    work: Path, size: int, corpus: Corpus, known: Path | None, clauses_only: bool
) -> Measured:
    """Build one size; `known` is a smaller index whose vectors are taken over.

    With `clauses_only` sentences have no vectors of their own: half the time for all laws.
    """
    target = work / f"index-{size}"
    if known and not target.exists() and (known / "embeddings.sqlite").exists():
        target.mkdir(parents=True)
        shutil.copy(known / "embeddings.sqlite", target / "embeddings.sqlite")
    found = child("build", {"clauses_only": clauses_only}, _environment(work, size, corpus))
    rate = found["embedded"] / found["seconds"] if found["seconds"] and found["embedded"] else None
    disk = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    return {**found, "passages_per_s": rate, "disk_mb": disk / 2**20}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _memory_of(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def _until_200(url: str, server: subprocess.Popen[bytes], timeout: float) -> float:
    started = time.perf_counter()
    while time.perf_counter() - started < timeout:
        if server.poll() is not None:
            raise BenchError(f"服务没有起来（退出码 {server.returncode}）")
        try:
            with urllib.request.urlopen(url, timeout=2) as response:
                if response.status == 200:
                    return time.perf_counter() - started
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.02)
    raise BenchError(f"{timeout:.0f} 秒内没有得到 HTTP 200：{url}")


def startup(repeats: int, settle: float, timeout: float = 120) -> Measured:
    """Seconds from starting `mingbai serve` to the first HTTP 200, and memory then and later."""
    seconds, first, later = [], [], []
    for _ in range(repeats):
        port = _free_port()
        command = [sys.executable, "-m", "ui.cli", "serve", "--port", str(port)]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server:
            try:
                seconds.append(_until_200(f"http://127.0.0.1:{port}/", server, timeout))
                first.append(_memory_of(server.pid))
                time.sleep(settle)
                later.append(_memory_of(server.pid))
            finally:
                server.terminate()
    return {
        "first_200_s": seconds,
        "median_s": statistics.median(seconds),
        "memory_at_200_mb": statistics.median(first),
        "memory_settled_mb": statistics.median(later),
    }


def page(repeats: int, timeout: float = 120) -> Measured:
    """The chat page of a service of its own that is ready; see `eval.bench_page.page`."""
    port = _free_port()
    command = [sys.executable, "-m", "ui.cli", "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _until_200(f"http://127.0.0.1:{port}/readyz", server, timeout)
            return bench_page.page(f"http://127.0.0.1:{port}/", repeats)
        except bench_page.PageError as error:
            raise BenchError(str(error)) from error
        finally:
            server.terminate()


def growth_charts(sizes: Mapping[int, Measured]) -> dict[str, str]:
    """SVG plots over corpus size, by file name."""
    measured = sorted((int(part["clauses"]), part) for part in sizes.values() if "answer" in part)
    if len(measured) < 2:
        return {}
    counts = [count for count, _ in measured]
    x = Axis("条款数 clauses", counts[0], counts[-1], log=True)

    def drawn(title: str, unit: str, series: Mapping[str, Sequence[float]]) -> str:
        top = max(max(values) for values in series.values()) * 1.1
        points = {
            name: list(zip(map(float, counts), values, strict=True))
            for name, values in series.items()
        }
        return charts.lines(title, x, Axis(unit, 0, top), points)

    answers = [part["answer"]["answer"] for _, part in measured]
    searches = [part["answer"]["search"] for _, part in measured]
    return {
        "latency.svg": drawn(
            "一次回答的时延与资料规模",
            "ms",
            {
                "p50": [part["p50_ms"] for part in answers],
                "p95": [part["p95_ms"] for part in answers],
                "检索 p50": [part["p50_ms"] for part in searches],
            },
        ),
        "memory.svg": drawn(
            "常驻内存与资料规模", "MB", {"": [part["answer"]["memory_mb"] for _, part in measured]}
        ),
    }


def _cell(value: Any, digits: int = 1) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _size_table(sizes: Mapping[int, Measured]) -> Table:
    made = Table(title="规模 sizes", title_justify="left", pad_edge=False)
    headings = ("条款", "建库 s", "新算向量", "条/s", "磁盘 MB", "回答 p50 ms", "p95", "p99")
    for heading in (*headings, "检索 p50", "就绪 s", "内存 MB"):
        made.add_column(heading, justify="right")
    for part in sizes.values():
        built, asked = part.get("build", {}), part.get("answer", {})
        answer, search = asked.get("answer", {}), asked.get("search", {})
        made.add_row(
            _cell(part["clauses"], 0),
            _cell(built.get("seconds")),
            _cell(built.get("embedded"), 0),
            _cell(built.get("passages_per_s")),
            _cell(built.get("disk_mb")),
            *(_cell(answer.get(name)) for name in ("p50_ms", "p95_ms", "p99_ms")),
            _cell(search.get("p50_ms")),
            _cell(asked.get("ready_s")),
            _cell(asked.get("memory_mb"), 0),
        )
    return made


def _throughput_table(sizes: Mapping[int, Measured]) -> Table:
    made = Table(title="并发 throughput", title_justify="left", pad_edge=False)
    for heading in ("条款", "同时提问", "回答/s", "p50 ms", "p95 ms"):
        made.add_column(heading, justify="right")
    for part in sizes.values():
        for line in part.get("answer", {}).get("throughput", ()):
            numbers = (line["answers_per_s"], line["p50_ms"], line["p95_ms"])
            made.add_row(_cell(part["clauses"], 0), str(line["callers"]), *map(_cell, numbers))
    return made


def show(console: Console, found: Measured) -> None:
    """Print what was measured."""
    for name, part in found.get("encode", {}).items():
        rate = part.get("passages_per_s")
        console.print(f"编码 {name}: {_cell(rate)} 段/s {part.get('error', '')}")
    if found["sizes"]:
        console.print(_size_table(found["sizes"]))
        console.print(_throughput_table(found["sizes"]))
    if start := found.get("startup"):
        console.print(
            f"启动到首个 HTTP 200：{start['median_s']:.2f} s"
            f"（{len(start['first_200_s'])} 次的中位数），"
            f"当时内存 {start['memory_at_200_mb']:.0f} MB，"
            f"稳定后 {start['memory_settled_mb']:.0f} MB"
        )
    bench_page.show(console, found)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m eval.bench", description="性能测试")
    made.add_argument("--sections", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    made.add_argument("--sizes", nargs="+", type=int, default=list(SIZES), help="条款数")
    made.add_argument(
        "--clauses-only", action="store_true", help="收录全部法律时不算各句的向量，建库时间减半"
    )
    made.add_argument("--callers", nargs="+", type=int, default=list(CALLERS), help="并发数")
    made.add_argument("--questions", type=int, default=200, help="每种规模计时的问题数")
    made.add_argument("--seconds", type=float, default=20, help="每种并发持续的秒数")
    made.add_argument("--passages", type=int, default=400, help="编码测试的段数")
    made.add_argument(
        "--fp32", default="packaged-fp32", help="对照模型：packaged-fp32、本地文件夹或模型名"
    )
    made.add_argument("--repeats", type=int, default=5, help="启动和网页测试的次数")
    made.add_argument("--settle", type=float, default=15, help="启动后多少秒再量内存")
    made.add_argument("--work", type=Path, default=Path("var/bench"), help="索引等中间文件夹")
    made.add_argument("--out", type=Path, default=Path("results"), help="结果文件夹")
    made.add_argument(
        "--plots", type=Path, metavar="DIR", help="把随规模变化的图另存一份，如 docs/benchmarks"
    )
    made.add_argument("--seed", type=int, default=13)
    return made


def _measure(options: argparse.Namespace, console: Console) -> Measured:
    found: Measured = {"sizes": {}}
    options.work.mkdir(parents=True, exist_ok=True)
    if "encode" in options.sections:
        found["encode"] = encode(options.work, options.passages, options.fp32, options.seed)
    if {"build", "answer", "throughput"} & set(options.sections):
        file = options.work / "questions.json"
        results.write_json(file, questions(options.seed))
        known: Path | None = None
        for size, corpus in corpora(sorted(options.sizes)).items():
            console.print(f"规模 {size}：{corpus.clauses} 条")
            part: Measured = {"clauses": corpus.clauses}
            clauses_only = corpus.statutes == "all" and options.clauses_only
            part["build"] = build(options.work, size, corpus, known, clauses_only)
            part["clauses_only"] = clauses_only
            known = options.work / f"index-{size}"
            if {"answer", "throughput"} & set(options.sections):
                asking = {
                    "questions": str(file),
                    "limit": options.questions,
                    "seconds": options.seconds,
                    "callers": options.callers if "throughput" in options.sections else [],
                }
                environment = _environment(options.work, size, corpus)
                part["answer"] = child("ask", asking, environment)
            found["sizes"][size] = part
    if "startup" in options.sections:
        found["startup"] = startup(options.repeats, options.settle)
    if "page" in options.sections:
        found["page"] = page(options.repeats)
    if "widget" in options.sections:
        found["widget"] = bench_page.widget()
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and keep; 1 where a measurement fails."""
    argv = list(sys.argv[1:] if argv is None else argv)
    options = parser().parse_args(argv)
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    try:
        found = _measure(options, console)
    except (BenchError, ResultsError) as error:
        print(error, file=sys.stderr)
        return 1
    show(console, found)
    folder = results.new_folder(options.out, "bench")
    results.write_json(folder / "bench.json", found)
    results.write_json(folder / "config.json", results.configuration(Settings(), argv, {}, ""))
    for place in (folder, *([options.plots] if options.plots else [])):
        place.mkdir(parents=True, exist_ok=True)
        for name, drawn in growth_charts(found["sizes"]).items():
            (place / name).write_text(drawn, "utf-8")
    console.print(f"结果：{folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
