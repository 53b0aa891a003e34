"""The web service: chat, library, widget and API in one FastAPI application.

The socket opens at once; the index and the model load in the background, so that nothing
on the way to the first response imports torch.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import hashlib
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported

import gradio as gr
import uvicorn
from fastapi import APIRouter, FastAPI, Response
from fastapi.staticfiles import StaticFiles
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount

from corpus.language import Lang, Said
from corpus.settings import Settings
from ui import api, chat, export, library_pages, sheet, terminal, widget
from ui.conversations import Conversations
from ui.desk import Desk, Stage
from ui.feedback import FeedbackStore
from ui.refusals import Refused
from ui.security import Gate, Limiter, SecurityHeaders
from ui.texts import TEXTS

log = logging.getLogger(__name__)
STATIC: Final = Path(__file__).parent / "static"
# The loop must have opened the socket before the loading begins to compete for it.
LOAD_DELAY: Final = 0.2
_NO_CONVERSATION: Final = Said(
    "没有这段对话，或已过期。", "There is no such conversation, or it has expired."
)
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def static_url(name: str) -> str:
    """The address of a static file, new whenever its content is."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def _head(lang: Lang) -> str:
    return (
        f'<link rel="stylesheet" href="{static_url("chat.css")}">'
        f'<script src="{static_url("chat.js")}" data-lang="{lang}" defer></script>'
        '<meta name="color-scheme" content="light dark">'
    )


def _exports(conversations: Conversations, desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/export/{lang}/{token}.{suffix}")
    def exported(lang: Literal["zh", "en"], token: str, suffix: Literal["md", "docx"]) -> Response:
        """The visitor's own conversation; the token is the key."""
        conversation = conversations.get(token)
        if conversation is None or desk.library is None:
            raise Refused(404, "not_found", _NO_CONVERSATION)
        documents, texts, now = desk.library.by_id, TEXTS[lang], datetime.now()
        exchanges = list(conversation.exchanges)
        headers = {
            "Content-Disposition": f'attachment; filename="mingbai-{now:%Y%m%d-%H%M}.{suffix}"',
            "Cache-Control": "no-store",
        }
        if suffix == "md":
            body = export.to_markdown(exchanges, documents, texts, now).encode()
            return Response(body, media_type="text/markdown; charset=utf-8", headers=headers)
        made = export.to_docx(exchanges, documents, texts, now)
        return Response(made, media_type=DOCX, headers=headers)

    return routes


def create_app(settings: Settings, desk: Desk | None = None) -> FastAPI:
    """The application; it begins to open `desk` as soon as it runs."""
    desk = desk or Desk(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().call_later(LOAD_DELAY, desk.start)
        yield

    app = FastAPI(
        title="明白 Mingbai",
        summary="逐句注明条款出处的政策问答接口。Policy answers that cite the clause.",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    limiter = Limiter(settings.rate_limit)
    conversations = Conversations()
    service = api.AskService(desk)
    store = FeedbackStore(settings.data_dir)

    app.include_router(api.health(desk))
    app.include_router(api.router(settings, desk, service, store))
    app.include_router(api.nothing_else())
    app.include_router(library_pages.router(desk))
    app.include_router(sheet.router(settings, desk, limiter))
    app.include_router(widget.router(settings))
    app.include_router(_exports(conversations, desk))
    # The chat framework asks for a file of its own under the same path.
    static = StaticFiles(directory=STATIC, packages=[("gradio", "templates/frontend/static")])
    app.mount("/static", static, name="static")
    api.install_errors(app)
    # The last added comes first: compression, headers, CORS, the gate, the application.
    app.add_middleware(
        Gate,
        limiter=limiter,
        allowed_origins=settings.allowed_origins,
        max_body_bytes=settings.max_body_bytes,
        trusted_proxies=settings.trusted_proxies,
    )
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.allowed_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Content-Type"],
        expose_headers=["Retry-After"],
    )
    app.add_middleware(SecurityHeaders, allowed_origins=settings.allowed_origins)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)  # not event streams
    pages: tuple[tuple[Lang, str], ...] = (("en", "/en"), ("zh", "/"))
    for lang, path in pages:
        page = chat.build(chat.Chat(settings, lang, service, conversations, limiter, store))
        app = gr.mount_gradio_app(
            app,
            page,
            path=path,
            theme=chat.THEME,
            head=_head(lang),
            ssr_mode=False,
            run_history=False,
            footer_links=[],
            show_error=False,
            enable_monitoring=False,
            mcp_server=False,
            pwa=False,
            max_file_size="1kb",
        )
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, FastAPI):
            route.app.add_exception_handler(404, api.missing)
    return app


class _Bar:
    """The progress bar of the terminal, made when the first progress comes."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._draw: terminal.Draw | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._draw is None:
            self._draw = self._stack.enter_context(terminal.progress_bar())
        self._draw(stage, done, total)

    def close(self) -> None:
        """Take the bar off the screen."""
        self._stack.close()


def _listen(settings: Settings) -> socket.socket | str:
    """The socket, or why there is none."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            return f"端口 {settings.port} 已被占用，请用 --port 或设置 port 换一个端口。"
        reason = error.strerror or type(error).__name__
        return f"无法监听 {settings.host}:{settings.port}（{reason}），请检查设置 host 和 port。"
    return listener


class _Server(uvicorn.Server):
    """Says where it listens as soon as it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
            print(f"明白已启动 Mingbai is at http://{shown}:{port}  （按 Ctrl+C 停止）", flush=True)


def run(settings: Settings) -> int:
    """Serve until stopped; the exit code."""
    listener = _listen(settings)
    if isinstance(listener, str):
        print(listener, file=sys.stderr)
        return 1
    bar = _Bar()

    def opened() -> None:
        bar.close()
        if desk.state.stage is Stage.READY:
            print("已就绪，可以提问。Ready for questions.", flush=True)
        else:
            print(f"问答功能不可用：{desk.state.detail.zh}", file=sys.stderr)

    desk = Desk(settings, progress=bar, on_ready=opened)
    app = create_app(settings, desk)
    gc.freeze()
    gc.enable()
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=3,
    )
    with listener, suppress(KeyboardInterrupt):  # Ctrl+C is how it is stopped
        _Server(config).run(sockets=[listener])
    return 0
