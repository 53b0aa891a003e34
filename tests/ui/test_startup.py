"""What happens between the start and the first question."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from fastapi.testclient import TestClient

from corpus.settings import Settings
from ui.desk import Desk, NotReady, OpeningFailed, Stage
from ui.server import create_app


def test_nothing_on_the_way_to_the_first_response_imports_torch() -> None:
    code = (
        "import sys; from corpus.settings import Settings; from ui.server import create_app\n"
        "create_app(Settings()); print([m for m in ('torch', 'chromadb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240)
    assert done.stdout.strip() == "[]", done.stderr


class Slow:
    """An opener that waits to be told to go on."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.go = threading.Event()
        self.failure = failure

    def __call__(self, settings: Settings, *, progress, on_problem) -> Slow:  # type: ignore[no-untyped-def]
        progress("计算向量", 3, 10)
        self.go.wait(30)
        if self.failure:
            raise self.failure
        return self

    library = None

    def warm_up(self) -> None:
        """Nothing to load."""


def _finish(desk: Desk) -> None:
    desk.start()
    assert desk._thread is not None
    desk._thread.join(30)


def test_alive_at_once_ready_later() -> None:
    opener = Slow()
    desk = Desk(Settings(), opener=opener)  # type: ignore[arg-type]
    with TestClient(create_app(Settings(), desk)) as http:
        desk.start()
        while desk.state.total != 10:
            pass
        assert http.get("/healthz").json() == {"status": "ok"}
        waiting = http.get("/readyz", headers={"Accept-Language": "zh-CN,en;q=0.5"})
        assert waiting.status_code == 503
        assert waiting.json() == {
            "status": "indexing",
            "detail": "正在更新索引：计算向量",
            "done": 3,
            "total": 10,
        }
        asked = http.post("/api/v1/ask", json={"question": "企业？"})
        assert asked.status_code == 503
        assert asked.json()["error"]["code"] == "not_ready"
        assert asked.headers["retry-after"]
        assert http.get("/documents").status_code == 503
        opener.go.set()
        _finish(desk)
        assert http.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (OpeningFailed("模型无法加载。"), "模型无法加载。"),
        (ValueError("secret path"), "ValueError"),
    ],
)
def test_a_failed_start_is_told(failure: Exception, words: str) -> None:
    opener = Slow(failure)
    opener.go.set()
    desk = Desk(Settings(), opener=opener)  # type: ignore[arg-type]
    _finish(desk)
    assert desk.state.stage is Stage.FAILED
    assert words in desk.state.detail.zh
    assert words in desk.state.detail.en
    assert "secret" not in desk.state.detail.zh + desk.state.detail.en
    with pytest.raises(NotReady):
        _ = desk.assistant
