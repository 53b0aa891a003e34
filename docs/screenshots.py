"""Takes the screenshots in `docs/screenshots/` from a service that runs.

mingbai serve &
python docs/screenshots.py http://127.0.0.1:7860
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

OUT = Path(__file__).parent / "screenshots"
SIZES = {"desktop": (1280, 800), "phone": (375, 760)}
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
QUESTION = "企业不按规定提取职工教育培训经费会怎样？"
WAIT_MS = 30_000


def welcome(page: Page, site: str) -> None:
    """The chat before the first question."""
    page.goto(site)
    expect(page.locator(".mb-welcome")).to_be_visible()


def answer(page: Page, site: str) -> None:
    """An answer with its sources."""
    welcome(page, site)
    page.locator("#mb-box textarea").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator("#mb-chat .mb-sources")).to_be_visible()
    expect(page.locator("#mb-chat .option").first).to_be_visible()


def clause(page: Page, site: str) -> None:
    """The cited clause with the quoted words marked."""
    answer(page, site)
    page.locator("#mb-chat a.cite").first.click()
    expect(page.locator("#mb-panel mark")).to_be_visible()


def english(page: Page, site: str) -> None:
    """An answer in English."""
    page.goto(f"{site}/en/")
    page.locator("#mb-chat .example").first.click()
    expect(page.locator("#mb-chat .mb-sources")).to_be_visible()


def library(page: Page, site: str) -> None:
    """The library, searched."""
    page.goto(f"{site}/documents?q=职工教育经费")


def document(page: Page, site: str) -> None:
    """A document at a clause."""
    page.goto(f"{site}/documents/plan-2024")
    expect(page.locator("article")).to_be_visible()


def sheet(page: Page, site: str) -> None:
    """The plain sheet of an enterprise."""
    page.goto(f"{site}/sheet/result?who=enterprise")


def widget(page: Page, site: str) -> None:
    """The widget on a page."""
    page.goto(f"{site}/widget/preview")
    page.get_by_role("button", name="政策问答").click()
    page.get_by_role("textbox", name="您的问题").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator("mingbai-widget summary").first).to_be_visible()


def snippet(page: Page, site: str) -> None:
    """The snippet builder."""
    page.goto(f"{site}/widget/demo")


VIEWS: tuple[Callable[[Page, str], None], ...] = (
    welcome,
    answer,
    clause,
    english,
    library,
    document,
    sheet,
    widget,
    snippet,
)


def main(site: str) -> None:
    """Take every view in every size."""
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for size, (width, height) in SIZES.items():
            for view in VIEWS:
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    locale="zh-CN",
                    reduced_motion="reduce",
                )
                page = context.new_page()
                view(page, site)
                page.wait_for_timeout(300)
                page.screenshot(path=OUT / f"{view.__name__}-{size}.png")
                context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:7860")
