"""What the server-rendered pages share: templates, language, notices."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from corpus.language import Said
from ui.refusals import preferred
from ui.words import Words

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'self'"
)


_CANNOT: Final = Said("无法显示", "This cannot be shown")
_TEMPLATES: Final = Jinja2Templates(directory=Path(__file__).parent / "templates")


def words_of(request: Request) -> Words:
    """The words in the language that the address names; Chinese where it names none."""
    return Words("en" if request.query_params.get("lang") == "en" else "zh")


def page(
    request: Request,
    name: str,
    status: int = 200,
    *,
    words: Words | None = None,
    headers: dict[str, str] | None = None,
    **values: object,
) -> HTMLResponse:
    """A page of the library or a notice: no script, no other host."""
    say = words or words_of(request)
    other = request.url.remove_query_params("lang")
    if say.lang == "zh":
        other = other.include_query_params(lang="en")
    values |= {"say": say, "other_lang": f"{other.path}?{other.query}".rstrip("?")}
    sent = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", **(headers or {})}
    return _TEMPLATES.TemplateResponse(request, name, values, status_code=status, headers=sent)


def notice(
    request: Request,
    status: int,
    said: Said,
    headers: dict[str, str] | None = None,
    title: Said = _CANNOT,
) -> HTMLResponse:
    """A page with one sentence, in the language of the address or else of the browser."""
    named = request.query_params.get("lang") == "en"
    words = Words("en" if named else preferred(request.headers) or "zh")
    return page(
        request,
        "library_notice.html",
        status,
        words=words,
        headers={"Cache-Control": "no-store", **(headers or {})},
        title=title.in_(words.lang),
        text=said.in_(words.lang),
    )


def waiting(request: Request, detail: Said) -> HTMLResponse:
    """A page that reloads until the library is open."""
    title = Said("正在准备", "Getting ready")
    return notice(request, 503, detail, {"Refresh": "3", "Retry-After": "5"}, title)
