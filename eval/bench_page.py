"""Weight and readiness of the chat page, and size of the widget, for `eval.bench`.

The page is loaded by Debian's Chromium through Playwright, with an empty cache, from a
service on the loopback interface that is already ready.
"""

from __future__ import annotations

import statistics
import time
from typing import Any, Final

from rich.console import Console

BROWSER: Final = "/usr/bin/chromium"
FLAGS: Final = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
# What the project promises.
PAGE_KB: Final = 400
USABLE_S: Final = 1.5
WIDGET_KB: Final = 15
_TIMEOUT_MS: Final = 60_000
_SETTLE_MS: Final = 3_000
Measured = dict[str, Any]


class PageError(RuntimeError):
    """The page could not be measured; the message says why."""


def widget() -> Measured:
    """Bytes of the widget's script, as written and as sent (gzip)."""
    from ui.widget import script

    asset = script()
    return {"bytes": len(asset.body), "gzip_bytes": len(asset.packed)}


def page(url: str, repeats: int) -> Measured:
    """The chat at `url`: bytes over the wire, requests, and seconds until a question can be typed.

    Each of `repeats` visits has a browser context, and so a cache, of its own. The weight is
    what the browser received on the first, headers included, until three seconds later.
    Raises PageError where Playwright or the browser is missing.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise PageError("没有安装 Playwright：pip install playwright") from error

    usable: list[float] = []
    bytes_of: dict[str, float] = {}
    addresses: dict[str, str] = {}

    def received(event: dict[str, Any]) -> None:
        bytes_of[event["requestId"]] = event["encodedDataLength"]

    def sent(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["request"]["url"]

    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=BROWSER, args=list(FLAGS))
            for visit in range(repeats):
                with browser.new_context(locale="zh-CN") as context:
                    opened = context.new_page()
                    opened.set_default_timeout(_TIMEOUT_MS)
                    if visit == 0:
                        protocol = context.new_cdp_session(opened)
                        protocol.send("Network.enable")
                        protocol.on("Network.requestWillBeSent", sent)
                        protocol.on("Network.loadingFinished", received)
                    started = time.perf_counter()
                    opened.goto(url, wait_until="commit")
                    box = opened.locator("#mb-box textarea")
                    box.fill("企业")
                    opened.locator("#mb-box button").wait_for()
                    usable.append(time.perf_counter() - started)
                    if visit == 0:
                        opened.wait_for_timeout(_SETTLE_MS)  # a stream stays open: never idle
            browser.close()
    except Error as error:
        raise PageError(f"浏览器没有打开网页：{error.message.splitlines()[0]}") from error
    heaviest = sorted(bytes_of.items(), key=lambda pair: -pair[1])[:10]
    return {
        "kb": sum(bytes_of.values()) / 1000,
        "requests": len(bytes_of),
        "hosts": sorted(
            {address.split("/")[2] for address in addresses.values() if "//" in address}
        ),
        "heaviest": [(addresses.get(name, "?"), size / 1000) for name, size in heaviest],
        "usable_s": usable,
        "usable_median_s": statistics.median(usable),
    }


def show(console: Console, found: Measured) -> None:
    """Print what was measured, beside what is promised."""
    if part := found.get("page"):
        console.print(
            f"问答页：{part['kb']:.0f} KB（不超过 {PAGE_KB}），{part['requests']} 个请求，"
            f"{part['usable_median_s']:.2f} s 可以提问（不超过 {USABLE_S}；"
            f"{len(part['usable_s'])} 次的中位数，最长 {max(part['usable_s']):.2f} s）"
        )
    if part := found.get("widget"):
        console.print(
            f"挂件：gzip 后 {part['gzip_bytes'] / 1024:.1f} KB（不超过 {WIDGET_KB}），"
            f"压缩前 {part['bytes'] / 1024:.1f} KB"
        )
