"""The embeddable widget: its script, an iframe page, and a page that builds the snippet."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.templating import Jinja2Templates

from corpus.settings import Settings
from ui.pages import words_of
from ui.security import origin_allowed

_HERE = Path(__file__).parent
_STATIC = _HERE / "static"
_TEMPLATES = Jinja2Templates(directory=_HERE / "templates")
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
DEFAULT_COLOR: Final = "#1d5a96"

# Shown before the first question; each is answered from the plan, which is always there.
EXAMPLES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "zh-CN": {
        "enterprise": (
            "企业不按规定提取职工教育培训经费会怎样？",
            "企业可以用哪些方式参与职业学校办学？",
            "每批次力争有多少家企业进入自治区级培育名单？",
        ),
        "school": (
            "专业教师到企业实践五年累计要多久？",
            "申报新专业需要企业参与吗？",
            "职业学校办学条件达标的目标是多少？",
        ),
    },
    "en": {
        "enterprise": (
            "How may enterprises take part in running vocational schools?",
            "How does the plan support financing for enterprises?",
        ),
        "school": (
            "How long must teachers practise in enterprises every five years?",
            "How can schools recruit vocational teachers?",
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Options:
    """What a site may choose; anything else in a query falls back to the default.

    On the demo page, `lang` is the language of that page and `widget_lang` that of the widget.
    """

    audience: Literal["enterprise", "school"] = "enterprise"
    lang: Literal["zh-CN", "en"] = "zh-CN"
    color: str = DEFAULT_COLOR
    position: Literal["left", "right"] = "right"

    @classmethod
    def of(cls, request: Request) -> Options:
        """The options in a request's query."""
        query = request.query_params
        lang = query.get("widget_lang", query.get("lang"))
        color = query.get("color", "")
        return cls(
            audience="school" if query.get("audience") == "school" else "enterprise",
            lang="en" if lang == "en" else "zh-CN",
            color=color if _COLOR.fullmatch(color) else DEFAULT_COLOR,
            position="left" if query.get("position") == "left" else "right",
        )

    @property
    def query(self) -> str:
        """The options of the frame page as a query string."""
        return urlencode({"audience": self.audience, "lang": self.lang, "color": self.color})

    def switched(self, request: Request) -> str:
        """All options as the query string of the demo page in its other language."""
        named = {"widget_lang": self.lang} if request.query_params.get("widget_lang") else {}
        lang = {} if words_of(request).lang == "en" else {"lang": "en"}
        options = {"audience": self.audience, "color": self.color, "position": self.position}
        return urlencode(options | named | lang)

    @property
    def preview(self) -> str:
        """All options as a query string."""
        return f"{self.query}&{urlencode({'position': self.position})}"


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file with its compressed form and its entity tag."""

    body: bytes
    packed: bytes
    etag: str

    @classmethod
    def read(cls, name: str) -> Asset:
        """The file `name` of `ui/static`."""
        body = (_STATIC / name).read_bytes()
        return cls(
            body, gzip.compress(body, 9, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        )


@cache
def script() -> Asset:
    """The widget's script, compressed once."""
    return Asset.read("widget.js")


def address(request: Request, trusted_proxies: int) -> str:
    """The address of the service as visitors see it; a trusted proxy may have ended the TLS."""
    url = request.base_url
    if trusted_proxies and request.headers.get("x-forwarded-proto", "").strip() == "https":
        url = url.replace(scheme="https")
    return str(url).rstrip("/")


def router(settings: Settings) -> APIRouter:
    """`/widget.js`, `/widget/config`, `/widget/frame`, `/widget/demo`, `/widget/preview`."""
    routes = APIRouter(include_in_schema=False)

    def page(request: Request, name: str, *, outside: bool = False) -> HTMLResponse:
        """A page of ours; `outside` lets the allowed sites frame it."""
        options, say = Options.of(request), words_of(request)
        ancestors = " ".join(("'self'", *(settings.allowed_origins if outside else ())))
        return _TEMPLATES.TemplateResponse(
            request,
            name,
            {
                "options": options,
                "english": options.lang == "en",
                "say": say,
                "other_lang": f"{request.url.path}?{options.switched(request)}",
                "host": address(request, settings.trusted_proxies),
            },
            headers={
                "Content-Security-Policy": (
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    " connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none';"
                    f" frame-ancestors {ancestors}"
                ),
                "Cache-Control": "no-store",
            },
        )

    @routes.get("/widget.js")
    def widget_js(request: Request) -> Response:
        """The script; any site may load it, only listed ones get answers."""
        asset = script()
        headers = {
            "Cache-Control": "public, max-age=3600",
            "ETag": asset.etag,
            "Vary": "Accept-Encoding",
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
        if request.headers.get("if-none-match") == asset.etag:
            return Response(status_code=304, headers=headers)
        body = asset.body
        if "gzip" in request.headers.get("accept-encoding", ""):
            body = asset.packed
            headers["Content-Encoding"] = "gzip"
        return Response(body, media_type="text/javascript; charset=utf-8", headers=headers)

    @routes.get("/widget/config")
    def config(request: Request) -> JSONResponse:
        """Whether the asking origin may use the widget; if not, that and nothing else.

        Readable by every origin: a refused site could not tell a refusal from a
        lost connection otherwise.
        """
        origin = request.headers.get("origin")
        headers = {
            "Access-Control-Allow-Origin": "*",
            "Cache-Control": "no-store",
            "Vary": "Origin",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if not origin_allowed(origin, request.url.netloc, settings.allowed_origins):
            return JSONResponse({"allowed": False}, headers=headers)
        english = request.query_params.get("lang", "").startswith("en")
        return JSONResponse(
            {
                "allowed": True,
                "max_question_chars": settings.max_question_chars,
                "examples": EXAMPLES["en" if english else "zh-CN"],
            },
            headers=headers,
        )

    @routes.get("/widget/frame")
    def frame(request: Request) -> HTMLResponse:
        """The panel alone, for an iframe on a site that bans foreign scripts."""
        return page(request, "widget_frame.html", outside=True)

    @routes.get("/widget/preview")
    def preview(request: Request) -> HTMLResponse:
        """A sample page with the widget on it, shown inside the demo page."""
        return page(request, "widget_preview.html")

    @routes.get("/widget/demo")
    def demo(request: Request) -> HTMLResponse:
        """Choose the options, see the widget, copy the snippet."""
        return page(request, "widget_demo.html")

    return routes
