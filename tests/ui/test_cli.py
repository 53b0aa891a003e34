"""The command `mingbai` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.answer import Answer
from assistant.pipeline import Assistant
from corpus.settings import Settings
from ui import cli
from ui.schemas import AnswerBody

QUESTION = "企业不按规定提取职工教育培训经费会怎样？"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, index_settings: Settings) -> None:
    monkeypatch.setenv("MINGBAI_INDEX_DIR", str(index_settings.index_dir.resolve()))


@pytest.fixture(autouse=True)
def shared(monkeypatch: pytest.MonkeyPatch, assistant: Assistant) -> None:
    """The assistant that is open already; opening it is tested by itself."""
    monkeypatch.setattr(cli, "open_assistant", lambda settings, **_: assistant)


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        cli.main(list(argv))
    out, err = capsys.readouterr()
    return int(stopped.value.code or 0), out, err


def test_an_answer_for_reading(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "ask", QUESTION, "--audience", "enterprise")
    assert code == 0
    assert "[1]" in out
    assert "依据" in out
    assert "plan-2024#11" in out


def test_a_clean_refusal_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "ask", "明天乌鲁木齐会下雪吗？", "--json")
    assert code == 0
    assert json.loads(out)["citations"] == []


def test_json_is_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "ask", QUESTION, "--json")
    assert (code, err) == (0, "")
    [line] = out.splitlines()
    AnswerBody.model_validate(json.loads(line))


def test_batch_from_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    rows = [{"id": 1, "question": QUESTION}, {"id": "b", "question": "x" * 600}]
    file.write_text("\n".join(json.dumps(row) for row in rows) + "\n{oops\n", "utf-8")
    code, out, err = run(capsys, "ask", "--batch", str(file))
    assert code == 1
    answers = [json.loads(line) for line in out.splitlines()]
    assert [answer["id"] for answer in answers] == [1, "b", None]
    assert answers[0]["status"] == "answered"
    assert answers[1]["status"] == "blocked"
    assert "第 3 行" in err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["ask"], "--batch"),
        (["ask", "a", "--batch", "-"], "二者选一"),
        (["ask", "a", "b"], "用法不对"),
        (["ask", "a", "--audience", "all"], "--audience"),
        (["ask", "--bach", "x"], "是不是想写 --batch"),
        (["ask", "--batch", "no-such-file"], "no-such-file"),
        (["serve", "--port", "x"], "--port"),
        (["serve", "--port", "70000"], "--port"),
        (["clause"], "缺少参数 ID"),
        (["clause", "plan-2024#111"], "plan-2024#11"),
        (["nothing"], "没有命令 nothing"),
    ],
)
def test_bad_usage(capsys: pytest.CaptureFixture[str], argv: list[str], words: str) -> None:
    code, out, err = run(capsys, *argv)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_bad_settings(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGBAI_PORT", "many")
    code, _, err = run(capsys, "ask", "x")
    assert code == 2
    assert "MINGBAI_PORT" in err


def test_a_failure_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(settings: Settings, **_: object) -> Answer:
        raise RuntimeError("磁盘坏了")

    monkeypatch.setattr(cli, "open_assistant", fail)
    code, out, err = run(capsys, "ask", "x")
    assert (code, out) == (1, "")
    assert "磁盘坏了" in err
    assert "Traceback" not in err


def test_clause(capsys: pytest.CaptureFixture[str], assistant: Assistant) -> None:
    code, out, _ = run(capsys, "clause", "plan-2024#三(二)")
    assert code == 0
    assert assistant.library.clauses["plan-2024#三(二)"].text in out


def test_documents(capsys: pytest.CaptureFixture[str], assistant: Assistant) -> None:
    code, out, _ = run(capsys, "documents", "--json")
    assert code == 0
    listed = [json.loads(line)["id"] for line in out.splitlines()]
    assert sorted(listed) == sorted(document.id for document in assistant.library.documents)
    documents = assistant.library.by_id
    ranks = [documents[name].rank.order for name in listed]
    assert ranks == sorted(ranks)
    code, out, _ = run(capsys, "documents")
    assert code == 0
    assert all(word in out for word in ("职业教育法", "行政法规", "现行", "企业、学校"))


def test_index_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "index")
    assert code == 0
    assert "索引已是最新" in out


def test_help_in_two_languages(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["--help"], ["ask", "--help"], ["serve", "--help"]):
        code, out, _ = run(capsys, *argv)
        assert code == 0
        assert any("\u4e00" <= char <= "\u9fff" for char in out)


@pytest.mark.slow
def test_the_installed_command_from_a_pipe(index_settings: Settings, tmp_path: Path) -> None:
    """Index, model and output as they are, in a folder of the user's own."""
    environment = os.environ | {"MINGBAI_INDEX_DIR": str(index_settings.index_dir.resolve())}
    rows = json.dumps({"id": "p", "question": QUESTION}) + "\n"
    done = subprocess.run(
        [str(Path(sys.executable).with_name("mingbai")), "ask", "--batch", "-"],
        input=rows.encode(),
        capture_output=True,
        cwd=tmp_path,
        env=environment,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr.decode()
    [answer] = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert answer["id"] == "p"
    assert answer["status"] == "answered"


def test_a_taken_port_is_told(index_settings: Settings) -> None:
    import socket

    from ui.server import run as serve

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert serve(index_settings.model_copy(update={"port": port})) == 1
