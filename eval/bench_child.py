"""One measurement in a process of its own, so that memory and caches are its own.

Run by `eval.bench` as `python -m eval.bench_child MODE JSON`; prints one JSON object on the
last line of standard output. The settings come from the environment.
"""

from __future__ import annotations

import itertools
import json
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.settings import Settings
from eval.metrics import mean, percentile

if TYPE_CHECKING:
    from assistant.pipeline import Assistant

Measured = dict[str, Any]


def memory_mb() -> float:
    """Resident memory of this process now, in MB."""
    status = Path("/proc/self/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def peak_mb() -> float:
    """Peak resident memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def spread_of(times_ms: Sequence[float]) -> Measured:
    """p50, p95, p99 and mean of some latencies."""
    figures: Measured = {f"p{q}_ms": percentile(times_ms, q) for q in (50, 95, 99)}
    return {**figures, "mean_ms": mean(list(times_ms)), "n": len(times_ms)}


def build(options: Measured) -> Measured:
    """Build the index that the settings name, from whatever vectors are already known."""
    from index.build import refresh

    done = refresh(Settings(), clauses_only=options.get("clauses_only", False))
    return {
        "reason": done.reason,
        "clauses": done.clauses,
        "documents": done.documents,
        "embedded": done.embedded,
        "seconds": done.seconds,
        "peak_mb": peak_mb(),
    }


def encode(options: Measured) -> Measured:
    """Passages a second of one embedder over the same texts: `own` or a plain fp32 model."""
    texts: list[str] = json.loads(Path(options["texts"]).read_text("utf-8"))
    run: Callable[[list[str]], Any]
    if options["model"] == "own":
        from index.embedding import Embedder

        run = Embedder(Settings()).encode_documents
    elif options["model"] == "packaged-fp32":
        from eval.unpack import fp32

        run = fp32(Path(options["folder"])).encode_document
    else:
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(
            options["model"], device="cpu", prompts={"query": "query: ", "document": "passage: "}
        )
        run = model.encode_document
    run(texts[:4])
    started = time.perf_counter()
    run(texts)
    seconds = time.perf_counter() - started
    characters = sum(map(len, texts))
    return {
        "passages_per_s": len(texts) / seconds,
        "characters_per_s": characters / seconds,
        "passages": len(texts),
        "mean_characters": characters / len(texts),
        "peak_mb": peak_mb(),
    }


def _ask_all(assistant: Assistant, questions: Sequence[str]) -> Measured:
    times, steps = [], []
    for question in questions:
        started = time.perf_counter()
        answer = assistant.ask(question)
        times.append((time.perf_counter() - started) * 1000)
        steps.append(answer.timings_ms)
    names = dict.fromkeys(name for step in steps for name in step)
    return {
        **spread_of(times),
        "steps_ms": {name: mean([step.get(name) for step in steps]) for name in names},
    }


def _search_all(assistant: Assistant, questions: Sequence[str]) -> Measured:
    times = []
    for question in questions:
        started = time.perf_counter()
        assistant.retriever.search(question)
        times.append((time.perf_counter() - started) * 1000)
    return spread_of(times)


def _throughput(
    assistant: Assistant, turn: Iterator[str], callers: int, seconds: float
) -> Measured:
    """Answers a second with so many callers, each asking the next question when it has one."""
    lock = threading.Lock()
    end = time.perf_counter() + seconds
    times: list[float] = []

    def call() -> None:
        while time.perf_counter() < end:
            with lock:
                question = next(turn)
            started = time.perf_counter()
            assistant.ask(question)
            times.append((time.perf_counter() - started) * 1000)

    started = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        for future in [pool.submit(call) for _ in range(callers)]:
            future.result()
    elapsed = time.perf_counter() - started
    return {"callers": callers, "answers_per_s": len(times) / elapsed, **spread_of(times)}


def ask(options: Measured) -> Measured:
    """Opening time, latency of first askings, memory, and throughput where it is wanted."""
    from assistant.pipeline import Assistant

    questions: list[str] = json.loads(Path(options["questions"]).read_text("utf-8"))
    started = time.perf_counter()
    assistant = Assistant.open(Settings())
    opened = time.perf_counter() - started
    assistant.warm_up()
    ready = time.perf_counter() - started
    # The two halves share no question, so that no vector is remembered.
    half = len(questions) // 2
    limit = options["limit"]
    answers = _ask_all(assistant, questions[:half][:limit])
    searches = _search_all(assistant, questions[half:][:limit])
    # All runs go round one circle, wider than the memory for question vectors and begun behind the
    # questions asked above: each asking is a first one.
    turn = itertools.cycle([*questions[half + limit :], *questions[: half + limit]])
    return {
        "open_s": opened,
        "ready_s": ready,
        "answer": answers,
        "search": searches,
        "throughput": [
            _throughput(assistant, turn, callers, options["seconds"])
            for callers in options["callers"]
        ],
        "memory_mb": memory_mb(),
        "peak_mb": peak_mb(),
        "threads": threading.active_count(),
    }


MODES: dict[str, Callable[[Measured], Measured]] = {"build": build, "encode": encode, "ask": ask}

if __name__ == "__main__":
    print("\n" + json.dumps(MODES[sys.argv[1]](json.loads(sys.argv[2])), ensure_ascii=False))
