"""The chat in a real browser, over real HTTP, index and model."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from widget_site import CHROMIUM_FLAGS, serving

from assistant.pipeline import Assistant
from corpus.settings import Settings
from ui.desk import Desk
from ui.server import create_app

pytestmark = pytest.mark.browser
QUESTION = "企业不按规定提取职工教育培训经费会怎样？"
TRICKY = "5~10万元，或者10~20万元 <img src=x onerror=alert(1)> $$x$$ **《职业教育法》** 2024. #"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS
        )
        yield started
        started.close()


@pytest.fixture(params=[(1280, 800), (375, 760)], ids=["desktop", "phone"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The window."""
    width, height = request.param
    return width, height


def _page(chromium: Browser, size: tuple[int, int]) -> Iterator[Page]:
    width, height = size
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        locale="zh-CN",
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "console",
        lambda said: troubles.append(said.text) if "Content Security" in said.text else None,
    )
    yield page
    context.close()
    assert troubles == []


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a desktop."""
    yield from _page(chromium, (1280, 800))


@pytest.fixture
def sized(chromium: Browser, size: tuple[int, int]) -> Iterator[Page]:
    """A page of each size."""
    yield from _page(chromium, size)


def ask(page: Page, question: str = QUESTION) -> None:
    answered = page.locator("#mb-chat .mb-sources").count()
    page.locator("#mb-box textarea").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator("#mb-chat .mb-sources")).to_have_count(answered + 1)


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {[node['html'][:200] for node in v['nodes']]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


def test_a_citation_opens_the_clause_with_the_quoted_words(
    sized: Page, site: str, assistant: Assistant
) -> None:
    sized.goto(site)
    ask(sized)
    expected = assistant.ask(QUESTION, "enterprise")
    citation = expected.citations[0]
    link = sized.locator("#mb-chat a.cite").first
    expect(link).to_have_text("[1]")
    link.focus()
    sized.keyboard.press("Enter")
    panel = sized.get_by_role("dialog", name="条款")
    expect(panel.locator("mark")).to_contain_text(citation.quote)
    text = panel.locator(".mb-text").evaluate("n => n.textContent")
    assert text.replace("回答引用的内容：", "") == citation.text
    expect(panel).to_contain_text("现行")
    expect(panel).to_contain_text("原文照录")
    full = panel.get_by_role("link", name="在文件全文中查看").get_attribute("href")
    assert full is not None
    assert full.startswith(f"/documents/{citation.document_id}?clause=")
    panel.get_by_role("button", name="下一条").click()
    expect(panel.locator(".mb-text")).to_contain_text("12、")
    expect(panel.locator("mark")).to_have_count(0)
    sized.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(link).to_be_focused()


def test_no_serious_accessibility_problem(sized: Page, site: str) -> None:
    sized.goto(site)
    expect(sized.locator(".mb-welcome")).to_be_visible()
    assert serious(sized) == []
    ask(sized)
    sized.locator("#mb-chat a.cite").first.click()
    expect(sized.get_by_role("dialog").locator("mark")).to_be_visible()
    assert serious(sized) == []
    for path in ("/documents?q=职工教育经费", "/documents/plan-2024", "/documents/职业教育法"):
        sized.goto(site + path)
        assert serious(sized) == []


def test_nothing_scrolls_sideways(sized: Page, site: str) -> None:
    for path in ("/", "/en/", "/documents", "/documents/plan-2024"):
        sized.goto(site + path)
        sized.wait_for_load_state()
        assert sized.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_tricky_text_is_shown_exactly(page: Page, site: str) -> None:
    page.goto(site)
    page.locator("#mb-box textarea").fill(TRICKY)
    page.keyboard.press("Enter")
    question = page.locator("#mb-chat .mb-q")
    expect(question).to_have_text(TRICKY)
    expect(page.locator("#mb-chat .mb-a")).to_have_count(1)
    assert question.locator("*").count() == 0
    assert page.locator("#mb-chat img").count() == 0


def test_audience_changes_the_examples_and_an_example_asks(page: Page, site: str) -> None:
    page.goto(site)
    expect(page.locator("#mb-chat .example")).not_to_have_count(0)
    before = page.locator("#mb-chat .example").all_inner_texts()
    page.get_by_role("radio", name="学校").check(force=True)
    expect(page.locator("#mb-chat .example").first).not_to_have_text(before[0])
    chosen = page.locator("#mb-chat .example").first
    question = chosen.inner_text().strip()
    chosen.click()
    expect(page.locator("#mb-chat .mb-q")).to_have_text(question)
    expect(page.locator("#mb-chat .mb-a")).to_have_count(1)


def test_a_follow_up_is_asked_by_a_click(page: Page, site: str) -> None:
    page.goto(site)
    ask(page)
    chip = page.locator("#mb-chat .option").first
    question = chip.inner_text().strip()
    chip.click()
    expect(page.locator("#mb-chat .mb-q").last).to_have_text(question)
    expect(page.locator("#mb-chat .mb-a")).to_have_count(2)


def test_a_question_is_read_against_the_conversation(page: Page, site: str) -> None:
    page.goto(site)
    ask(page, "职业教育法从什么时候开始施行？")
    ask(page, "就业促进法呢？")
    expect(page.locator("#mb-chat .mb-understood")).to_contain_text("问题理解为：")


def test_feedback_with_a_reason_is_stored(page: Page, site: str, feedback_file: Path) -> None:
    page.goto(site)
    ask(page)
    page.get_by_role("button", name="没用", exact=True).click()
    reason = page.get_by_label("哪里不对？（可不填）")
    reason.fill("引用不对，电话13812345678")
    reason.press("Enter")
    expect(reason).to_be_hidden()
    with sqlite3.connect(feedback_file) as database:
        rows = database.execute(
            "SELECT rating, question, clauses FROM feedback WHERE reason = '引用不对，电话〔电话〕'"
        ).fetchall()
    assert [(vote, asked, cited.split("\n")[0]) for vote, asked, cited in rows] == [
        ("down", QUESTION, "plan-2024#11")
    ]


def test_one_thumb_an_answer_and_it_can_be_taken_back(
    page: Page, site: str, feedback_file: Path
) -> None:
    def stored() -> list[str]:
        with sqlite3.connect(feedback_file) as database:
            return [vote for (vote,) in database.execute("SELECT rating FROM feedback ORDER BY id")]

    page.goto(site)
    ask(page)
    up = page.get_by_role("button", name="有用", exact=True)
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("谢谢您的评价。")).to_be_visible()
    before = stored()
    down = page.get_by_role("button", name="没用", exact=True)
    down.click()
    expect(page.get_by_label("哪里不对？（可不填）")).to_be_visible()
    expect(up).to_have_attribute("aria-pressed", "false")
    assert stored() == [*before[:-1], "down"]
    down.click()
    expect(page.get_by_label("哪里不对？（可不填）")).to_be_hidden()
    assert stored() == before[:-1]


def test_copy_has_the_sources(page: Page, site: str, assistant: Assistant) -> None:
    page.goto(site)
    ask(page)
    page.get_by_role("button", name="复制回答和出处").click()
    expect(page.locator("#mb-toast")).to_have_text("已复制。")
    copied = page.evaluate("navigator.clipboard.readText()")
    citation = assistant.ask(QUESTION, "enterprise").citations[0]
    assert copied.count(citation.quote) >= 2
    assert f"{site}/documents/plan-2024?clause=11" in copied


def test_export_and_new_conversation(page: Page, site: str) -> None:
    page.goto(site)
    ask(page)
    link = page.get_by_role("link", name="Markdown")
    with page.expect_download() as markdown:
        link.click()
    text = Path(markdown.value.path()).read_text("utf-8")
    assert QUESTION in text
    assert "plan-2024" not in text.split("\n")[0]
    with page.expect_download() as word:
        page.get_by_role("link", name="Word").click()
    assert QUESTION in docx.Document(str(word.value.path())).paragraphs[2].text
    old = f"{site}{link.get_attribute('href')}"
    page.get_by_role("button", name="新对话").click()
    expect(page.locator("#mb-chat .mb-q")).to_have_count(0)
    assert page.request.get(old).status == 404


def test_the_next_visitor_finds_nothing(page: Page, site: str) -> None:
    page.goto(site)
    ask(page)
    page.reload()
    expect(page.locator(".mb-welcome")).to_be_visible()
    assert page.locator("#mb-chat .mb-q").count() == 0
    assert page.context.cookies() == []
    assert QUESTION not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")


def test_language_switch(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_role("link", name="English").click()
    expect(page.locator(".mb-welcome")).to_contain_text("Which policy")
    assert page.evaluate("document.documentElement.lang") == "en"
    ask(page)
    expect(page.locator("#mb-chat .mb-sources")).to_contain_text("Clauses")
    page.get_by_role("link", name="中文").click()
    expect(page.locator(".mb-welcome")).to_contain_text("您想了解")


def test_the_browser_calls_no_other_host(page: Page, site: str) -> None:
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto(site)
    ask(page)
    page.locator("#mb-chat a.cite").first.click()
    expect(page.get_by_role("dialog").locator("mark")).to_be_visible()
    assert hosts == {site.split("/")[2]}


def test_retry_asks_the_same_question_again(page: Page, site: str) -> None:
    page.goto(site)
    page.locator("#mb-box textarea").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator("#mb-chat .mb-sources")).to_have_count(1)
    page.get_by_role("radio", name="学校").check(force=True)
    page.locator("#mb-chat .message-buttons button").first.click()
    expect(page.locator("#mb-box").get_by_role("button", name="发送")).to_be_visible()
    expect(page.locator("#mb-chat .mb-sources")).to_have_count(1)
    expect(page.locator("#mb-chat .mb-q")).to_have_count(1)


def test_a_question_waits_for_the_model_and_can_be_stopped(
    page: Page, desk_settings: Settings, assistant: Assistant
) -> None:
    go = threading.Event()

    def opener(settings: Settings, **_: object) -> Assistant:
        go.wait(60)
        return assistant

    with serving(create_app(desk_settings, Desk(desk_settings, opener=opener))) as site:
        page.goto(site)
        box = page.locator("#mb-box")
        for _ in range(2):
            box.locator("textarea").fill(QUESTION)
            page.keyboard.press("Enter")
            expect(page.locator("#mb-chat .mb-wait").last).to_contain_text("服务正在准备")
            if page.locator("#mb-chat .mb-q").count() == 1:
                box.get_by_role("button", name="停止").click()
                expect(page.locator("#mb-chat .mb-fail")).to_have_text("已停止。")
                expect(box.get_by_role("button", name="发送")).to_be_visible()
        go.set()
        expect(page.locator("#mb-chat .mb-sources")).to_have_count(1)
        expect(page.locator("#mb-chat .mb-fail")).to_have_count(1)
