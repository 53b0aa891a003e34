"""The plain sheet's pages: a form, its result, and the result as a file. Needs no script."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from assistant.profile import KINDS, Profile, ProfileError
from assistant.sheet import Cited, Sheet
from assistant.sheet import sheet as make_sheet
from corpus import tables
from corpus.language import Lang, Said
from corpus.library import Library
from corpus.settings import Settings
from corpus.tables import Tables
from ui.desk import Desk
from ui.links import quote_url
from ui.pages import notice, waiting, words_of
from ui.security import Limiter, client_address
from ui.sheet_profile import from_form
from ui.sheet_render import FORMATS, SheetFormatError, environment

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)


_WAIT: Final = Said("请稍候", "Please wait")
_NO_FORMAT: Final = Said("无法生成此格式", "This format cannot be made")


def _query(profile: Profile, lang: Lang) -> str:
    """The profile as a query string, without the facts that are unknown."""
    known = {fact.name: answer for fact in profile.facts if (answer := profile.answer(fact))}
    spoken = {"lang": lang} if lang == "en" else {}
    return urlencode({"who": profile.who, **known, **spoken})


def _switched(request: Request, lang: Lang) -> str:
    """The page in its other language, with the facts that its address gives."""
    query = request.query_params
    who = query.get("who", "")
    names = ["who", *(fact.name for fact in KINDS[who].facts)] if who in KINDS else []
    given = {name: query[name] for name in names if name in query}
    other = {} if lang == "en" else {"lang": "en"}
    return f"{request.url.path}?{urlencode(given | other)}".rstrip("?")


@dataclass
class _TablesOf:
    """The tables of the library in use, loaded once; thread-safe."""

    _library: Library | None = None
    _tables: Tables | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, library: Library) -> Tables:
        with self._lock:
            if self._tables is None or self._library is not library:
                self._library, self._tables = library, tables.load(library)
            return self._tables


def router(settings: Settings, desk: Desk, limiter: Limiter) -> APIRouter:
    """`/sheet` (form), `/sheet/result` and `/sheet/mingbai.<format>`."""
    routes = APIRouter(include_in_schema=False)
    templates = Jinja2Templates(env=environment())
    tables_of = _TablesOf()
    # Laying out a PDF is long work for one processor: one at a time.
    pdf_lock = threading.Lock()

    def page(request: Request, name: str, status: int = 200, **values: object) -> HTMLResponse:
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
        say = words_of(request)
        values |= {"say": say, "other_lang": _switched(request, say.lang)}
        return templates.TemplateResponse(
            request, name, values, status_code=status, headers=headers
        )

    def form(request: Request, error: ProfileError | None = None) -> HTMLResponse:
        asked = request.query_params.get("who", "")
        who = asked if asked in KINDS else "enterprise"
        return page(
            request,
            "sheet_form.html",
            400 if error else 200,
            kinds=KINDS,
            who=who,
            facts=KINDS[who].facts,
            chosen=dict(request.query_params),
            problem=error.said.in_(words_of(request).lang) if error else "",
        )

    def sheet_of(profile: Profile, library: Library, lang: Lang) -> Sheet:
        return make_sheet(profile, tables_of(library), library, today=date.today(), lang=lang)

    @routes.get("/sheet", response_class=HTMLResponse)
    def sheet_form(request: Request) -> HTMLResponse:
        """The questions, with what the address already answers."""
        return form(request)

    @routes.get("/sheet/result", response_class=HTMLResponse)
    def result(request: Request) -> HTMLResponse:
        """The sheet on the screen, to read and to print."""
        try:
            profile = from_form(request.query_params)
        except ProfileError as error:
            return form(request, error)
        if desk.library is None:
            return waiting(request, desk.state.detail)
        lang = words_of(request).lang

        def address(cited: Cited) -> str:
            return quote_url(cited.clause_id, cited.document_id, cited.start, cited.end, lang)

        return page(
            request,
            "sheet_result.html",
            sheet=sheet_of(profile, desk.library, lang),
            query=_query(profile, lang),
            formats=FORMATS,
            link=address,
        )

    @routes.get("/sheet/mingbai.{suffix}")
    def file(request: Request, suffix: Literal["md", "docx", "pdf", "json"]) -> Response:
        """The sheet as a file."""
        try:
            profile = from_form(request.query_params)
        except ProfileError as error:
            return form(request, error)
        if desk.library is None:
            return waiting(request, desk.state.detail)
        client = client_address(request.scope, settings.trusted_proxies)
        if seconds := limiter.wait(client, kind="sheet"):
            said = Said(
                f"下载过于频繁，请 {seconds} 秒后再试。",
                f"Too many downloads. Please try again in {seconds} s.",
            )
            return notice(request, 429, said, {"Retry-After": str(seconds)}, _WAIT)
        sheet = sheet_of(profile, desk.library, words_of(request).lang)
        chosen = FORMATS[suffix]
        try:
            if suffix == "pdf":
                with pdf_lock:
                    body = chosen.make(sheet)
            else:
                body = chosen.make(sheet)
        except SheetFormatError as error:
            return notice(request, 501, error.said, title=_NO_FORMAT)
        name = f"mingbai-{profile.who}-{sheet.made_on:%Y%m%d}.{suffix}"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        }
        return Response(body, media_type=chosen.media_type, headers=headers)

    return routes
