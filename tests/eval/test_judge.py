"""The optional judge against a real HTTP endpoint that speaks OpenAI's protocol."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from corpus.settings import Settings
from eval import run
from eval.judge import Judge, JudgeUnavailable
from eval.metrics import Quote, Statement

QUOTE = "每五年累计不少于6个月"
PROVED = Statement("累计不少于6个月[1]", (Quote(QUOTE, 0, len(QUOTE), QUOTE),))
DENIED = Statement("每年8个月", (Quote(QUOTE, 0, len(QUOTE), QUOTE),))
VAGUE = Statement("说不清", ())


@pytest.fixture
def endpoint() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    asked: list[dict[str, Any]] = []

    class Model(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(body)
            task = body["messages"][-1]["content"]
            said = "否。" if "8个月" in task else "是" if "6个月" in task else "也许"
            message = {"role": "assistant", "content": said}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
            reply = {"id": "x", "object": "chat.completion", "created": 0, "model": "judge"}
            payload = json.dumps({**reply, "choices": [choice], "usage": usage}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1", asked
    server.shutdown()
    server.server_close()


def judge_at(url: str) -> Judge:
    return Judge.of(Settings(llm_model="judge", llm_base_url=url, llm_api_key="k", llm_timeout=5))


def test_verdicts_are_counted_and_unclear_ones_left_out(
    endpoint: tuple[str, list[dict[str, Any]]],
) -> None:
    url, asked = endpoint
    judge = judge_at(url)
    assert judge.supports(PROVED) is True
    assert judge.supports(DENIED) is False
    assert judge.supports(VAGUE) is None
    assert judge.support([PROVED, DENIED, VAGUE]) == 0.5
    assert judge.support([VAGUE]) is None
    assert asked[0]["temperature"] == 0
    assert "[1]" not in asked[0]["messages"][-1]["content"]


def test_a_model_that_cannot_be_reached_says_so() -> None:
    with pytest.raises(JudgeUnavailable, match="没有应答"):
        judge_at("http://127.0.0.1:9/v1").supports(PROVED)


def test_without_a_model_the_judge_is_refused_before_anything_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MINGBAI_LLM_MODEL", raising=False)
    assert run.main(["answers", "--judge", "--dataset", "plan"]) == run.FAILED
    assert "llm_model" in capsys.readouterr().err
