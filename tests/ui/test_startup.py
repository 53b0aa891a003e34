"""What happens between the start and the first question."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from corpus.language import Said
from corpus.settings import Settings
from index.build import IndexDamaged, open_index
from ui.desk import Desk, NotReady, OpeningFailed, Stage, open_assistant
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
        (OpeningFailed(Said("模型无法加载。", "No model.")), ("模型无法加载。", "No model.")),
        (ValueError("secret path"), ("ValueError", "ValueError")),
    ],
)
def test_a_failed_start_is_told(failure: Exception, words: tuple[str, str]) -> None:
    opener = Slow(failure)
    opener.go.set()
    desk = Desk(Settings(), opener=opener)  # type: ignore[arg-type]
    _finish(desk)
    assert desk.state.stage is Stage.FAILED
    assert words[0] in desk.state.detail.zh
    assert words[1] in desk.state.detail.en
    assert not re.search("[\u4e00-\u9fff]", desk.state.detail.en)
    assert "secret" not in desk.state.detail.zh + desk.state.detail.en
    with pytest.raises(NotReady):
        _ = desk.assistant


def test_why_the_index_cannot_be_used_is_said_in_both_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(index_dir=tmp_path)
    with pytest.raises(IndexDamaged) as none:
        open_index(settings)
    generation = tmp_path / "generations" / "g"
    generation.mkdir(parents=True)
    (tmp_path / "CURRENT").write_text("g")
    with pytest.raises(IndexDamaged) as damaged:
        open_index(settings)
    for caught in (none, damaged):
        # As it is told when even a rebuilt index cannot be opened.
        monkeypatch.setattr("index.build.refresh", Failing(caught.value))
        with pytest.raises(OpeningFailed) as told:
            open_assistant(settings)
        assert told.value.said.zh.startswith(caught.value.said.zh)
        assert told.value.said.en.startswith(caught.value.said.en)
        assert "mingbai index --force" in told.value.said.en
        assert not re.search("[\u4e00-\u9fff]", told.value.said.en)


class Failing:
    """A step that fails as told."""

    def __init__(self, failure: Exception) -> None:
        self.failure = failure

    def __call__(self, *args: object, **kwargs: object) -> None:
        raise self.failure
