"""The widget in a real browser, on a page of another origin."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from widget_site import CHROMIUM_FLAGS, CLAUSE, SHOWN, TRICKY, Service, ready, serving
from widget_site import Page as Site

from assistant.answer import Turn
from corpus.settings import Settings
from ui.desk import Desk
from ui.server import create_app

pytestmark = pytest.mark.browser
QUESTION = "企业不按规定提取经费会怎样？"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Site]]:
    service, site = Service(), Site()
    with serving(site.app(), "localhost") as site.url:
        service.folder = tmp_path_factory.mktemp("data")
        settings = Settings(
            allowed_origins=(site.url,),
            data_dir=service.folder,
            rate_limit="10000/minute",
        )
        with serving(service.app(settings)) as service.url:
            ready(service.url)
            yield service, site


@pytest.fixture
def service(servers: tuple[Service, Site]) -> Service:
    servers[0].reset()
    return servers[0]


@pytest.fixture
def site(servers: tuple[Service, Site]) -> Site:
    servers[1].embed(servers[0].url)
    return servers[1]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    new = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    yield new
    new.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    new = context.new_page()
    new.set_default_timeout(8000)
    return new


def launcher(page: Page) -> Any:
    return page.get_by_role("button", name="政策问答")


def box(page: Page) -> Any:
    return page.get_by_role("textbox", name="您的问题")


def answer(page: Page) -> Any:
    return page.locator("mingbai-widget .a .text").last


def ask(page: Page, question: str = QUESTION) -> None:
    box(page).fill(question)
    box(page).press("Enter")


def opened(page: Page, site: Site) -> None:
    page.goto(site.url)
    launcher(page).click()
    expect(page.get_by_role("dialog")).to_be_visible()


def focused(page: Page) -> str:
    """The accessible name, or else the text, of what has the focus inside the widget."""
    return str(
        page.evaluate(
            "(() => { const n = document.querySelector('mingbai-widget').shadowRoot.activeElement;"
            " return n ? n.getAttribute('aria-label') || n.value || n.textContent : '' })()"
        )
    )


def serious(page: Page) -> list[str]:
    """axe-core's serious and critical findings."""
    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {[n['html'] for n in v['nodes']]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


def test_asks_from_a_hostile_page_under_a_strict_policy(
    page: Page, service: Service, site: Site
) -> None:
    site.hostile = True
    problems: list[str] = []
    page.on(
        "console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda e: problems.append(str(e)))
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(site.url)
    expect(launcher(page)).to_be_in_viewport(ratio=1)
    launcher(page).click()
    ask(page)
    shown = answer(page)
    expect(shown).to_contain_text("另见第二句。")
    dialog = page.get_by_role("dialog", name="明白 · 政策问答")
    at = dialog.bounding_box()
    assert at and at["width"] == 400 and at["height"] == 640
    style = shown.evaluate(
        "n => { const s = getComputedStyle(n);"
        " return [s.fontSize, s.color, s.direction, s.textTransform, s.letterSpacing, s.opacity] }"
    )
    assert style == ["15px", "rgb(28, 39, 51)", "ltr", "none", "normal", "1"]
    assert problems == []
    assert service.asked == [{"question": QUESTION, "audience": "enterprise", "history": []}]


def test_text_is_shown_exactly(page: Page, service: Service, site: Site) -> None:
    opened(page, site)
    ask(page, TRICKY)
    shown = answer(page)
    expect(shown.get_by_role("button")).to_have_count(3)
    assert shown.evaluate("n => n.textContent") == SHOWN
    assert page.locator("mingbai-widget .q").evaluate("n => n.lastChild.data") == TRICKY
    assert page.locator("mingbai-widget img").count() == 0
    assert page.title() == "某网站"


def test_citation_opens_with_the_quoted_words_marked(
    page: Page, service: Service, site: Site
) -> None:
    opened(page, site)
    ask(page)
    page.get_by_role("button", name="依据 1").first.press("Enter")
    clause = page.get_by_role("region", name="依据 1")
    expect(clause).to_be_visible()
    assert clause.evaluate("n => n.textContent") == CLAUSE
    assert clause.locator("mark").evaluate("n => n.textContent") == TRICKY
    link = page.get_by_role("link", name="在文件全文中查看").first
    assert link.evaluate("n => decodeURI(n.href)") == (
        f"{service.url}/documents/示例法?clause=第一条&start={CLAUSE.index(TRICKY)}"
        f"&end={CLAUSE.index(TRICKY) + len(TRICKY)}#第一条"
    )
    assert link.get_attribute("rel") == "noopener"


def test_an_answer_is_read_from_its_start(page: Page, service: Service, site: Site) -> None:
    page.set_viewport_size({"width": 1000, "height": 420})
    opened(page, site)
    for asked in (1, 2):
        ask(page)
        expect(page.get_by_role("button", name="有用")).to_have_count(asked)
    gap = page.locator("mingbai-widget").evaluate(
        "host => { const log = host.shadowRoot.querySelector('.log');"
        " const last = [...log.querySelectorAll('.q')].at(-1);"
        " return last.getBoundingClientRect().top - log.getBoundingClientRect().top; }"
    )
    assert 0 <= gap <= 40


def test_leaves_one_global_and_no_trace(page: Page, service: Service, site: Site) -> None:
    names = "Object.getOwnPropertyNames(window).sort().join()"
    site.attributes = {"data-lang": "zh-CN"}
    page.goto(site.url)
    launcher(page).click()
    ask(page)
    expect(page.get_by_text("依据条款")).to_be_visible()
    after = set(page.evaluate(names).split(","))
    blank = page.context.new_page()
    blank.goto(f"{site.url}/hostile.css")
    before = set(blank.evaluate(names).split(","))
    assert after - before == {"Mingbai"}
    assert page.evaluate("Object.keys(Mingbai)") == ["open", "close", "ask", "on", "off"]
    assert page.evaluate("Object.isFrozen(Mingbai)")
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_an_unlisted_origin_is_refused_and_learns_nothing(
    page: Page, service: Service, site: Site
) -> None:
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.url))
    page.goto(site.url.replace("localhost", "127.0.0.1"))
    launcher(page).click()
    expect(page.get_by_role("alert")).to_contain_text("未获准使用此服务")
    expect(box(page)).to_be_disabled()
    assert serious(page) == []
    assert not [url for url in sent if "/api/" in url]
    # Nor can a script of that page get round the widget.
    stolen = page.evaluate(
        """async (url) => {
          try {
            const r = await fetch(url, {method: 'POST', body: '{"question":"x"}',
                                        headers: {'Content-Type': 'application/json'}});
            return await r.text();
          } catch (e) { return String(e); }
        }""",
        f"{service.url}/api/v1/ask/stream",
    )
    assert stolen == "TypeError: Failed to fetch"
    assert service.asked == []
    launcher_again = page.get_by_role("button", name="关闭")
    launcher_again.click()
    expect(launcher(page)).to_be_visible()


def test_a_broken_stream_is_taken_up_again(page: Page, service: Service, site: Site) -> None:
    service.faults += ["break", "break"]
    opened(page, site)
    ask(page)
    shown = answer(page)
    expect(shown.get_by_role("button")).to_have_count(3)
    assert shown.evaluate("n => n.textContent") == SHOWN
    assert len(service.asked) == 3


def test_a_lost_connection_keeps_question_and_typed_text(
    page: Page, service: Service, site: Site
) -> None:
    opened(page, site)
    expect(page.get_by_text("例如")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_role("alert")).to_have_text("网络已断开，已输入的内容会保留。")
    ask(page)
    box(page).fill("还没写完的问题")
    expect(page.get_by_text("连接中断，您的问题已保留。")).to_be_visible()
    expect(page.locator("mingbai-widget .q")).to_contain_text(QUESTION)
    assert answer(page).inner_text() == ""
    assert serious(page) == []
    page.context.set_offline(False)
    expect(answer(page)).to_contain_text("另见第二句。")
    expect(box(page)).to_have_value("还没写完的问题")
    expect(page.get_by_role("alert")).to_be_hidden()
    page.keyboard.press("Escape")
    launcher(page).click()
    expect(box(page)).to_have_value("还没写完的问题")


def test_a_failure_is_told_and_can_be_retried(page: Page, service: Service, site: Site) -> None:
    service.faults.append("fail")
    opened(page, site)
    ask(page)
    expect(page.get_by_text("服务内部出错，请稍后再试。")).to_be_visible()
    assert answer(page).inner_text() == ""
    page.get_by_role("button", name="重试").click()
    expect(answer(page)).to_contain_text("另见第二句。")
    expect(page.get_by_text("服务内部出错")).to_have_count(0)


def test_too_many_questions(page: Page, service: Service, site: Site, tmp_path: Path) -> None:
    settings = Settings(allowed_origins=(site.url,), data_dir=tmp_path, rate_limit="1/minute")
    with serving(service.app(settings)) as url:
        ready(url)
        site.embed(url)
        opened(page, site)
        ask(page)
        expect(answer(page)).to_contain_text("另见第二句。")
        ask(page, "再问一次")
        told = page.get_by_text(re.compile(r"提问过于频繁，请 \d+ 秒后再试。"))
        expect(told).to_be_visible()
        assert int(re.sub(r"\D", "", told.inner_text())) <= 61


def test_a_service_that_is_not_ready_says_so(
    page: Page, service: Service, site: Site, tmp_path: Path
) -> None:
    settings = Settings(allowed_origins=(site.url,), data_dir=tmp_path)
    gate = threading.Event()

    def opener(*args: Any, **kwargs: Any) -> Service:
        gate.wait(60)
        return service

    with serving(create_app(settings, Desk(settings, opener=opener))) as url:
        site.embed(url)
        opened(page, site)
        ask(page)
        expect(page.get_by_text("服务尚未就绪")).to_be_visible()
        gate.set()
        ready(url)
        page.get_by_role("button", name="重试").click()
        expect(answer(page)).to_contain_text("另见第二句。")


def test_too_long_a_question_is_refused_in_words(page: Page, service: Service, site: Site) -> None:
    opened(page, site)
    got = page.evaluate("Mingbai.ask('长'.repeat(501)).catch(e => [e.kind, e.message])")
    assert got == ["input", "问题过长，最多 500 个字。"]
    expect(page.get_by_text("问题过长，最多 500 个字。")).to_be_visible()
    assert service.asked == []


def test_stops_on_request(page: Page, service: Service, site: Site) -> None:
    service.faults.append("slow")
    opened(page, site)
    ask(page)
    expect(page.get_by_text("正在查找条款…").first).to_be_visible()
    page.get_by_role("button", name="停止").click()
    expect(page.get_by_text("已停止。")).to_be_visible()
    service.release.set()
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_text("依据条款")).to_be_visible()
    assert answer(page).evaluate("n => n.textContent") == SHOWN


def test_a_spoilt_stream_falls_back_to_the_plain_endpoint(
    page: Page, service: Service, site: Site
) -> None:
    service.faults.append("plain")
    opened(page, site)
    ask(page)
    expect(page.get_by_text("依据条款")).to_be_visible()
    assert answer(page).evaluate("n => n.textContent") == SHOWN


def test_a_new_conversation_drops_the_answer_under_way(
    page: Page, service: Service, site: Site
) -> None:
    service.faults.append("slow")
    opened(page, site)
    ask(page)
    expect(page.get_by_text("正在查找条款…").first).to_be_visible()
    page.get_by_role("button", name="新对话").click()
    expect(page.locator("mingbai-widget .q")).to_have_count(0)
    service.release.set()
    ask(page, "学校呢？")
    expect(page.get_by_text("依据条款")).to_have_count(1)
    expect(page.get_by_role("button", name="发送")).to_be_visible()
    assert service.asked[-1]["history"] == []


def test_keyboard_alone(page: Page, service: Service, site: Site) -> None:
    site.markup = '<a href="#x">链接</a>'
    page.goto(site.url)
    expect(launcher(page)).to_be_visible()
    page.evaluate(
        "window.addEventListener('keydown', e => { window.seen = (window.seen || '') + e.key })"
    )
    launcher(page).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("例如")).to_be_visible()
    assert focused(page) == "您的问题"
    page.evaluate("window.seen = ''")
    page.keyboard.type("第一行")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    expect(box(page)).to_have_value("第一行\n第二行")
    # The Enter that ends a composition belongs to the input method.
    box(page).dispatch_event(
        "keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "composed": True}
    )
    assert service.asked == []
    page.keyboard.press("Enter")
    expect(page.get_by_text("依据条款")).to_be_visible()
    assert focused(page) == "您的问题"
    assert page.evaluate("window.seen") == ""

    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(focused(page))
        if focused(page) == "您的问题":
            break
    assert seen[:2] == ["发送", "新对话"]
    assert {"关闭", "有用", "没用", "学校呢？", "依据 1"} <= set(seen)
    assert "" not in seen
    page.keyboard.press("Shift+Tab")
    assert focused(page) == seen[-2]

    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert focused(page).strip() == "政策问答"
    page.keyboard.press("Enter")
    expect(page.get_by_text("依据条款")).to_be_visible()


def test_focus_returns_to_what_opened_it(page: Page, service: Service, site: Site) -> None:
    site.markup = '<button id="mine">问政策</button>'
    page.goto(site.url)
    page.evaluate("document.getElementById('mine').onclick = () => Mingbai.open()")
    page.get_by_role("button", name="问政策").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "mine"


@pytest.mark.parametrize(
    ("width", "scheme", "color"),
    [
        (1280, "light", "#1d5a96"),
        (1280, "dark", "#1d5a96"),
        (375, "light", "#ffee00"),
        (375, "dark", "#000"),
        (1280, "light", "#fff"),
        (1280, "dark", "#c8102e"),
    ],
)
def test_accessible_in_every_state(
    browser: Browser, service: Service, site: Site, width: int, scheme: Any, color: str
) -> None:
    site.attributes["data-color"] = color
    page = browser.new_page(
        viewport={"width": width, "height": 720}, color_scheme=scheme, reduced_motion="reduce"
    )
    page.goto(site.url)
    expect(launcher(page)).to_be_visible()
    assert serious(page) == []
    launcher(page).click()
    expect(page.get_by_text("例如")).to_be_visible()
    assert serious(page) == []
    ask(page)
    page.get_by_role("button", name="依据 1").first.click()
    page.get_by_role("button", name="没用").click()
    expect(page.get_by_role("textbox", name="哪里不对")).to_be_visible()
    assert serious(page) == []
    page.close()


def test_announces_to_screen_readers(page: Page, service: Service, site: Site) -> None:
    page.goto(site.url)
    expect(launcher(page)).to_have_attribute("aria-expanded", "false")
    launcher(page).click()
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    page.evaluate(
        """() => { window.heard = [];
        const root = document.querySelector('mingbai-widget').shadowRoot;
        const status = root.querySelector('[role=status]');
        new MutationObserver(() => window.heard.push(status.textContent))
          .observe(status, {childList: true}) }"""
    )
    ask(page)
    expect(page.get_by_text("依据条款")).to_be_visible()
    assert page.evaluate("window.heard") == ["正在查找条款…", ""]


def test_phone_is_full_screen_and_modal(browser: Browser, service: Service, site: Site) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 667}, has_touch=True, is_mobile=True)
    site.markup = "<button>页面按钮</button><p>长文。</p>" * 60
    page.goto(site.url)
    launcher(page).tap()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(page.get_by_text("例如")).to_be_visible()
    expect(page.locator("dialog:modal")).to_have_count(1)
    assert focused(page) == "明白 · 政策问答"  # not the box, which would call up the keyboard
    dialog.evaluate("n => Promise.all(n.getAnimations().map(a => a.finished))")
    assert dialog.bounding_box() == {"x": 0, "y": 0, "width": 375, "height": 667}
    box(page).tap()
    box(page).fill(QUESTION)
    page.get_by_role("button", name="发送").tap()
    expect(page.get_by_text("依据条款")).to_be_visible()
    overflow = page.locator("mingbai-widget .log").evaluate("n => n.scrollWidth - n.clientWidth")
    assert overflow == 0
    small = page.locator("mingbai-widget").evaluate(
        "h => [...h.shadowRoot.querySelectorAll('button')].filter(b => b.offsetParent)"
        ".map(b => [b.textContent, b.getBoundingClientRect().height]).filter(([, x]) => x < 24)"
    )
    assert small == []
    page.get_by_role("button", name="关闭").tap()
    expect(launcher(page)).to_be_visible()
    page.close()


def test_turning_a_phone_keeps_the_conversation(page: Page, service: Service, site: Site) -> None:
    opened(page, site)
    ask(page)
    expect(page.get_by_text("依据条款")).to_be_visible()
    dialog = page.get_by_role("dialog")
    page.set_viewport_size({"width": 375, "height": 667})
    expect(page.locator("dialog:modal")).to_have_count(1)
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator("dialog:modal")).to_have_count(0)
    expect(dialog).to_be_visible()
    expect(page.get_by_text("依据条款")).to_be_visible()
    assert focused(page) == "您的问题"


@pytest.mark.parametrize("side", ["left", "right"])
def test_right_to_left_page(page: Page, service: Service, site: Site, side: str) -> None:
    site.html = 'lang="ug" dir="rtl"'
    site.attributes["data-position"] = side
    opened(page, site)
    ask(page, "شىركەتلەر 5~10万元")
    expect(page.get_by_text("依据条款")).to_be_visible()
    at = page.get_by_role("dialog").bounding_box()
    assert at and at["x"] == (20 if side == "left" else 1280 - 420)
    assert page.locator("mingbai-widget .a").evaluate("n => getComputedStyle(n).direction") == "ltr"
    assert page.locator("mingbai-widget .q").evaluate("n => getComputedStyle(n).direction") == "rtl"


def test_motion_only_for_those_who_want_it(browser: Browser, service: Service, site: Site) -> None:
    names = {}
    for motion in ("reduce", "no-preference"):
        page = browser.new_page(reduced_motion=motion)  # type: ignore[arg-type]
        opened(page, site)
        names[motion] = page.get_by_role("dialog").evaluate(
            "n => getComputedStyle(n).animationName"
        )
        page.close()
    assert names == {"reduce": "none", "no-preference": "rise"}


def test_api_for_the_page(page: Page, service: Service, site: Site) -> None:
    page.goto(site.url)
    got = page.evaluate(
        """async () => {
          const heard = [];
          const note = (name) => () => heard.push(name);
          const gone = note('gone');
          Mingbai.on('open', () => { throw new Error('a fault of the page'); });
          for (const name of ['open', 'ask', 'answer', 'close', 'error'])
            Mingbai.on(name, note(name));
          Mingbai.on('open', gone); Mingbai.off('open', gone);
          const first = Mingbai.ask('企业呢？');
          const second = await Mingbai.ask('同时再问').catch(e => e.kind);
          const answer = await first;
          const empty = await Mingbai.ask('  ').catch(e => e.kind);
          Mingbai.close(); Mingbai.close();
          return { heard, second, empty, status: answer.status, question: answer.question };
        }"""
    )
    assert got == {
        "heard": ["open", "ask", "answer", "close"],
        "second": "busy",
        "empty": "input",
        "status": "answered",
        "question": "企业呢？",
    }
    assert not page.evaluate(
        "(() => { try { window.Mingbai = 1 } catch {} return Mingbai === 1 })()"
    )


def test_included_twice_it_appears_once(page: Page, service: Service, site: Site) -> None:
    tag = f'<script src="{service.url}/widget.js" defer></script>'
    site.snippet = tag + tag
    page.goto(site.url)
    expect(launcher(page)).to_be_visible()
    assert page.locator("mingbai-widget").count() == 1


def test_follow_up_carries_the_history(page: Page, service: Service, site: Site) -> None:
    opened(page, site)
    page.get_by_role("radio", name="学校").check()
    ask(page)
    page.get_by_role("button", name="学校呢？").click()
    expect(page.get_by_text("依据条款")).to_have_count(2)
    assert service.asked[1]["audience"] == "school"
    assert service.asked[1]["history"] == [Turn(QUESTION, SHOWN)]


def test_shows_how_the_question_was_understood(page: Page, service: Service, site: Site) -> None:
    opened(page, site)
    ask(page)
    expect(page.get_by_text(f"理解为：{QUESTION}（企业）")).to_be_visible()


def test_feedback_with_a_reason(page: Page, service: Service, site: Site) -> None:
    def stored() -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(service.folder / "feedback.sqlite3")) as database:
            return database.execute(
                "SELECT rating, reason, question, answer, audience, clauses FROM feedback"
            ).fetchall()

    opened(page, site)
    ask(page)
    page.get_by_role("button", name="没用").click()
    expect(page.get_by_text("谢谢您的反馈。")).to_be_visible()
    before = stored()
    why = page.get_by_role("textbox", name="哪里不对")
    why.fill("没有说一线职工")
    why.press("Enter")
    expect(why).to_be_hidden()
    expect(page.get_by_role("button", name="没用")).to_have_attribute("aria-pressed", "true")
    # The reason goes to the thumb that was stored before it.
    assert stored() == [
        *before[:-1],
        ("down", "没有说一线职工", QUESTION, SHOWN, "enterprise", "示例法#第一条"),
    ]


def test_english(page: Page, service: Service, site: Site) -> None:
    site.attributes = {"data-lang": "en", "data-audience": "school"}
    page.goto(site.url)
    page.get_by_role("button", name="Ask about policy").click()
    expect(page.get_by_role("radio", name="a school")).to_be_checked()
    expect(page.get_by_text("For example")).to_be_visible()
    assert not re.search("[一-鿿]", page.get_by_role("dialog").inner_text())


def test_iframe_on_listed_and_on_other_sites(page: Page, service: Service, site: Site) -> None:
    site.csp = f"default-src 'none'; frame-src {service.url}"
    site.snippet = "<meta name=none>"
    site.markup = (
        f'<iframe src="{service.url}/widget/frame?audience=school" title="问答"'
        ' width="375" height="600"></iframe>'
    )
    page.goto(site.url)
    frame = page.frame_locator("iframe")
    frame.get_by_role("textbox", name="您的问题").fill(QUESTION)
    frame.get_by_role("button", name="发送").click()
    expect(frame.get_by_text("依据条款")).to_be_visible()
    panel = frame.get_by_role("dialog")
    assert panel.evaluate("n => [n.clientWidth, n.clientHeight]") == [375, 600]
    assert service.asked[0]["audience"] == "school"
    assert frame.get_by_role("button", name="关闭").count() == 0
    panel.press("Escape")
    expect(panel).to_be_visible()

    page.goto(site.url.replace("localhost", "127.0.0.1"))
    page.wait_for_load_state("networkidle")
    assert frame.locator("mingbai-widget").count() == 0


def test_snippet_builder(page: Page, service: Service, site: Site) -> None:
    page.goto(f"{service.url}/widget/demo")
    page.get_by_role("radio", name="学校").check()
    page.get_by_role("radio", name="左下角").check()
    page.get_by_label("主色").fill("#aa3300")
    code = page.locator("#script")
    expect(code).to_contain_text('data-color="#aa3300" data-position="left"')
    expect(code).to_contain_text('data-audience="school"')
    preview = page.frame_locator("#preview")
    expect(preview.get_by_role("button", name="政策问答")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="复制脚本代码").click()
    expect(page.get_by_role("status")).not_to_be_empty()

    site.snippet = code.inner_text()
    opened(page, site)
    expect(page.get_by_role("radio", name="学校")).to_be_checked()
    ask(page)
    expect(page.get_by_text("依据条款")).to_be_visible()


@pytest.mark.parametrize("query", ["", "?lang=en"])
def test_snippet_builder_on_a_phone(browser: Browser, service: Service, query: str) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 667})
    page.goto(f"{service.url}/widget/demo{query}")
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    assert serious(page) == []
    page.close()
