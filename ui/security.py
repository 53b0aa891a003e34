"""What every request passes: headers, origins, sizes, rates and closed doors. Pure ASGI.

Starlette's `BaseHTTPMiddleware` would buffer event streams; these classes do not.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from corpus.language import Said
from ui.refusals import NOT_FOUND, refusal

COMMON_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
# What the chat's browser side calls; all else below gradio_api is closed.
_GRADIO_OPEN = re.compile(
    r"/gradio_api/(queue/(join|data)|heartbeat/\w+|startup-events|cancel|reset)/?"
)
_GRADIO_CLOSED = re.compile(
    r"/(gradio_api/|monitoring|login|logout|pwa_icon|custom_component|dev/|svelte/|runs\b|__)"
)
_GRADIO_POST = re.compile(r"/gradio_api/queue/join")
_API_POST = re.compile(r"/api/v1/(ask|ask/stream|feedback)")
_SCRIPT = re.compile(rb"<script(?=[\s>])")
_FOREIGN: Final = Said(
    "发出请求的网站未获准使用此服务。", "The site that asks is not allowed to use this service."
)
# One question in the chat is several events to the framework (ask, show, enable the buttons).
EVENTS_PER_QUESTION: Final = 10


def client_address(scope: Scope, trusted_proxies: int) -> str:
    """The address that a request came from, `trusted_proxies` reverse proxies away.

    Each proxy appends the address it saw to X-Forwarded-For, so only the last
    `trusted_proxies` entries are believed. IPv6 clients count by their /64 network.
    """
    peer = scope["client"][0] if scope.get("client") else ""
    address = peer
    if trusted_proxies:
        forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
        chain = [part.strip() for part in forwarded if part.strip()]
        address = chain[-trusted_proxies] if len(chain) >= trusted_proxies else peer
    try:
        ip = ip_address(address)
    except ValueError:
        return peer
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or ip_network(f"{ip}/64", strict=False).network_address)
    return str(ip)


def origin_allowed(origin: str | None, host: str, allowed: Iterable[str]) -> bool:
    """Whether a page of `origin` may call the service that runs on `host` (`name:port`).

    No origin means that no page asked; an opaque origin (`null`) is never allowed.
    """
    if origin is None or origin in allowed:
        return True
    return origin != "null" and urlsplit(origin).netloc == host


class Limiter:
    """Counts what each client asks; thread-safe, in memory."""

    def __init__(self, rate: str) -> None:
        self._items = parse_many(rate)
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)

    def wait(self, client: str, *, kind: str = "ask", factor: int = 1) -> int:
        """Count one request: 0 where it may pass, else seconds to wait (rounded up)."""
        for item in self._items:
            counted = _times(item, factor)
            if not self._limiter.hit(counted, kind, client):
                reset = self._limiter.get_window_stats(counted, kind, client).reset_time
                return max(1, int(reset - time.time()) + 1)
        return 0


def _times(item: RateLimitItem, factor: int) -> RateLimitItem:
    return type(item)(item.amount * factor, item.multiples)


class SecurityHeaders:
    """Adds the headers; gives the chat's page a strict CSP with a nonce of its own.

    A response that brings its own policy keeps it.
    """

    def __init__(self, app: ASGIApp, allowed_origins: tuple[str, ...]) -> None:
        self.app = app
        self.ancestors = " ".join(("'self'", *allowed_origins))

    def policy(self, nonce: str) -> str:
        """The policy of the chat's page; the framework sets inline styles."""
        return (
            f"default-src 'self'; script-src 'self' 'nonce-{nonce}';"
            " style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
            " font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self';"
            f" form-action 'self'; frame-ancestors {self.ancestors}"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if "text/html" in Headers(scope=scope).get("accept", ""):
            # A compressed page could not be given its nonce.
            kept = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]
            scope = {**scope, "headers": kept}
        nonce = secrets.token_urlsafe(16)
        held: Message | None = None
        body = b""

        async def add(message: Message) -> None:
            nonlocal held, body
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in COMMON_HEADERS.items():
                    headers.setdefault(name, value)
                own_policy = "content-security-policy" in headers
                headers.setdefault("Content-Security-Policy", self.policy(nonce))
                if headers.get("content-type", "").startswith("text/html") and not own_policy:
                    headers["Cache-Control"] = "no-store"
                    held = message
                    return
            elif held is not None:
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                page = _SCRIPT.sub(b'<script nonce="%s"' % nonce.encode(), body)
                MutableHeaders(scope=held)["Content-Length"] = str(len(page))
                await send(held)
                message = {"type": "http.response.body", "body": page}
                held = None
            await send(message)

        await self.app(scope, receive, add)


class Gate:
    """Closes what the chat framework opens, refuses foreign origins, large bodies and floods."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        limiter: Limiter,
        allowed_origins: tuple[str, ...],
        max_body_bytes: int,
        trusted_proxies: int,
    ) -> None:
        self.app = app
        self.limiter = limiter
        self.allowed_origins = allowed_origins
        self.max_body_bytes = max_body_bytes
        self.trusted_proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if refused := self._refuse(scope):
            await refused(scope, receive, send)
            return
        await self._limited(scope, receive, send)

    def _refuse(self, scope: Scope) -> JSONResponse | None:
        path, headers = _path(scope), Headers(scope=scope)
        if _GRADIO_CLOSED.match(path) and not _GRADIO_OPEN.fullmatch(path):
            return refusal(headers, 404, "not_found", NOT_FOUND)
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return None
        if not origin_allowed(headers.get("origin"), headers.get("host", ""), self.allowed_origins):
            return refusal(headers, 403, "origin_refused", _FOREIGN)
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self.max_body_bytes:
            return self._too_large(headers)
        wait, client = 0, client_address(scope, self.trusted_proxies)
        if _API_POST.fullmatch(path):
            kind = "feedback" if path.endswith("feedback") else "ask"
            wait = self.limiter.wait(client, kind=kind)
        elif _GRADIO_POST.match(path):
            wait = self.limiter.wait(client, kind="event", factor=EVENTS_PER_QUESTION)
        if wait:
            said = Said(
                f"提问过于频繁，请 {wait} 秒后再试。",
                f"Too many questions. Please try again in {wait} s.",
            )
            return refusal(headers, 429, "rate_limited", said, {"Retry-After": str(wait)})
        return None

    def _too_large(self, headers: Headers) -> JSONResponse:
        most = self.max_body_bytes
        said = Said(
            f"请求正文过大，最多 {most} 字节。",
            f"The request body is too large: {most} bytes at most.",
        )
        return refusal(headers, 413, "too_large", said, {"Connection": "close"})

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a body that names no length, and stop reading it where it grows too large."""
        received, started, over = 0, False, False

        async def counted() -> Message:
            nonlocal received, over
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > self.max_body_bytes:
                    over = True
                    raise _TooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            if over:
                return  # what the application makes of the broken body
            started = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except Exception:
            if not over:
                raise
        if over and not started:
            await self._too_large(Headers(scope=scope))(scope, receive, send)


class _TooLarge(Exception):
    """A body without a length that is larger than allowed."""


def _path(scope: Scope) -> str:
    """The path as routed, without the language prefix of the chat and doubled slashes."""
    path = re.sub(r"/{2,}", "/", scope["path"])
    return path.removeprefix("/en") if path.startswith("/en/") else path
