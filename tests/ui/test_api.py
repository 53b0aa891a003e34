"""The HTTP API over real HTTP, index and model."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from assistant.answer import Turn
from assistant.pipeline import Assistant
from corpus.settings import Settings
from ui.schemas import AnswerBody

QUESTION = "企业不按规定提取职工教育培训经费会怎样？"


def events(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def timeless(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "timings_ms"}


def test_ask_gives_the_published_contract(site: str, assistant: Assistant) -> None:
    body = {"question": QUESTION, "audience": "enterprise", "id": "q1"}
    answer = httpx.post(f"{site}/api/v1/ask", json=body, timeout=60)
    assert answer.status_code == 200
    AnswerBody.model_validate(answer.json())
    expected = assistant.ask(QUESTION, "enterprise", id="q1").to_json()
    assert timeless(answer.json()) == timeless(json.loads(json.dumps(expected)))
    for citation in answer.json()["citations"]:
        assert citation["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_history_is_used(site: str, assistant: Assistant) -> None:
    first = assistant.ask(QUESTION)
    history = [{"question": QUESTION, "answer": first.answer}]
    answer = httpx.post(
        f"{site}/api/v1/ask", json={"question": "依据是什么？", "history": history}, timeout=60
    ).json()
    expected = assistant.ask("依据是什么？", None, [Turn(QUESTION, first.answer)])
    assert answer["answer"] == expected.answer


def test_stream_tells_each_sentence_and_then_all(site: str) -> None:
    with httpx.stream(
        "POST", f"{site}/api/v1/ask/stream", json={"question": QUESTION}, timeout=60
    ) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        told = events(response.read().decode())
    names = [name for name, _ in told]
    assert names[0] == "status"
    assert names[-1] == "done"
    whole = told[-1][1]
    assert [data for name, data in told if name == "sentence"] == whole["claims"]
    assert [data for name, data in told if name == "citation"] == whole["citations"]
    assert whole["claims"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{", 422, "JSON"),
        (b"[]", 422, "对象"),
        (b"{}", 422, "question"),
        (b'{"question": ""}', 422, "不能为空"),
        (b'{"question": 3}', 422, "应为文字"),
        (b'{"question": "a", "audience": "x"}', 422, "audience"),
        (b'{"question": "a", "extra": 1}', 422, "extra"),
        (json.dumps({"question": "a" * 501}).encode(), 422, "500"),
        (b'{"question": "' + b"a" * 70_000 + b'"}', 413, "字节"),
    ],
)
@pytest.mark.parametrize("path", ["ask", "ask/stream"])
def test_bad_requests_are_told_what_is_wrong(
    site: str, path: str, body: bytes, status: int, words: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(f"{site}/api/v1/{path}", content=body, headers=headers)
    assert answer.status_code == status
    assert words in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("language", "zh", "en"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", True, False),
        ("en-GB", False, True),
        ("fr, en;q=0.5, zh;q=0.1", False, True),
        ("en;q=x, zh;q=0.2", True, False),
        ("fr", True, True),
        ("", True, True),
    ],
)
def test_errors_are_told_in_the_language_preferred(
    site: str, language: str, zh: bool, en: bool
) -> None:
    headers = {"Accept-Language": language, "Content-Type": "application/json"}
    for body in (b'{"question": ""}', b'{"question": "' + b"a" * 70_000 + b'"}', b"{"):
        answer = httpx.post(f"{site}/api/v1/ask", content=body, headers=headers)
        message = answer.json()["error"]["message"]
        assert ("请求" in message, "equest" in message) == (zh, en), message


@pytest.mark.parametrize("path", ["/nothing", "/en/nothing", "/export/zh/forged.md", "/api/v1/no"])
def test_people_get_a_page_where_nothing_is(site: str, path: str) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    answer = httpx.get(site + path, headers=headers)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "There is no such" in answer.text
    assert httpx.get(site + path).json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/ask", "/api/"])
def test_unknown_addresses_and_methods(site: str, path: str) -> None:
    answer = httpx.get(f"{site}{path}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_clause_with_its_neighbours(site: str) -> None:
    clause = httpx.get(f"{site}/api/v1/clauses/{quote('plan-2024#11', safe='')}").json()
    assert clause["id"] == "plan-2024#11"
    assert clause["text"].startswith("11、强化企业职工在岗教育培训")
    assert clause["heading_path"][0].startswith("二、")
    assert (clause["previous"]["id"], clause["next"]["id"]) == ("plan-2024#10", "plan-2024#12")
    assert clause["document"]["validity"] == "现行"
    redacted = {clause["text"][start:end] for start, end in clause["redactions"]}
    assert redacted == {"X%"}
    assert httpx.get(f"{site}{clause['url']}").status_code == 200


def test_neighbours_pass_over_headings(site: str) -> None:
    clause = httpx.get(f"{site}/api/v1/clauses/plan-2024%2312").json()
    assert clause["previous"]["id"] == "plan-2024#11"


def test_unknown_clause(site: str) -> None:
    answer = httpx.get(f"{site}/api/v1/clauses/plan-2024%2399")
    assert answer.status_code == 404
    assert "plan-2024#99" in answer.json()["error"]["message"]


def test_documents_are_filtered(site: str) -> None:
    def ids(**query: str) -> set[str]:
        found = httpx.get(f"{site}/api/v1/documents", params=query).json()["documents"]
        return {document["id"] for document in found}

    everything = ids()
    assert {"plan-2024", "职业教育法", "财税〔2018〕51号"} <= everything
    assert ids(kind="plan") == {"plan-2024"}
    assert "职业教育法" in ids(kind="statute") < everything
    assert ids(q="51号") == {"财税〔2018〕51号"}
    assert ids(validity="已废止", q="没有这样的文件") == set()
    assert httpx.get(f"{site}/api/v1/documents?kind=x").status_code == 422


def test_feedback_is_stored_masked(site: str, feedback_file: Path) -> None:
    body = {"rating": "down", "question": QUESTION, "reason": "请打13812345678", "clauses": ["a#1"]}
    stored = httpx.post(f"{site}/api/v1/feedback", json=body).json()
    assert stored["stored"] is True
    with sqlite3.connect(feedback_file) as database:
        row = database.execute(
            "SELECT rating, reason, clauses FROM feedback WHERE reason LIKE '请打%'"
        ).fetchone()
    assert row == ("down", "请打〔电话〕", "a#1")


def test_cors_names_listed_origins_only(site: str, desk_settings: Settings) -> None:
    [listed] = desk_settings.allowed_origins
    preflight = {"Access-Control-Request-Method": "POST"}
    for origin, allowed in ((listed, listed), ("https://evil.example", None)):
        headers = {"Origin": origin, **preflight}
        answer = httpx.options(f"{site}/api/v1/ask", headers=headers)
        assert answer.headers.get("access-control-allow-origin") == allowed
        page = httpx.get(f"{site}/", headers={"Origin": origin, "Host": "mingbai.example"})
        assert page.headers.get("access-control-allow-origin") == allowed
        assert "access-control-allow-credentials" not in page.headers


def test_openapi_describes_every_api_route(site: str) -> None:
    described = httpx.get(f"{site}/api/openapi.json").json()["paths"]
    assert {
        "/api/v1/ask",
        "/api/v1/ask/stream",
        "/api/v1/clauses/{clause_id}",
        "/api/v1/documents",
        "/api/v1/feedback",
        "/healthz",
        "/readyz",
    } <= set(described)


def test_pages_refer_to_no_other_host(site: str) -> None:
    for path in ("/", "/en/", "/documents", "/documents/plan-2024"):
        page = httpx.get(f"{site}{path}", headers={"Accept": "text/html"})
        assert page.status_code == 200
        for attribute in ("src", "href"):
            assert f'{attribute}="http' not in page.text
            assert f'{attribute}="//' not in page.text


def test_pages_come_compressed_and_event_streams_do_not(site: str) -> None:
    headers = {"Accept": "text/html", "Accept-Encoding": "gzip"}
    for path in ("/", "/documents/plan-2024", "/static/chat.css"):
        assert httpx.get(site + path, headers=headers).headers["content-encoding"] == "gzip"
    question = {"question": "企业不按规定提取职工教育培训经费会怎样？"}
    stream = httpx.post(f"{site}/api/v1/ask/stream", json=question, headers=headers)
    assert "content-encoding" not in stream.headers
