"""What is said where something cannot be done: a sentence in Chinese and one in English."""

from __future__ import annotations

from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from corpus.language import Lang, Said


def preferred(headers: Headers) -> Lang | None:
    """The language that a request prefers (Accept-Language), of the two that are spoken."""
    best: Lang | None = None
    most = 0.0
    for part in headers.get("accept-language", "").lower().split(","):
        tag, _, weight = part.strip().partition(";q=")
        lang: Lang | None = "zh" if tag[:2] == "zh" else "en" if tag[:2] == "en" else None
        try:
            quality = float(weight or 1)
        except ValueError:
            continue
        if lang and quality > most:
            best, most = lang, quality
    return best


class Refused(Exception):
    """An answer other than success, with a code for programs and a sentence for people."""

    def __init__(self, status: int, code: str, said: Said) -> None:
        super().__init__(said.zh)
        self.status, self.code, self.said = status, code, said


def refusal(
    headers: Headers, status: int, code: str, said: Said, extra: dict[str, str] | None = None
) -> JSONResponse:
    """An error as the API gives it: `{"error": {"code", "message"}}`."""
    body = {"error": {"code": code, "message": said.in_(preferred(headers))}}
    return JSONResponse(body, status, {"Vary": "Accept-Language", **(extra or {})})


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks, not a program."""
    return "text/html" in request.headers.get("accept", "")


NOT_FOUND = Said("没有这个页面或接口。", "There is no such page or endpoint.")
INTERNAL = Said(
    "服务内部出错，请稍后再试。", "Something went wrong in the service. Please try again later."
)
