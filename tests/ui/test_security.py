"""Addresses, origins, sizes, rates and headers."""

from __future__ import annotations

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.testclient import TestClient

from ui.security import EVENTS_PER_QUESTION, Gate, Limiter, SecurityHeaders, client_address

ALLOWED = "https://www.example.gov.cn"


def scope(peer: str, forwarded: str = "") -> dict[str, object]:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    return {"type": "http", "client": (peer, 1), "headers": headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "expected"),
    [
        ("10.0.0.1", "1.2.3.4", 0, "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", 1, "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", 2, "1.2.3.4"),
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", "no address", 1, "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", 0, "2001:db8:1:2::"),
        ("::ffff:1.2.3.4", "", 0, "1.2.3.4"),
    ],
)
def test_a_forged_header_does_not_change_the_address(
    peer: str, forwarded: str, proxies: int, expected: str
) -> None:
    assert client_address(scope(peer, forwarded), proxies) == expected


def test_each_client_has_a_limit_of_its_own() -> None:
    limiter = Limiter("2/minute")
    assert [limiter.wait("a") for _ in range(2)] == [0, 0]
    assert 0 < limiter.wait("a") <= 61
    assert limiter.wait("b") == 0


def client(rate: str = "100/minute") -> TestClient:
    app = FastAPI()

    @app.post("/api/v1/ask")
    async def ask(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    @app.post("/gradio_api/queue/join")
    async def join() -> PlainTextResponse:
        return PlainTextResponse("joined")

    @app.get("/{path:path}")
    def page(path: str) -> HTMLResponse:
        return HTMLResponse("<p>x</p><script src='a.js'></script><scripture>")

    app.add_middleware(
        Gate,
        limiter=Limiter(rate),
        allowed_origins=(ALLOWED,),
        max_body_bytes=2000,
        trusted_proxies=0,
    )
    app.add_middleware(SecurityHeaders, allowed_origins=(ALLOWED,))
    return TestClient(app, base_url="http://mingbai.test")


@pytest.mark.parametrize("origin", [None, ALLOWED, "http://mingbai.test"])
def test_own_and_listed_origins_may_ask(origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    assert client().post("/api/v1/ask", headers=headers).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{ALLOWED}.evil.example"])
def test_other_origins_are_refused(origin: str) -> None:
    answer = client().post("/api/v1/ask", headers={"Origin": origin})
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "origin_refused"


def test_a_large_body_is_refused_with_or_without_its_length() -> None:
    with client() as http:
        assert http.post("/api/v1/ask", content=b"x" * 2000).text == "2000"
        assert http.post("/api/v1/ask", content=b"x" * 2001).status_code == 413
        parts = iter([b"x" * 500] * 5)
        assert http.post("/api/v1/ask", content=parts).status_code == 413


def test_too_many_questions_are_told_when_to_come_back() -> None:
    http = client("3/minute")
    answers = [http.post("/api/v1/ask") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "秒" in answers[-1].json()["error"]["message"]
    events = [http.post("/gradio_api/queue/join") for _ in range(3 * EVENTS_PER_QUESTION + 1)]
    assert [event.status_code for event in events].count(200) == 3 * EVENTS_PER_QUESTION


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/info",
        "/gradio_api/openapi.json",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/proxy=http://a",
        "/gradio_api/run/predict",
        "/en/gradio_api/upload",
        "http://mingbai.test//gradio_api//upload",
        "/monitoring/summary",
        "/login",
    ],
)
def test_doors_that_the_framework_opens_are_closed(path: str) -> None:
    http = client()
    assert http.get(path).status_code == 404
    assert http.post(path).status_code == 404


def test_each_page_has_its_own_nonce() -> None:
    http = client()
    pages = [http.get("/", headers={"Accept": "text/html"}) for _ in range(2)]
    nonces = [page.text.split('nonce="')[1].split('"')[0] for page in pages]
    assert nonces[0] != nonces[1]
    for page, nonce in zip(pages, nonces, strict=True):
        policy = page.headers["content-security-policy"]
        assert f"script-src 'self' 'nonce-{nonce}';" in policy
        assert "unsafe-eval" not in policy
        assert f"frame-ancestors 'self' {ALLOWED}" in policy
        assert page.text.count("nonce=") == 1
        assert page.headers["x-content-type-options"] == "nosniff"
