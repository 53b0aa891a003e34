"""The encoder of questions: the packaged model with its own biases and layer norms.

Laypeople do not write like statutes. Documents keep the packaged model's vectors; questions go
through the same model with other biases and layer norms (bias-only tuning, BitFit of Ben Zaken
et al. 2022, arXiv:2106.10199), trained by `eval/train_query_encoder.py`. The engine stores these
tensors as float32, so the tuned model runs in it as fast as the packaged one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from index.packaged import Tensor, packaged_file, with_tensors

WEIGHTS = Path(__file__).with_name("weights") / "query_encoder.npz"


def save(tensors: Mapping[str, Tensor], file: Path = WEIGHTS) -> None:
    """Write tuned tensors by their packaged names, as half floats."""
    file.parent.mkdir(parents=True, exist_ok=True)
    halves: dict[str, Any] = {name: t.astype(np.float16) for name, t in tensors.items()}
    np.savez_compressed(file, **halves)


def load(file: Path = WEIGHTS) -> dict[str, Tensor]:
    """Read what `save` wrote."""
    with np.load(file, allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


def tuned_model(folder: Path, weights: Path = WEIGHTS) -> Path:
    """The tuned model's file in `folder`, written on first use and after every change.

    Raises index.packaged.NotPackaged where the package is missing or the weights do not fit it.
    """
    source = packaged_file()
    stat = source.stat()
    origin = f"{stat.st_size}:{stat.st_mtime_ns}".encode()
    digest = hashlib.sha256(weights.read_bytes() + origin).hexdigest()[:16]
    target = folder / f"query-encoder-{digest}.bin"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("query-encoder-*.bin"):
            old.unlink(missing_ok=True)
        fresh = target.with_suffix(f".{os.getpid()}.new")
        fresh.write_bytes(with_tensors(source.read_bytes(), load(weights)))
        os.replace(fresh, target)
    return target
