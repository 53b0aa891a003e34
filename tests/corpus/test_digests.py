"""The digests: their format, their evidence, and that their words are our own."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import outline
from corpus.document import Clause, Document, Kind, Rank, Validity
from corpus.library import POLICIES_DIR
from corpus.readers import UnreadableFile, digest
from eval.figures import figures, unsupported

SHARED = Path(__file__).parents[3] / "shared"
FACTS = SHARED / "policy_facts.jsonl"
OFFICIAL = SHARED / "official-texts"
LONGEST_SHARED_RUN = 20
needs_facts = pytest.mark.skipif(not FACTS.exists(), reason="../shared/policy_facts.jsonl absent")
needs_official = pytest.mark.skipif(not OFFICIAL.is_dir(), reason="../shared/official-texts absent")

PATHS = sorted(POLICIES_DIR.glob("*.md"))
_CITED = re.compile(r"《(?P<law>[^》]+)》(?P<article>第[^条]+条)")
_ADDRESS = re.compile(r"https?://\S+")
# Names that a digest must write as they are, so they are no copied sentence.
_PROPER_NAMES = (
    "《国家重点支持的高新技术领域》",
    "实施职业教育的公办学校",
    "非营利性民办学校",
)


@cache
def documents() -> tuple[Document, ...]:
    return tuple(digest.read(path) for path in PATHS)


@cache
def entries() -> dict[str, Clause]:
    return {clause.id: clause for document in documents() for clause in document.clauses}


@cache
def declared() -> dict[str, tuple[str, ...]]:
    return {key: value for path in PATHS for key, value in digest.figures(path).items()}


def body(clause: Clause) -> str:
    return clause.text[clause.body :]


@cache
def official(law: str) -> dict[str, str]:
    """The articles of an official text, by number, white space removed."""
    (path,) = OFFICIAL.glob(f"{law}(*.md")
    text = path.read_text("utf-8").partition("<!-- INFO END -->")[2]
    clauses = outline.parse(
        outline.clean(text.replace("#", "")), document_id="d", document_title=law
    )
    return {c.label: re.sub(r"\s", "", c.text) for c in clauses if c.label.endswith("条")}


def cited(clause: Clause) -> list[tuple[str, str, str]]:
    """(law, article, quote) of the evidence that names an article."""
    found = [(_CITED.match(e.source), e.quote) for e in clause.evidence]
    return [(m["law"], m["article"], quote) for m, quote in found if m]


def test_every_file_is_a_digest_with_its_own_ids() -> None:
    assert len(documents()) >= 19
    ids = [clause.id for document in documents() for clause in document.clauses]
    assert len(ids) == len(set(ids))
    assert len(ids) >= 100
    assert len({document.id for document in documents()}) == len(documents())
    for path, document in zip(PATHS, documents(), strict=True):
        assert path.name.isascii()
        assert not document.verbatim
        assert document.id == (document.number or document.short_title)
        assert document.text == "\n".join(clause.text for clause in document.clauses)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_an_entry_reads_as_a_clause(path: Path) -> None:
    document = digest.read(path)
    for clause in document.clauses:
        assert clause.id == f"{document.id}#{clause.label}"
        assert clause.text.startswith(f"{clause.label}　{clause.title}。")
        assert body(clause).endswith("。")
        assert clause.sentences[-1].end == len(clause.text)
        assert set(clause.audience) <= set(document.audience)
        assert clause.audience
        assert clause.topics
        # Kana and other strays that an input method leaves behind.
        assert not re.search(r"[぀-ヿ実]", clause.text)


@pytest.mark.parametrize("clause", entries().values(), ids=lambda clause: clause.id)
def test_every_figure_is_in_the_evidence(clause: Clause) -> None:
    stated = figures(body(clause)) + figures(clause.title)
    named = figures("、".join(declared()[clause.id]))
    assert not unsupported(named, figures(body(clause))), "数字 that the entry does not state"
    if not clause.verified:
        return
    # Of a source only what it is called counts: the digits of an address prove nothing.
    shown = "\n".join(f"{_ADDRESS.sub('', e.source)}\n{e.quote}" for e in clause.evidence)
    assert not unsupported(stated, figures(shown))
    # Every quantity is declared as well, so that a reader of the file sees it at a glance.
    quantities = [f for f in figures(body(clause)) if not f.is_reference]
    assert not unsupported(quantities, figures("、".join(declared()[clause.id])))


@pytest.mark.parametrize(
    "clause", [c for c in entries().values() if not c.verified], ids=lambda clause: clause.id
)
def test_what_is_unverified_says_so_in_every_sentence(clause: Clause) -> None:
    assert not clause.evidence
    for span in clause.sentences:
        if span.start >= clause.body:
            assert "（待核实）" in span.of(clause.text)


@needs_official
@pytest.mark.parametrize(
    "clause", [c for c in entries().values() if cited(c)], ids=lambda clause: clause.id
)
def test_quotes_and_figures_stand_in_the_article_itself(clause: Clause) -> None:
    articles = ""
    for law, article, quote in cited(clause):
        assert re.sub(r"\s", "", quote) in official(law)[article]
        articles += official(law)[article]
    others = "\n".join(
        f"{e.source}{e.quote}" for e in clause.evidence if not _CITED.match(e.source)
    )
    assert not unsupported(figures(body(clause)), figures(articles) + figures(others))


@needs_official
def test_our_words_are_not_the_official_ones() -> None:
    texts = "\n".join(
        re.sub(r"\s", "", path.read_text("utf-8")) for path in sorted(OFFICIAL.glob("*.md"))
    )
    run = LONGEST_SHARED_RUN + 1
    grams = {texts[at : at + run] for at in range(len(texts) - run + 1)}
    copied = []
    for clause in entries().values():
        words = body(clause)
        for name in _PROPER_NAMES:
            words = words.replace(name, "□")
        copied += [
            (clause.id, words[at : at + run])
            for at in range(len(words) - run + 1)
            if words[at : at + run] in grams
        ]
    assert copied == []


def facts() -> list[dict[str, Any]]:
    if not FACTS.exists():
        return []
    rows = [json.loads(line) for line in FACTS.read_text("utf-8").splitlines()]
    return [row for row in rows if row["kind"] != "statute"]


@needs_facts
@pytest.mark.parametrize("row", facts(), ids=lambda row: row["title"])
def test_every_document_of_the_facts_is_digested(row: dict[str, Any]) -> None:
    title = row["title"].removeprefix("中华人民共和国")
    document = {d.id: d for d in documents()}[row["doc_number"] or title]
    assert document.title == row["title"]
    assert document.issuer == row["issuer"]
    assert document.date == row["date"]
    assert document.validity is Validity(row["status"])
    assert (document.kind, document.rank) == {
        "policy": (Kind.POLICY, Rank.NORMATIVE),
        "local": (Kind.LOCAL, Rank.LOCAL),
        "regulation": (Kind.REGULATION, Rank.ADMINISTRATIVE_REGULATION),
    }[row["kind"]]
    for fact in row["provisions"]:
        clause = entries()[f"{document.id}#{fact['article']}"]
        assert clause.verified == (fact["confidence"] == "verified")
        assert {e["quote"] for e in fact["evidence"]} <= {e.quote for e in clause.evidence}
        assert {e["url"] for e in fact["evidence"] if "url" in e} <= {
            e.source for e in clause.evidence
        }
        assert set(fact["audience"]) <= {member.value for member in clause.audience}
        # A figure that the fact states and its evidence shows may not be lost.
        seen = figures("".join(e["quote"] for e in fact["evidence"]))
        shown = [f for f in figures("、".join(fact["figures"])) if not unsupported([f], seen)]
        assert not unsupported(shown, figures(body(clause)))


HEADER = """---
id: 试〔2020〕1号
title: 试行通知
short_title: 试行通知
number: 试〔2020〕1号
issuer: 某部门
date: 2020-01-02
validity: 现行
rank: 部门规章/规范性文件
kind: policy
region: 全国
audience: [enterprise]
digest: true
---
"""
ENTRY = """## 第一条 补贴标准
每人补贴100元。

> 适用：enterprise
> 主题：补贴
> 数字：100元
> 证据：某处 「补贴100元」
> 核实：已核实
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "digest.md"
    path.write_text(text, "utf-8")
    return path


def test_a_digest_is_read_whole(tmp_path: Path) -> None:
    document = digest.read(written(tmp_path, f"{HEADER}\n{ENTRY}"))
    (clause,) = document.clauses
    assert document.date == "2020-01-02"
    assert clause.id == "试〔2020〕1号#第一条"
    assert clause.text == "第一条　补贴标准。每人补贴100元。"
    assert clause.evidence[0].source == "某处"
    assert clause.evidence[0].quote == "补贴100元"
    assert digest.figures(tmp_path / "digest.md") == {clause.id: ("100元",)}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEADER, "没有"),
        (ENTRY, "文件头"),
        (HEADER.replace("现行", "有效") + ENTRY, "validity"),
        (HEADER.replace("issuer: 某部门\n", "") + ENTRY, "issuer"),
        (HEADER.replace("digest: true", "digest: true\nauthor: 某人") + ENTRY, "author"),
        (HEADER.replace("digest: true", "digest: [") + ENTRY, "YAML"),
        (HEADER + ENTRY.replace("> 主题：补贴\n", ""), "主题"),
        (HEADER + ENTRY.replace("enterprise", "company"), "适用"),
        (HEADER + ENTRY.replace("> 证据：某处 「补贴100元」\n", ""), "证据"),
        (HEADER + ENTRY.replace("已核实", "待核实"), "证据"),
        (HEADER + ENTRY.replace("已核实", "大概"), "核实"),
        (HEADER + ENTRY.replace("「补贴100元」", "补贴100元"), "原话"),
        (HEADER + ENTRY.replace("每人补贴100元。\n", ""), "正文"),
        (HEADER + ENTRY.replace("第一条 补贴标准", "第一条"), "标题"),
        (HEADER + ENTRY.replace("> 数字：100元", "> 数字100元"), "项目"),
        (HEADER + ENTRY + ENTRY, "多次"),
        (HEADER + "引言。\n" + ENTRY, "之前"),
    ],
)
def test_a_broken_digest_says_what_is_wrong(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        digest.read(written(tmp_path, text))


def test_a_file_that_is_no_text_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "digest.md"
    path.write_bytes("---\nid: 试\n".encode("gb18030"))
    with pytest.raises(UnreadableFile, match="UTF-8"):
        digest.read(path)


_WORD = st.text("职业教育企业学校补贴实习", min_size=1, max_size=12)


@given(st.lists(st.tuples(_WORD, st.lists(_WORD, min_size=1, max_size=4)), min_size=1, max_size=6))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, list[str]]]
) -> None:
    text = HEADER + "".join(
        f"\n## 第{number}条 {topic}\n\n"
        + "\n\n".join(f"{line}。" for line in lines)
        + "\n\n> 适用：school, enterprise\n> 主题：甲、乙\n> 证据：某处 「原话」\n> 核实：已核实\n"
        for number, (topic, lines) in enumerate(rows, 1)
    )
    document = digest.read(written(tmp_path_factory.mktemp("digest"), text))
    assert [c.title for c in document.clauses] == [topic for topic, _ in rows]
    for clause, (_, lines) in zip(document.clauses, rows, strict=True):
        assert body(clause) == "\n".join(f"{line}。" for line in lines)
        own = [span.of(clause.text) for span in clause.sentences if span.start >= clause.body]
        assert own == [f"{line}。" for line in lines]
        assert len(clause.paragraphs) == len(lines)
