"""The widget's routes: its script, who may use it, and its pages."""

from __future__ import annotations

import gzip
import html
import re

import pytest
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Status
from assistant.pipeline import Assistant
from corpus.settings import Settings
from ui import widget
from ui.server import STATIC

SITE = "https://www.example.gov.cn"
MAX_BYTES = 15 * 1024


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()
    app.include_router(widget.router(Settings(allowed_origins=(SITE,))))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return TestClient(app, base_url="http://mingbai.test")


def test_script_is_small_compressed_and_revalidated(client: TestClient) -> None:
    with client.stream("GET", "/widget.js", headers={"Accept-Encoding": "gzip"}) as answer:
        sent = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert len(sent) <= MAX_BYTES
    plain = client.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(sent) == plain.content
    again = client.get("/widget.js", headers={"If-None-Match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_script_never_parses_markup() -> None:
    source = widget.script().body.decode()
    for sink in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Storage",
    ):
        assert sink not in source
    assert "cookie" not in source.replace("sets no cookie", "")


def test_listed_origin_gets_the_limits(client: TestClient) -> None:
    answer = client.get("/widget/config", headers={"Origin": SITE}).json()
    assert answer["allowed"] is True
    assert answer["max_question_chars"] == 500
    assert all(answer["examples"][audience] for audience in ("enterprise", "school"))


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://www.example.gov.cn", f"{SITE}.evil.example"]
)
def test_other_origins_learn_only_that_they_are_refused(client: TestClient, origin: str) -> None:
    answer = client.get("/widget/config", headers={"Origin": origin})
    assert answer.json() == {"allowed": False}
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_frame_may_be_embedded_by_listed_sites_only(client: TestClient) -> None:
    policy = client.get("/widget/frame").headers["content-security-policy"]
    assert f"frame-ancestors 'self' {SITE}" in policy
    for page in ("/widget/demo", "/widget/preview"):
        assert (
            client.get(page).headers["content-security-policy"].endswith("frame-ancestors 'self'")
        )


@pytest.mark.parametrize("page", ["/widget/frame", "/widget/demo", "/widget/preview"])
def test_pages_need_no_inline_script_or_style(client: TestClient, page: str) -> None:
    answer = client.get(page)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=", answer.text)


def test_demo_renders_the_snippet_without_script(client: TestClient) -> None:
    page = client.get(
        "/widget/demo?audience=school&lang=en&color=%23a1b2c3&position=left",
    ).text
    snippets = [html.unescape(code) for code in re.findall(r'<code id="\w+">(.*?)</code>', page)]
    assert snippets == [
        (
            '<script src="http://mingbai.test/widget.js" data-audience="school" data-lang="en"'
            ' data-color="#a1b2c3" data-position="left" defer></script>'
        ),
        (
            '<iframe src="http://mingbai.test/widget/frame?audience=school&amp;lang=en&amp;color='
            '%23a1b2c3" title="Mingbai policy answers" width="400" height="640"></iframe>'
        ),
    ]


@pytest.mark.parametrize("page", ["/widget/demo", "/widget/preview"])
@pytest.mark.parametrize("position", ["left", "right"])
def test_pages_speak_the_language_asked_for(client: TestClient, page: str, position: str) -> None:
    text = client.get(f"{page}?lang=en&position={position}").text
    assert '<html lang="en">' in text
    own = re.sub(r'<(\w+)[^>]* lang="zh-CN">.*?</\1>', "", text, flags=re.S)
    own = re.sub(r"<[^>]+>", "", own.replace("明白 Mingbai", ""))
    assert not re.search("[\u4e00-\u9fff]", html.unescape(own))
    labels = re.findall(r'(?:aria-label|data-copied|data-selected|title)="([^"]*)"', text)
    assert not re.search("[\u4e00-\u9fff]", "".join(labels))
    assert '<html lang="zh-CN">' in client.get(page).text


def test_the_page_and_the_widget_may_speak_different_languages(client: TestClient) -> None:
    text = client.get("/widget/demo?lang=en&widget_lang=zh-CN").text
    assert '<html lang="en">' in text and "&lt;script" in text
    assert 'data-lang="zh-CN"' in html.unescape(text)
    assert 'name="lang" value="en"' in text
    text = client.get("/widget/demo?widget_lang=en").text
    assert '<html lang="zh-CN">' in text and 'data-lang="en"' in html.unescape(text)
    assert 'position=right&amp;widget_lang=en&amp;lang=en" lang="en">English' in text


@given(st.text(max_size=80))
def test_no_option_can_break_out_of_the_snippet(client: TestClient, text: str) -> None:
    query = dict.fromkeys(
        ("audience", "lang", "widget_lang", "color", "position"), f'"><script>{text}'
    )
    plain = client.get("/widget/demo", params={"widget_lang": "zh-CN"}).text
    assert client.get("/widget/demo", params=query).text == plain


def test_snippet_is_https_behind_a_trusted_proxy_only() -> None:
    for proxies, scheme in ((0, "http"), (1, "https")):
        app = FastAPI()
        app.include_router(widget.router(Settings(trusted_proxies=proxies)))
        app.mount("/static", StaticFiles(directory=STATIC), name="static")
        client = TestClient(app, base_url="http://mingbai.test")
        page = client.get("/widget/demo", headers={"X-Forwarded-Proto": "https"}).text
        assert f'src="{scheme}://mingbai.test/widget.js"' in html.unescape(page)


# The plan's item that each example is about.
EXAMPLE_ITEMS = {
    "企业不按规定提取职工教育培训经费会怎样？": "11",
    "企业可以用哪些方式参与职业学校办学？": "7",
    "每批次力争有多少家企业进入自治区级培育名单？": "6",
    "专业教师到企业实践五年累计要多久？": "14",
    "申报新专业需要企业参与吗？": "8",
    "职业学校办学条件达标的目标是多少？": "22",
    "How may enterprises take part in running vocational schools?": "7",
    "How does the plan support financing for enterprises?": "24",
    "How long must teachers practise in enterprises every five years?": "14",
    "How can schools recruit vocational teachers?": "14",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("audience", "question"),
    [
        (audience, question)
        for by_audience in widget.EXAMPLES.values()
        for audience, questions in by_audience.items()
        for question in questions
    ],
)
def test_example_questions_are_answered_from_the_plan(
    assistant: Assistant, audience: str, question: str
) -> None:
    answer = assistant.ask(question, audience)
    assert answer.status is Status.ANSWERED
    assert f"plan-2024#{EXAMPLE_ITEMS[question]}" in {c.clause_id for c in answer.citations}
