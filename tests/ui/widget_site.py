"""Two real servers for the widget tests: the service, with an assistant that gives one awkward
answer and a network that fails on demand, and a page of another origin that embeds the widget."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.answer import Answer, Citation, Claim, Status, Turn
from corpus.library import Library
from corpus.settings import Settings
from ui.desk import Desk
from ui.server import create_app

CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ASK = "/api/v1/ask/stream"

TRICKY = (
    '罚款5~10万元，或者<img src=x onerror="document.title=1">'
    "$$x^2$$ **不加粗** 《职业教育法》&amp;_a_"
)
CLAUSE = f"第一条\U00020000  企业应当提取经费。{TRICKY}。其余从其规定。"
SHOWN = f"{TRICKY}。[1]\n另见第二句。[1][2]\n注：本条为要点摘编。"


def answer(question: str, audience: str | None) -> Answer:
    """An answer with text that careless code would corrupt."""
    start = CLAUSE.index(TRICKY)
    return Answer(
        question=question,
        audience=audience,
        status=Status.ANSWERED,
        answer=SHOWN,
        claims=(Claim(f"{TRICKY}。", (1,)), Claim("另见第二句。", (1, 2))),
        citations=tuple(
            Citation(
                n=n,
                document_id="示例法",
                document="中华人民共和国示例法",
                clause_id="示例法#第一条",
                clause="第一条",
                page=None,
                quote=TRICKY,
                start=start,
                end=start + len(TRICKY),
                text=CLAUSE,
            )
            for n in (1, 2)
        ),
        follow_ups=("学校呢？",),
        understood=f"{question}（企业）",
    )


@dataclass
class Service:
    """The service: what it was asked, and what shall go wrong next.

    Faults: `fail` (the assistant raises), `slow` (it thinks until `release` is set), `break`
    (the connection ends after the first sentence), `plain` (something on the way spoils the
    event stream).
    """

    faults: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    folder: Path = Path()
    release: threading.Event = field(default_factory=threading.Event)
    url: str = ""
    library: Library = field(default_factory=lambda: Library(()))

    def reset(self) -> None:
        """Forget all."""
        self.release.set()
        self.release = threading.Event()
        self.faults.clear()
        self.asked.clear()

    def ask(
        self,
        question: str,
        audience: str | None = None,
        history: Sequence[Turn] = (),
        *,
        id: str | None = None,
    ) -> Answer:
        """What the assistant answers."""
        self.asked.append({"question": question, "audience": audience, "history": list(history)})
        fault = self.faults.pop(0) if self.faults[:1] in (["fail"], ["slow"]) else ""
        if fault == "fail":
            raise RuntimeError("a fault that the test ordered")
        if fault == "slow":
            self.release.wait(60)
        return answer(question, audience)

    def stream(
        self,
        question: str,
        audience: str | None = None,
        history: Sequence[Turn] = (),
        *,
        id: str | None = None,
    ) -> Generator[Answer, None, None]:
        """The same, whole at once."""
        yield self.ask(question, audience, history, id=id)

    def warm_up(self) -> None:
        """Nothing to load."""

    def app(self, settings: Settings) -> ASGIApp:
        """The real application around this assistant, behind a network that may fail."""
        return _Network(create_app(settings, Desk(settings, opener=lambda *a, **k: self)), self)


class _Network:
    """Passes everything, in pieces that cut characters and events; breaks what a fault names."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app, self.service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != ASK or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        faults = self.service.faults
        fault = faults.pop(0) if faults[:1] in (["break"], ["plain"]) else ""
        broken = False

        async def cut(message: Message) -> None:
            nonlocal broken
            if message["type"] == "http.response.start" and fault == "plain":
                kept = [(k, v) for k, v in message["headers"] if k != b"content-type"]
                message = {**message, "headers": [*kept, (b"content-type", b"text/plain")]}
            body = message.get("body", b"")
            if broken:
                return
            for at in range(0, len(body) - 1, 101):
                piece = {"type": message["type"], "body": body[at : at + 101], "more_body": True}
                await send(piece)
            if body:
                message = {**message, "body": b""}
            if fault == "break" and b"event: sentence" in body:
                broken = True
                raise ConnectionResetError
            await send(message)

        try:
            await self.app(scope, receive, cut)
        except BaseException:
            if not broken:
                raise


def ready(url: str) -> None:
    """Wait until a service answers questions."""
    until = time.monotonic() + 60
    while httpx.get(f"{url}/readyz").status_code != 200:
        assert time.monotonic() < until, httpx.get(f"{url}/readyz").text
        time.sleep(0.05)


HOSTILE = """
* { all: unset !important; display: none !important; visibility: hidden !important;
    color: red !important; transform: rotate(3deg) !important; opacity: 0.1 !important }
html, head ~ *, body, main, h1, p { display: block !important; visibility: visible !important;
    opacity: 1 !important; color: black !important; transform: none !important }
html { font-size: 40px !important; direction: rtl; text-transform: uppercase; letter-spacing: 1em;
    --bg: red; --ink: red; --link: red; --fill: red }
mingbai-widget { display: none !important; position: static !important;
    pointer-events: none !important; width: 1px !important; clip-path: inset(50%) !important;
    z-index: -1 !important }
button, dialog, textarea { display: none !important }
"""


@dataclass
class Page:
    """What the embedding site serves at `/`."""

    service: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    markup: str = ""
    csp: str = ""
    hostile: bool = False
    html: str = 'lang="zh-CN"'
    snippet: str = ""
    url: str = ""

    def embed(self, service: str) -> None:
        """A plain page with the widget of `service` for enterprises, under a strict policy."""
        self.service = service
        self.attributes = {"data-audience": "enterprise"}
        self.markup = ""
        self.hostile = False
        self.html = 'lang="zh-CN"'
        self.snippet = ""
        self.csp = (
            f"default-src 'none'; script-src {self.service}; connect-src {self.service};"
            " style-src 'self'; base-uri 'none'; form-action 'none';"
            " require-trusted-types-for 'script'; trusted-types 'none'"
        )

    def app(self) -> FastAPI:
        """The site."""
        app = FastAPI()

        @app.get("/hostile.css")
        def hostile() -> Response:
            return Response(HOSTILE, media_type="text/css")

        @app.get("/")
        def page() -> HTMLResponse:
            attributes = " ".join(f'{k}="{escape(v)}"' for k, v in self.attributes.items())
            tag = (
                self.snippet
                or f'<script src="{self.service}/widget.js" {attributes} defer></script>'
            )
            sheet = '<link rel="stylesheet" href="/hostile.css">' if self.hostile else ""
            return HTMLResponse(
                f"<!doctype html><html {self.html}><head>"
                "<meta name=viewport content=width=device-width>"
                f"<title>某网站</title>{sheet}{tag}</head>"
                f"<body><main><h1>某网站</h1><p>正文。</p>{self.markup}</main></body></html>",
                headers={"Content-Security-Policy": self.csp},
            )

        return app


@contextmanager
def serving(app: Any, name: str = "127.0.0.1") -> Iterator[str]:
    """A real server on a free port; yields its origin under `name`."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1, lifespan="on")
        )
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        try:
            yield f"http://{name}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
