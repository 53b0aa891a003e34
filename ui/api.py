"""The HTTP API, version 1."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, Literal

import anyio
from anyio import CapacityLimiter
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException

from assistant.answer import Answer, Turn
from corpus.document import Audience, Kind, Validity
from corpus.language import Lang, Said
from corpus.library import Library
from corpus.settings import Settings
from ui.desk import Desk, NotReady, Stage
from ui.feedback import Feedback, FeedbackStore
from ui.pages import notice
from ui.refusals import INTERNAL, NOT_FOUND, Refused, preferred, refusal, wants_page
from ui.schemas import (
    AnswerBody,
    AskBody,
    ClauseBody,
    DocumentBody,
    DocumentsBody,
    ErrorBody,
    FeedbackBody,
    StoredBody,
)
from ui.search import filter_documents

log = logging.getLogger(__name__)
PING_SECONDS = 10
# Answering is work for the processor: more at a time would only make each slower. Waiting for a
# language model is not.
WORKERS = 4
WORKERS_WAITING = 16

_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody, "description": description}
    for status, description in {
        403: "来源未获准",
        413: "请求正文过大",
        422: "请求内容不对",
        429: "提问过于频繁，见 Retry-After",
        503: "服务尚未就绪",
    }.items()
}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody, "description": "没有找到"}}


_NOT_STORED = Said(
    "评价没有保存成功，请稍后再试。",
    "The feedback could not be stored. Please try again later.",
)


class AskService:
    """Asks the assistant from the event loop, a few questions at a time."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._workers: CapacityLimiter | None = None

    async def ask(
        self, question: str, audience: str | None, history: list[Turn], id: str | None = None
    ) -> Answer:
        """Answer in a worker thread.

        Raises NotReady.
        """
        assistant = self.desk.assistant
        return await anyio.to_thread.run_sync(
            lambda: assistant.ask(question, audience, history, id=id), limiter=self._limiter
        )

    async def answers(
        self, question: str, audience: str | None, history: list[Turn], id: str | None = None
    ) -> AsyncGenerator[Answer]:
        """The answer as far as it is verified, again with each sentence; the last is whole.

        Raises NotReady.
        """
        told = self.desk.assistant.stream(question, audience, history, id=id)
        try:
            while True:
                answer = await anyio.to_thread.run_sync(next, told, None, limiter=self._limiter)
                if answer is None:
                    return
                yield answer
        finally:
            told.close()

    @property
    def _limiter(self) -> CapacityLimiter:
        if self._workers is None:
            writes = self.desk.settings.composer == "generative"
            self._workers = CapacityLimiter(WORKERS_WAITING if writes else WORKERS)
        return self._workers


def _event(name: str, data: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=name)


async def answer_events(
    service: AskService, body: AskBody, lang: Lang | None = None
) -> AsyncIterator[ServerSentEvent]:
    """The events of one answer: status, then sentence and citation, then done; or error."""
    yield _event("status", {"stage": "searching"})
    whole: dict[str, Any] = {}
    marks: set[int] = set()
    try:
        turns = [Turn(turn.question, turn.answer) for turn in body.history]
        answers = service.answers(body.question, body.audience, turns, body.id)
        async with aclosing(answers):
            async for answer in answers:
                said = len(whole.get("claims", ()))
                if not whole:
                    stage = {"stage": "answering", "status": answer.status.value}
                    yield _event("status", stage | {"understood": answer.understood})
                whole = answer.to_json()
                for claim in whole["claims"][said:]:
                    yield _event("sentence", claim)
                    for citation in whole["citations"]:
                        if citation["n"] in claim["citations"] and citation["n"] not in marks:
                            marks.add(citation["n"])
                            yield _event("citation", citation)
    except NotReady as error:
        yield _event("error", {"code": "not_ready", "message": error.said.in_(lang)})
        return
    except Exception:
        log.exception("a question could not be answered")
        yield _event("error", {"code": "internal", "message": INTERNAL.in_(lang)})
        return
    yield _event("done", whole)


def router(settings: Settings, desk: Desk, service: AskService, store: FeedbackStore) -> APIRouter:
    """`/api/v1/*`."""
    routes = APIRouter(prefix="/api/v1")

    def check(body: AskBody) -> None:
        if len(body.question) > settings.max_question_chars:
            limit = settings.max_question_chars
            said = Said(
                f"问题过长，最多 {limit} 个字。",
                f"The question is too long: {limit} characters at most.",
            )
            raise Refused(422, "too_long", said)
        _ = desk.assistant

    def library() -> Library:
        if (corpus := desk.library) is None:
            raise NotReady(desk.state.detail)
        return corpus

    @routes.post("/ask", summary="提问", responses={200: {"model": AnswerBody}, **_ERRORS})
    async def ask(body: AskBody) -> JSONResponse:
        """回答一个问题；JSON 格式与命令行 `mingbai ask --json` 相同。"""
        check(body)
        turns = [Turn(turn.question, turn.answer) for turn in body.history]
        answer = await service.ask(body.question, body.audience, turns, body.id)
        return JSONResponse(answer.to_json(), headers={"Cache-Control": "no-store"})

    @routes.post(
        "/ask/stream",
        summary="提问，逐句返回",
        response_class=EventSourceResponse,
        responses={
            200: {
                "content": {"text/event-stream": {}},
                "description": "事件 status、sentence、citation、done、error；"
                "done 的数据与 /ask 的返回相同，error 的数据为 {code, message}",
            },
            **_ERRORS,
        },
    )
    async def ask_stream(body: AskBody, request: Request) -> Response:
        """回答一个问题，以服务器推送事件（SSE）逐句返回。"""
        check(body)
        return EventSourceResponse(
            answer_events(service, body, preferred(request.headers)),
            ping=PING_SECONDS,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @routes.get("/documents", summary="文件列表", responses={503: _ERRORS[503]})
    def documents(
        q: str = "",
        kind: Kind | None = None,
        audience: Audience | None = None,
        validity: Validity | None = None,
    ) -> DocumentsBody:
        """收录的文件，可按关键词、种类、对象、效力筛选。"""
        found = filter_documents(library().catalogue, q, kind, audience, validity)
        return DocumentsBody(documents=[DocumentBody.of(document) for document in found])

    @routes.get(
        "/clauses/{clause_id:path}",
        summary="条款",
        responses={**_NOT_FOUND, 503: _ERRORS[503]},
    )
    def clause(clause_id: str) -> ClauseBody:
        """一条条款的全文及其所在文件；编号中的 # 要写成 %23。"""
        corpus = library()
        found = corpus.clauses.get(clause_id)
        if found is None:
            name = clause_id[:100]
            said = Said(f"没有编号为“{name}”的条款。", f"There is no clause “{name}”.")
            raise Refused(404, "not_found", said)
        return ClauseBody.of(found, corpus.document_of(found))

    @routes.post("/feedback", summary="评价回答", responses=_ERRORS)
    def feedback(body: FeedbackBody) -> StoredBody:
        """评价一个回答；其中的电话、证件号和邮箱会先遮盖再保存。"""
        try:
            token = store.add(
                Feedback(
                    rating=body.rating,
                    question=body.question,
                    answer=body.answer,
                    reason=body.reason,
                    audience=body.audience,
                    clauses=tuple(body.clauses),
                ),
                body.replaces,
            )
        except (sqlite3.Error, OSError) as error:
            log.error("feedback could not be stored: %s", error)
            raise Refused(503, "not_stored", _NOT_STORED) from error
        return StoredBody(token=token)

    return routes


def nothing_else() -> APIRouter:
    """Every other address below `/api`, which the chat at `/` would answer otherwise."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/api/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def nothing(rest: str) -> None:
        raise HTTPException(404)

    return routes


def health(desk: Desk) -> APIRouter:
    """`/healthz` (the process lives) and `/readyz` (questions are answered)."""
    routes = APIRouter()

    @routes.get("/healthz", summary="存活")
    async def healthz() -> dict[Literal["status"], Literal["ok"]]:
        """进程在运行。"""
        return {"status": "ok"}

    @routes.get("/readyz", summary="就绪", responses={503: {"description": "尚未就绪"}})
    async def readyz(request: Request) -> JSONResponse:
        """可以回答问题；尚未就绪时为 503，并说明进度。"""
        state = desk.state
        body = {
            "status": state.stage.value,
            "detail": state.detail.in_(preferred(request.headers)),
            "done": state.done,
            "total": state.total,
        }
        ready = state.stage is Stage.READY
        return JSONResponse(body, 200 if ready else 503, {"Cache-Control": "no-store"})

    return routes


_REASONS = {
    "missing": Said("缺少这一项", "is missing"),
    "extra_forbidden": Said("没有这一项", "is not a known field"),
    "string_type": Said("应为文字", "must be text"),
    "string_too_short": Said("不能为空", "must not be empty"),
    "string_too_long": Said("过长", "is too long"),
    "too_long": Said("过多", "has too many entries"),
    "list_type": Said("应为列表", "must be a list"),
    "literal_error": Said("取值不在允许范围内", "is not one of the allowed values"),
    "enum": Said("取值不在允许范围内", "is not one of the allowed values"),
    "model_attributes_type": Said("应为 JSON 对象", "must be a JSON object"),
}
_NOT_JSON = Said("请求内容不是合法的 JSON。", "The request body is not valid JSON.")


def _invalid(error: RequestValidationError) -> Said:
    detail = error.errors()[0]
    if detail["type"] == "json_invalid":
        return _NOT_JSON
    place = ".".join(str(part) for part in detail["loc"][1:] if isinstance(part, str | int))[:100]
    reason = _REASONS.get(detail["type"], Said("取值不对", "has a bad value"))
    return Said(
        f"请求内容不对：{place + ' ' if place else ''}{reason.zh}。",
        f"Bad request: {place or 'the body'} {reason.en}.",
    )


_KNOWN = {
    404: ("not_found", NOT_FOUND),
    405: ("method", Said("不支持这种请求方法。", "This method is not supported.")),
}


async def missing(request: Request, error: Exception) -> Response:
    """What stands in for a page or an endpoint that does not exist."""
    return refused(request, Refused(404, "not_found", NOT_FOUND))


def refused(request: Request, error: Refused, headers: dict[str, str] | None = None) -> Response:
    """A page for a person's browser, JSON for a program."""
    if wants_page(request):
        return notice(request, error.status, error.said, headers)
    return refusal(request.headers, error.status, error.code, error.said, headers)


def install_errors(app: FastAPI) -> None:
    """Give every error of the application's own routes the same form."""

    @app.exception_handler(Refused)
    async def own(request: Request, error: Refused) -> Response:
        return refused(request, error)

    @app.exception_handler(NotReady)
    async def not_ready(request: Request, error: NotReady) -> Response:
        said = Said(
            f"服务尚未就绪：{error.said.zh}", f"The service is not ready yet: {error.said.en}"
        )
        return refused(request, Refused(503, "not_ready", said), {"Retry-After": "5"})

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return refused(request, Refused(422, "invalid", _invalid(error)))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        plain = Said(str(error.detail), str(error.detail))
        code, said = _KNOWN.get(error.status_code, ("http", plain))
        shown = Refused(error.status_code, code, said)
        return refused(request, shown, dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def internal(request: Request, error: Exception) -> Response:
        return refused(request, Refused(500, "internal", INTERNAL))
