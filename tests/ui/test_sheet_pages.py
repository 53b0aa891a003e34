"""The sheet's pages in a real browser, and its routes over real HTTP."""

from __future__ import annotations

import html
import io
import re
import unicodedata
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pypdf import PdfReader
from widget_site import CHROMIUM_FLAGS, ready, serving

from corpus import library as corpus_library
from corpus.settings import Settings
from ui.desk import Desk
from ui.server import create_app
from ui.sheet_render import FORMATS

RESULT = (
    "/sheet/result?who=enterprise&size=small&above_scale=yes&kind=private&fusion=certified"
    "&takes_interns=yes&runs_training=yes"
)


def desk(settings: Settings) -> Desk:
    """A desk with the real library; nothing here asks the assistant."""
    library = corpus_library.load(settings)
    assistant: Any = SimpleNamespace(library=library, warm_up=lambda: None)
    return Desk(settings, opener=lambda *args, **kwargs: assistant)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), rate_limit="1000/minute")
    with serving(create_app(settings, desk(settings))) as url:
        ready(url)
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


def serious(page: Page) -> list[str]:
    """axe-core's serious and critical findings."""
    return [
        f"{v['id']}: {[n['html'] for n in v['nodes']][:3]}"
        for v in Axe().run(page).response["violations"]
        if v["impact"] in ("serious", "critical")
    ]


@pytest.mark.browser
def test_from_questions_to_a_sheet_without_script(browser: Browser, host: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{host}/sheet")
    page.get_by_role("group", name="企业规模").get_by_label("小型").check()
    page.get_by_role("group", name="是否接收学生实习").get_by_label("是", exact=True).check()
    page.get_by_role("button", name="生成明白纸").click()
    expect(page.get_by_role("heading", name="产教融合政策明白纸（企业）")).to_be_visible()
    expect(page.get_by_text("信息不足：有 5 项情况没有说明")).to_be_visible()
    expect(page.get_by_role("button", name="打印")).to_be_hidden()
    sure = page.get_by_role("region", name="要做到的", exact=False).last
    expect(sure).to_be_visible()

    pay = page.get_by_role("article", name="实习报酬的底线")
    expect(pay.get_by_role("definition").filter(has_text="80%")).to_be_visible()
    quote = pay.get_by_role("blockquote").first.inner_text()
    pay.get_by_role("link").first.click()
    expect(page.locator("mark").first).to_be_visible()
    assert "".join(page.locator("mark").all_inner_texts()) == quote

    page.go_back()
    page.get_by_role("link", name="修改情况").click()
    expect(page.get_by_role("group", name="企业规模").get_by_label("小型")).to_be_checked()
    expect(page.get_by_role("group", name="企业性质").get_by_label("不清楚")).to_be_checked()
    page.get_by_role("link", name="我代表学校").click()
    expect(page.get_by_role("group", name="办学层次")).to_be_visible()
    context.close()


@pytest.mark.browser
def test_by_keyboard_alone(page: Page, host: str) -> None:
    page.goto(f"{host}/sheet?who=school")
    page.get_by_role("group", name="学校类型").get_by_label("不清楚").focus()
    page.keyboard.press("ArrowRight")  # round to the first
    expect(page.get_by_label("职业学校（含技工学校）")).to_be_checked()
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="生成明白纸")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="产教融合政策明白纸（学校）")).to_be_visible()
    expect(page.get_by_role("article", name="专业课教师到企业实践")).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "/sheet",
        RESULT,
        "/sheet/result?who=enterprise&size=x",
        "/sheet?lang=en",
        f"{RESULT}&lang=en",
    ],
)
def test_accessible(browser: Browser, host: str, width: int, scheme: Any, path: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 720}, color_scheme=scheme)
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if "Content Security" in m.text else None)
    page.goto(host + path)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert problems == []
    page.close()


@pytest.mark.browser
def test_in_english_from_questions_to_a_clause(browser: Browser, host: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{host}/sheet")
    page.get_by_role("link", name="English").click()
    page.get_by_role("group", name="Size").get_by_label("Small").check()
    interns = page.get_by_role("group", name="Takes student interns")
    interns.get_by_label("Yes").check()
    page.get_by_role("button", name="Make the plain sheet").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Plain sheet")
    expect(page.get_by_text("Not enough information (questions left open: 5)")).to_be_visible()
    item = page.get_by_role("article", name="实习报酬的底线")
    expect(item.get_by_text("Takes student interns: Yes")).to_be_visible()
    item.get_by_role("link").first.click()
    expect(page.locator("mark").first).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    page.go_back()
    page.get_by_role("link", name="中文").click()
    expect(page.get_by_role("heading", name="产教融合政策明白纸（企业）")).to_be_visible()
    page.get_by_role("link", name="English").click()
    page.get_by_role("link", name="Change the answers").click()
    expect(page.get_by_role("group", name="Size").get_by_label("Small")).to_be_checked()
    page.get_by_role("link", name="I represent a school").click()
    expect(page.get_by_role("group", name="Level")).to_be_visible()
    context.close()


@pytest.mark.parametrize(
    "path",
    [
        "/sheet",
        "/sheet?who=school",
        RESULT,
        "/sheet/result?who=school&kind=vocational",
        "/sheet/result?who=enterprise",
        "/sheet/result?who=enterprise&size=tiny",
        "/sheet/result?who=none",
    ],
)
def test_in_english_only_what_the_documents_say_is_in_chinese(host: str, path: str) -> None:
    page = httpx.get(host + path, params={**httpx.URL(path).params, "lang": "en"}).text
    assert '<html lang="en">' in page
    own = re.sub(r'<(\w+)[^>]* lang="zh-CN">.*?</\1>', "", page, flags=re.S)
    said = html.unescape(re.sub(r"<[^>]+>", "", own))
    assert re.findall("[\u4e00-\u9fff]+", said) == ["明白"]  # the brand
    labels = re.findall(r'(?:aria-label|title|alt)="([^"]*)"', page)
    assert not re.search("[\u4e00-\u9fff]", "".join(labels))


@pytest.mark.browser
def test_prints_on_a4(page: Page, host: str) -> None:
    page.goto(host + RESULT)
    expect(page.get_by_role("button", name="打印")).to_be_visible()
    reader = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    width, height = reader.pages[0].mediabox[2:]
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (210, 297)
    # Chromium writes look-alike radicals for some characters.
    pages = [
        "".join(unicodedata.normalize("NFKC", page.extract_text()).split()) for page in reader.pages
    ]
    assert "一览:适用的激励" in pages[0] and "依据的文件" in "".join(pages)
    assert "政策文库" not in "".join(pages) and "修改情况" not in "".join(pages)
    page.emulate_media(media="print")
    cut = page.evaluate(
        "[...document.querySelectorAll('.item')].filter(n => n.scrollWidth > n.clientWidth).length"
    )
    assert cut == 0


@pytest.mark.browser
def test_downloads(page: Page, host: str) -> None:
    page.goto(host + RESULT)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="PDF").click()
    assert waiting.value.suggested_filename.endswith(".pdf")
    assert PdfReader(waiting.value.path()).pages


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_each_format_over_http(host: str, suffix: str) -> None:
    answer = httpx.get(f"{host}/sheet/mingbai.{suffix}?who=school&kind=vocational", timeout=120)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == FORMATS[suffix].media_type
    assert f".{suffix}" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "query",
    ["", "who=x", "who=enterprise&size=tiny", "who=enterprise&size=<script>alert(1)</script>"],
)
def test_a_bad_address_leads_back_to_the_form(host: str, query: str) -> None:
    for path in ("/sheet/result", "/sheet/mingbai.md"):
        answer = httpx.get(f"{host}{path}?{query}")
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text and "生成明白纸" in answer.text
        assert "<script>alert" not in answer.text


def test_files_come_in_the_language_of_the_page(host: str) -> None:
    query = "who=school&kind=vocational&lang=en"
    assert f"/sheet/mingbai.md?{query}" in html.unescape(
        httpx.get(f"{host}/sheet/result?{query}").text
    )
    assert httpx.get(f"{host}/sheet/mingbai.md?{query}").text.startswith("# Plain sheet")


def test_foreign_parameters_are_left_out(host: str) -> None:
    answer = httpx.get(f"{host}/sheet/result?who=school&utm_source=x&name=张三")
    assert answer.status_code == 200
    assert "张三" not in answer.text and "utm_source" not in answer.text


def test_floods_of_downloads_are_held_up(tmp_path: Any) -> None:
    settings = Settings(data_dir=tmp_path, rate_limit="2/minute")
    with serving(create_app(settings, desk(settings))) as url:
        ready(url)
        codes = [httpx.get(f"{url}/sheet/mingbai.md?who=school").status_code for _ in range(3)]
    assert codes == [200, 200, 429]


def test_before_the_library_is_open_it_says_so(tmp_path: Any) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("a fault that the test ordered")

    settings = Settings(data_dir=tmp_path)
    with serving(create_app(settings, Desk(settings, opener=broken))) as url:
        answer = httpx.get(f"{url}/sheet/result?who=school")
        assert answer.status_code == 503
        assert "正在准备" in answer.text
        assert httpx.get(f"{url}/sheet").status_code == 200
