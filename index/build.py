"""Building and opening the index: one folder, one generation at a time.

    <index_dir>/CURRENT                  name of the generation that serves
    <index_dir>/embeddings.sqlite        vectors by content digest
    <index_dir>/generations/<name>/      chroma/ bm25/ rows/ words/ lexicon.npz documents.json
                                         terms.json manifest.json

A generation is written whole beside the one that serves and takes its place by one atomic
rename of CURRENT, so a build that is killed changes nothing. Only texts whose vectors are
not known are embedded.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter
from threadpoolctl import threadpool_limits

from corpus import library
from corpus.document import Document
from corpus.language import Said, SaidError
from corpus.library import Library, Problem
from corpus.settings import Settings
from index import rows, words
from index.cache import EmbeddingCache
from index.embedding import Embedder, Vectors
from index.keywords import KeywordIndex
from index.lexicon import Lexicon, is_entry
from index.passages import clause_passages, keyword_text, searchable, sentence_passages
from index.rows import PassageRows
from index.terms import learn
from index.tokenizer import Tokenizer
from index.vectors import CLAUSES, SENTENCES, VectorIndex
from index.words import ClauseWords

INDEX_VERSION = "5"
Progress = Callable[[str, int, int], None]
_LIBRARY = TypeAdapter(Library)
_NONE = Said("尚未建立索引", "there is no index yet")
_OTHER_CLAUSES = Said("条款文件与说明不符", "the clauses are not those that were indexed")
_NO_CLAUSES = Said("条款文件缺失或损坏", "the file of the clauses is missing or damaged")
_NO_VECTORS = Said("向量库文件缺失", "the vectors are missing")
_OTHER_COUNT = Said("向量数目与说明不符", "the number of vectors is not the one indexed")


class IndexDamaged(SaidError):
    """The index cannot be trusted; says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was built from, and what it must hold."""

    version: str
    corpus: str
    model: str
    clauses: int
    sentences: int
    documents: int
    documents_sha256: str


@dataclass(frozen=True)
class Index:
    """An open generation."""

    name: str
    library: Library
    keywords: KeywordIndex
    vectors: VectorIndex
    rows: PassageRows
    words: ClauseWords
    embedder: Embedder
    tokenizer: Tokenizer
    lexicon: Lexicon


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did: `reason` is empty where the index was already up to date."""

    reason: str
    documents: int
    clauses: int
    embedded: int
    problems: tuple[Problem, ...]
    seconds: float


def _silent(stage: str, done: int, total: int) -> None:
    pass


def _generation(folder: Path) -> Path | None:
    try:
        name = (folder / "CURRENT").read_text("utf-8").strip()
    except OSError:
        return None
    return folder / "generations" / name if name else None


def _manifest(generation: Path) -> Manifest:
    try:
        return Manifest(**json.loads((generation / "manifest.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        kind = type(error).__name__
        said = Said(
            f"索引说明文件缺失或损坏（{kind}）",
            f"the description of the index is missing or damaged ({kind})",
        )
        raise IndexDamaged(said) from error


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "build.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def open_index(settings: Settings, embedder: Embedder | None = None) -> Index:
    """Open the generation that serves.

    Raises IndexDamaged where there is none or where it does not hold what it should.
    """
    # Products with the vector of one question wait for memory, and for the slower of two threads.
    threadpool_limits(1, user_api="blas")
    embedder = embedder or Embedder(settings)
    generation = _generation(settings.index_dir)
    if generation is None:
        raise IndexDamaged(_NONE)
    manifest = _manifest(generation)
    try:
        raw = (generation / "documents.json").read_bytes()
        if hashlib.sha256(raw).hexdigest() != manifest.documents_sha256:
            raise IndexDamaged(_OTHER_CLAUSES)
        corpus = _LIBRARY.validate_json(raw)
        terms = json.loads((generation / "terms.json").read_text("utf-8"))
        tokenizer = Tokenizer(terms)
        keywords = KeywordIndex.load(generation / "bm25", tokenizer)
        lexicon = Lexicon.load(generation / "lexicon.npz", embedder.encode_documents)
        passage_rows = rows.load(generation / "rows", keywords.ids)
        clause_words = words.load(generation / "words", keywords.ids)
        if not (generation / "chroma" / "chroma.sqlite3").exists():
            raise IndexDamaged(_NO_VECTORS)
        vectors = VectorIndex(generation / "chroma", embedder)
        held = (vectors.count(CLAUSES), vectors.count(SENTENCES))
        vectors.probe()
    except IndexDamaged:
        raise
    except Exception as error:  # any library may fail in its own way on a damaged file
        kind = type(error).__name__
        said = Said(f"索引文件损坏（{kind}）", f"a file of the index is damaged ({kind})")
        raise IndexDamaged(said) from error
    if held != (manifest.clauses, manifest.sentences):
        raise IndexDamaged(_OTHER_COUNT)
    return Index(
        generation.name,
        corpus,
        keywords,
        vectors,
        passage_rows,
        clause_words,
        embedder,
        tokenizer,
        lexicon,
    )


# Added to the corpus' digest where an index holds clauses without their sentences.
_CLAUSES_ONLY = "-clauses"


def _why_rebuild(settings: Settings, embedder: Embedder, corpora: tuple[str, ...]) -> str:
    generation = _generation(settings.index_dir)
    if generation is None:
        return "首次建立索引"
    try:
        manifest = _manifest(generation)
        if manifest.version != INDEX_VERSION:
            return "索引格式已更新"
        if manifest.model != embedder.fingerprint:
            return "向量模型已更换"
        if manifest.corpus not in corpora:
            return "资料或解析规则有变化"
        open_index(settings, embedder)
    except IndexDamaged as damage:
        return f"索引已损坏：{damage}，重新建立"
    return ""


def refresh(
    settings: Settings,
    *,
    embedder: Embedder | None = None,
    force: bool = False,
    clauses_only: bool = False,
    progress: Progress = _silent,
) -> Refreshed:
    """Bring the index up to date with the corpus, the model and the code; idempotent.

    With `clauses_only` it need not hold what only answering needs, the vectors of sentences and
    words: retrieval can be measured on all laws in half the time.
    """
    embedder = embedder or Embedder(settings)
    started = time.monotonic()
    with _lock(settings.index_dir):
        corpus = library.fingerprint(settings)
        wanted = (corpus, corpus + _CLAUSES_ONLY) if clauses_only else (corpus,)
        reason = "按要求重建" if force else _why_rebuild(settings, embedder, wanted)
        if not reason:
            manifest = _manifest(_generation(settings.index_dir) or settings.index_dir)
            return Refreshed("", manifest.documents, manifest.clauses, 0, (), 0.0)
        progress(reason, 0, 0)
        loaded = library.load(settings)
        embedded, clauses = _write(settings, loaded, embedder, wanted[-1], progress)
    seconds = time.monotonic() - started
    return Refreshed(reason, len(loaded.documents), clauses, embedded, loaded.problems, seconds)


def _write(
    settings: Settings, loaded: Library, embedder: Embedder, corpus: str, progress: Progress
) -> tuple[int, int]:
    generations = settings.index_dir / "generations"
    name = f"{corpus[:12]}-{time.time_ns()}"
    target = generations / f"{name}.building"
    target.mkdir(parents=True)

    pairs = searchable(loaded.documents)
    terms = learn(loaded.documents)
    tokenizer = Tokenizer(terms)
    texts = [keyword_text(clause, document) for document, clause in pairs]
    keywords = KeywordIndex.build([clause.id for _, clause in pairs], texts, tokenizer)
    keywords.save(target / "bm25")
    ClauseWords.build([clause for _, clause in pairs], tokenizer).save(target / "words")

    passages = {
        CLAUSES: [p for document, clause in pairs for p in clause_passages(clause, document)],
        SENTENCES: [p for document, clause in pairs for p in sentence_passages(clause, document)],
    }
    entries = [word for word, _ in keywords.vocabulary() if is_entry(word)]
    if corpus.endswith(_CLAUSES_ONLY):
        passages[SENTENCES], entries = [], []
    cache = EmbeddingCache(settings.index_dir / "embeddings.sqlite", embedder.fingerprint)
    embedded = 0

    def encode(batch: list[str]) -> Vectors:
        nonlocal embedded
        embedded += len(batch)
        return embedder.encode_documents(batch)

    try:
        both = [passage.text for part in passages.values() for passage in part] + entries
        known = cache.vectors(both, encode, lambda done, total: progress("计算向量", done, total))
    finally:
        cache.close()
    vectors = VectorIndex(target / "chroma", embedder)
    split = len(passages[CLAUSES])
    last = len(known) - len(entries)
    parts = {CLAUSES: known[:split], SENTENCES: known[split:last]}
    Lexicon.build(entries, known[last:], encode).save(target / "lexicon.npz")
    stored = ((passages[name], parts[name]) for name in (CLAUSES, SENTENCES))
    rows.save(target / "rows", keywords.ids, *stored)
    for collection, part in passages.items():
        vectors.add(
            collection,
            part,
            parts[collection],
            lambda done, total: progress("写入向量库", done, total),
        )
    vectors.close()

    raw = _LIBRARY.dump_json(loaded)
    (target / "documents.json").write_bytes(raw)
    (target / "terms.json").write_text(json.dumps(terms, ensure_ascii=False), "utf-8")
    manifest = Manifest(
        version=INDEX_VERSION,
        corpus=corpus,
        model=embedder.fingerprint,
        clauses=len(passages[CLAUSES]),
        sentences=len(passages[SENTENCES]),
        documents=len(loaded.documents),
        documents_sha256=hashlib.sha256(raw).hexdigest(),
    )
    (target / "manifest.json").write_text(json.dumps(asdict(manifest)), "utf-8")
    final = generations / name
    target.rename(final)
    _switch(settings.index_dir, final)
    return embedded, len(pairs)


def _switch(folder: Path, generation: Path) -> None:
    """Make `generation` the one that serves, and drop all but it and the one before."""
    before = _generation(folder)
    fresh = folder / "CURRENT.new"
    fresh.write_text(generation.name, "utf-8")
    os.replace(fresh, folder / "CURRENT")
    keep = {generation.name, before.name if before else ""}
    for old in (folder / "generations").iterdir():
        if old.name not in keep:
            shutil.rmtree(old, ignore_errors=True)


def documents(settings: Settings) -> tuple[Document, ...]:
    """The documents of the generation that serves, without opening its indexes.

    Raises IndexDamaged where there is none.
    """
    generation = _generation(settings.index_dir)
    if generation is None:
        raise IndexDamaged(_NONE)
    try:
        return _LIBRARY.validate_json((generation / "documents.json").read_bytes()).documents
    except (OSError, ValueError) as error:
        raise IndexDamaged(_NO_CLAUSES) from error
