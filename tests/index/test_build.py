"""The build: incremental, idempotent, safe when killed or damaged. Real Chroma, toy vectors."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from corpus import library
from corpus.settings import Settings
from index import build
from index.embedding import Embedder, Vectors
from index.retriever import ClauseRetriever

TEXT = "一、总则\n1、培训。企业应当培训职工。培训经费足额提取。\n2、实习。学校安排学生实习。\n"


class ToyEmbedder(Embedder):
    """Hashed character counts: fast, deterministic, near for like texts."""

    calls = 0

    @property
    def fingerprint(self) -> str:
        return f"toy|{self.model_name}"

    def encode_documents(self, texts: list[str]) -> Vectors:
        ToyEmbedder.calls += len(texts)
        rows = np.full((len(texts), 64), 1e-3, dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for char in text:
                row[hashlib.md5(char.encode()).digest()[0] % 64] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def _encode_query(self, text: str) -> Vectors:
        return self.encode_documents([text])[0]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("PLAN_DIR", "POLICIES_DIR"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.setattr(library, name, folder)
    own = tmp_path / "own"
    own.mkdir()
    (own / "notice.md").write_text(TEXT, "utf-8")
    return Settings(index_dir=tmp_path / "index", corpus_dirs=(own,), statutes="none")


def refresh(settings: Settings, **options: bool) -> build.Refreshed:
    return build.refresh(settings, embedder=ToyEmbedder(settings), **options)


def test_a_second_build_does_nothing(settings: Settings) -> None:
    assert refresh(settings).reason == "首次建立索引"
    assert refresh(settings).reason == ""


def test_only_new_text_is_embedded(settings: Settings) -> None:
    first = refresh(settings)
    (settings.corpus_dirs[0] / "notice.md").write_text(TEXT + "3、表彰。给予表彰。\n", "utf-8")
    second = refresh(settings)
    assert 0 < second.embedded < first.embedded
    index = build.open_index(settings, ToyEmbedder(settings))
    assert "notice#3" in index.library.clauses


def test_another_model_rebuilds(settings: Settings) -> None:
    refresh(settings)
    other = settings.model_copy(update={"embedding_model": "other"})
    assert refresh(other).reason == "向量模型已更换"


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "documents.json").write_text("{", "utf-8"),
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "chroma" / "chroma.sqlite3").write_bytes(b"no database"),
        lambda folder: (folder / "bm25" / "ids.json").unlink(),
        lambda folder: (folder / "lexicon.npz").write_bytes(b""),
        lambda folder: (folder / "rows" / "sentences.npy").unlink(),
    ],
)
def test_a_damaged_index_is_noticed_and_rebuilt(settings: Settings, harm: object) -> None:
    refresh(settings)
    name = (settings.index_dir / "CURRENT").read_text("utf-8")
    assert callable(harm)
    harm(settings.index_dir / "generations" / name)
    with pytest.raises(build.IndexDamaged):
        build.open_index(settings, ToyEmbedder(settings))
    assert "损坏" in refresh(settings).reason
    build.open_index(settings, ToyEmbedder(settings))


def test_a_killed_build_leaves_the_last_index_serving(settings: Settings) -> None:
    refresh(settings)
    (settings.corpus_dirs[0] / "notice.md").write_text(TEXT + "3、表彰。给予表彰。\n", "utf-8")
    script = textwrap.dedent(
        f"""
        import os, signal, sys
        from pathlib import Path
        sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}
        from test_build import ToyEmbedder
        from corpus import library
        from corpus.settings import Settings
        from index import build
        library.PLAN_DIR = Path({str(library.PLAN_DIR)!r})
        library.POLICIES_DIR = Path({str(library.POLICIES_DIR)!r})
        build._switch = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        settings = Settings(index_dir=Path({str(settings.index_dir)!r}),
            corpus_dirs=(Path({str(settings.corpus_dirs[0])!r}),), statutes="none")
        build.refresh(settings, embedder=ToyEmbedder(settings))
        """
    )
    killed = subprocess.run([sys.executable, "-c", script], env=dict(os.environ), check=False)
    assert killed.returncode == -signal.SIGKILL
    index = build.open_index(settings, ToyEmbedder(settings))
    assert "notice#3" not in index.library.clauses
    assert refresh(settings).reason
    assert "notice#3" in build.open_index(settings, ToyEmbedder(settings)).library.clauses


def test_the_retriever_returns_clauses_with_each_branch(settings: Settings) -> None:
    refresh(settings)
    index = build.open_index(settings, ToyEmbedder(settings))
    retriever = ClauseRetriever(index=index, k=1)
    found = retriever.search("培训经费足额提取")
    assert found.accepted[0].clause_id == "notice#1"
    assert found.accepted[0].keyword_rank == 0
    assert found.accepted[0].dense_score is not None
    assert [hit.clause_id for hit in found.rejected]
    (document,) = retriever.invoke("培训经费足额提取")
    assert document.metadata["clause_id"] == "notice#1"
    assert "培训经费" in document.page_content


def test_a_file_that_cannot_be_read_is_reported_and_the_rest_is_indexed(
    settings: Settings,
) -> None:
    (settings.corpus_dirs[0] / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    report = refresh(settings)
    assert [problem.source for problem in report.problems] == ["broken.pdf"]
    assert report.documents == 1
