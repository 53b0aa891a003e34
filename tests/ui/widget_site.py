"""Two real servers for the widget tests: a service that follows the API contract and whose
faults a test can order, and a page of another origin that embeds the widget."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.cors import CORSMiddleware

from corpus.settings import Settings
from ui import widget
from ui.security import origin_allowed

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
STATIC = Path(widget.__file__).parent / "static"

TRICKY = '罚款5~10万元，或者<img src=x onerror="document.title=1">$$x^2$$ **不加粗** 《职业教育法》&amp;_a_'
CLAUSE = f"第一条\U00020000  企业应当提取经费。{TRICKY}。其余从其规定。"


def answer(question: str) -> dict[str, Any]:
    """An answer by the published contract, with text that careless code would corrupt."""
    start = CLAUSE.index(TRICKY)
    return {
        "schema": 1,
        "id": None,
        "question": question,
        "audience": "enterprise",
        "status": "answered",
        "answer": f"{TRICKY}。[1]\n另见第二句。[1][2]",
        "claims": [
            {"text": f"{TRICKY}。", "citations": [1]},
            {"text": "另见第二句。", "citations": [1, 2]},
        ],
        "citations": [
            {
                "n": n,
                "document_id": "示例法",
                "document": "中华人民共和国示例法",
                "clause_id": "示例法#第一条",
                "clause": "第一条",
                "page": None,
                "quote": TRICKY,
                "start": start,
                "end": start + len(TRICKY),
                "text": CLAUSE,
            }
            for n in (1, 2)
        ],
        "retrieved": [],
        "follow_ups": ["学校呢？"],
        "mode": "extractive",
        "timings_ms": {},
    }


@dataclass
class Service:
    """The service: what it was asked, and what it shall do wrong next."""

    faults: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def reset(self) -> None:
        """Forget all."""
        self.faults.clear()
        self.asked.clear()
        self.told.clear()

    def app(self, settings: Settings) -> FastAPI:
        """The application; `settings.allowed_origins` rules who may ask."""
        app = FastAPI()
        app.include_router(widget.router(settings))
        app.mount("/static", StaticFiles(directory=STATIC), name="static")

        def refused(request: Request) -> bool:
            return not origin_allowed(
                request.headers.get("origin"), request.url.netloc, settings.allowed_origins
            )

        @app.post("/api/v1/ask/stream")
        async def stream(request: Request) -> Response:
            if refused(request):
                return JSONResponse({"detail": "来源未获准"}, status_code=403)
            body = await request.json()
            self.asked.append(body)
            fault = self.faults.pop(0) if self.faults else ""
            if fault == "busy":
                return JSONResponse({}, status_code=429, headers={"Retry-After": "7"})
            if fault == "down":
                return JSONResponse({}, status_code=503)
            if fault == "json":
                return JSONResponse({})
            return StreamingResponse(
                self.events(body["question"], fault), media_type="text/event-stream"
            )

        @app.post("/api/v1/ask")
        async def ask(request: Request) -> Any:
            return answer((await request.json())["question"])

        @app.post("/api/v1/feedback")
        async def feedback(request: Request) -> dict[str, bool]:
            self.told.append(await request.json())
            return {"stored": True}

        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Content-Type"],
            expose_headers=["Retry-After"],
        )
        return app

    async def events(self, question: str, fault: str) -> AsyncIterator[bytes]:
        """The event stream, cut at odd places as a network does."""
        whole = answer(question)

        def event(name: str, data: Any) -> bytes:
            return f"event: {name}\r\ndata: {json.dumps(data, ensure_ascii=False)}\r\n\r\n".encode()

        parts = [b": ping\r\n\r\n", event("status", {"stage": "searching"})]
        parts.append(event("status", {"stage": "answering", "understood": f"{question}（企业）"}))
        parts += [event("sentence", claim) for claim in whole["claims"]]
        if fault == "error":
            parts = [*parts[:4], event("error", {"message": "内部错误，请稍后再试。"})]
        elif fault == "slow":
            pass
        else:
            parts += [event("citation", citation) for citation in whole["citations"]]
            parts.append(event("done", whole))
        if fault == "break":
            parts = parts[:4]
        data = b"".join(parts)
        for at in range(0, len(data), 101):  # cuts inside a character, a line, an event
            yield data[at : at + 101]
            await asyncio.sleep(0)
        if fault == "slow":
            await asyncio.sleep(30)


HOSTILE = """
* { all: unset !important; display: none !important; visibility: hidden !important;
    color: red !important; transform: rotate(3deg) !important; opacity: 0.1 !important }
html, head ~ *, body, main, h1, p { display: block !important; visibility: visible !important;
    opacity: 1 !important; color: black !important; transform: none !important }
html { font-size: 40px !important; direction: rtl; text-transform: uppercase; letter-spacing: 1em;
    --bg: red; --ink: red; --link: red; --fill: red }
mingbai-widget { display: none !important; position: static !important; pointer-events: none !important;
    width: 1px !important; clip-path: inset(50%) !important; z-index: -1 !important }
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

    def reset(self) -> None:
        """A plain page with the widget for enterprises, under a strict policy."""
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


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
