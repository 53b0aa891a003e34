"""The library over real HTTP: no script, whole texts, links that arrive."""

from __future__ import annotations

import html
import re
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from assistant.pipeline import Assistant
from corpus.document import Role, Span
from corpus.library import load
from corpus.settings import Settings
from ui.desk import Desk
from ui.library_pages import pieces, router
from ui.links import document_url, fragment
from ui.server import STATIC


def words(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page))


@given(
    st.text(max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=4)
)
def test_pieces_join_to_the_text(text: str, ranges: list[tuple[int, int]]) -> None:
    spans = [Span(min(r), max(r)) for r in sorted(ranges)]
    cut = pieces(text, spans)
    assert "".join(piece.text for piece in cut) == text


def test_every_clause_stands_whole_at_its_anchor(site: str, assistant: Assistant) -> None:
    for document_id in ("plan-2024", "职业教育法", "财税〔2018〕51号"):
        document = assistant.library.by_id[document_id]
        page = httpx.get(f"{site}{document_url(document_id)}")
        assert page.status_code == 200
        text = re.sub(r"\s", "", words(page.text))
        for clause in document.clauses:
            if clause.role is Role.TITLE:
                continue
            assert f'id="{fragment(clause.id, document_id)}"' in page.text
            assert re.sub(r"\s", "", clause.text) in text


def test_the_quoted_words_are_marked(site: str, assistant: Assistant) -> None:
    answer = assistant.ask("企业不按规定提取职工教育培训经费会怎样？")
    for citation in answer.citations:
        anchor = fragment(citation.clause_id, citation.document_id)
        query = {"clause": anchor, "start": citation.start, "end": citation.end}
        page = httpx.get(f"{site}{document_url(citation.document_id)}", params=query).text
        assert words("".join(re.findall(r"<mark>(.*?)</mark>", page, re.S))) == citation.quote


@pytest.mark.parametrize(
    "query",
    ["clause=11&start=-5&end=99999999999", "clause=11&start=x&end=y", "clause=99&start=1&end=2"],
)
def test_bad_marks_do_no_harm(site: str, query: str) -> None:
    assert httpx.get(f"{site}/documents/plan-2024?{query}").status_code == 200


def test_search_finds_clauses_and_filters(site: str) -> None:
    page = httpx.get(f"{site}/documents", params={"q": "职工教育经费"}).text
    assert f'href="/documents/{quote("职业教育法")}#{quote("第五十八条")}"' in page
    assert "<mark>职工教育经费</mark>" in page
    plan_only = httpx.get(f"{site}/documents", params={"kind": "plan"}).text
    assert "/documents/plan-2024" in plan_only
    assert quote("职业教育法") not in plan_only


def test_search_words_are_shown_as_text(site: str) -> None:
    page = httpx.get(f"{site}/documents", params={"q": '"><script>alert(1)</script>'}).text
    assert "<script" not in page
    assert "没有条款同时含有这些词" in page


def test_unknown_document(site: str) -> None:
    page = httpx.get(f"{site}/documents/no<b>such")
    assert page.status_code == 404
    assert "no&lt;b&gt;such" in page.text


def test_pages_run_no_script(site: str) -> None:
    for path in ("/documents", "/documents/plan-2024"):
        page = httpx.get(f"{site}{path}")
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "script-src" not in policy
        assert "<script" not in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/documents",
        "/documents?q=职工教育经费",
        "/documents?q=%00&kind=x",
        "/documents/plan-2024",
        "/documents/财税〔2018〕51号",
        "/documents/none",
    ],
)
def test_in_english_only_the_documents_are_in_chinese(site: str, path: str) -> None:
    page = httpx.get(site + path, params={**httpx.URL(path).params, "lang": "en"}).text
    assert '<html lang="en">' in page
    own = re.sub(r'<(\w+)[^>]* lang="zh-CN">.*?</\1>', "", page, flags=re.S)
    own = re.sub(r"<title>.*?</title>|<input[^>]*>|“[^”]*”", "", own)
    said = words(own).replace("明白 Mingbai", "").replace("中文", "")
    assert re.findall("[\u4e00-\u9fff]{2,}", said) == []


def test_an_official_page_is_linked_only_by_http(assistant: Assistant, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    for name, url in (("good", "https://www.example.gov.cn/a"), ("bad", "javascript:alert(1)")):
        (folder / f"{name}.md").write_text(
            f'---\nid: {name}\ntitle: 甲\nurl: "{url}"\n---\n\n一、总则\n\n企业应当培训。\n',
            "utf-8",
        )
    library = load(Settings(corpus_dirs=(folder,)))
    held = cast("Assistant", SimpleNamespace(library=library, warm_up=lambda: None))
    desk = Desk(Settings(), opener=lambda *_, **__: held)
    desk.run()
    app = FastAPI()
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.include_router(router(desk))
    with TestClient(app) as client:
        assert 'href="https://www.example.gov.cn/a"' in client.get("/documents/good").text
        bad = client.get("/documents/bad")
        assert bad.status_code == 200
        assert "javascript:" not in bad.text
