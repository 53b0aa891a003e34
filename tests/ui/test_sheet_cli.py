"""`mingbai sheet` as it is run."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import docx
import pytest

ROOT = Path(__file__).parents[2]


def run(*args: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "ui.cli", "sheet", *map(str, args)]
    return subprocess.run(command, capture_output=True, cwd=ROOT, check=False)


@pytest.fixture(
    params=[
        ("p.json", '{"who": "school", "kind": "vocational", "sends_interns": true}'),
        ("p.toml", 'who = "school"\nkind = "vocational"\nsends_interns = true\n'),
        ("p.yaml", "who: school\nkind: vocational\nsends_interns: yes\n"),
    ],
    ids=["json", "toml", "yaml"],
)
def profile(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    name, text = request.param
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


def test_every_profile_format_gives_the_same_sheet(profile: Path) -> None:
    done = run("--profile", profile, "--format", "json")
    assert (done.returncode, done.stderr) == (0, b"")
    data = json.loads(done.stdout)
    assert dict(data["summary"])["是否组织学生到企业实习"] == "是"
    sure = [
        i["id"]
        for s in data["sections"]
        if s["fit"] == "适用"
        for g in s["groups"]
        for i in g["items"]
    ]
    assert {"intern-consent", "teacher-practice"} <= set(sure)


def test_writes_files_and_standard_output(tmp_path: Path) -> None:
    profile = tmp_path / "p.json"
    profile.write_text('{"who": "enterprise", "name": "甲公司"}', encoding="utf-8")
    out = tmp_path / "甲.docx"
    done = run("--profile", profile, "--format", "docx", "--out", out)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    paragraphs = docx.Document(io.BytesIO(out.read_bytes())).paragraphs
    assert "单位：甲公司" in [p.text for p in paragraphs]
    shown = run("--profile", profile).stdout.decode()
    assert shown.startswith("# 产教融合政策明白纸（企业）\n")
    assert "单位：甲公司" in shown


def test_speaks_english_when_told_to(tmp_path: Path) -> None:
    profile = tmp_path / "p.json"
    profile.write_text('{"who": "enterprise", "name": "A Ltd", "size": "small"}')
    shown = run("--profile", profile, "--lang", "en").stdout.decode()
    assert shown.startswith("# Plain sheet")
    assert "For: A Ltd" in shown and "- Size: Small" in shown
    profile.write_text('{"who": "enterprise", "size": "tiny", "colour": "red"}')
    refused = run("--profile", profile, "--lang", "en")
    assert refused.returncode == 2
    said = refused.stderr.decode()
    assert "small (Small)" in said and "There is no fact “colour”" in said
    assert not re.search("[\u4e00-\u9fff]", said)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("p.json", b'{"who": "enterprise", "size": "tiny"}', "small（小型）"),
        ("p.json", b"{", "不是合法的 JSON"),
        ("p.toml", b"who = ", "不是合法的 TOML"),
        ("p.yaml", b"who: [", "不是合法的 YAML"),
        ("p.json", b'{"who": "\xcf\xd6"}', "不是 UTF-8 文本"),
        ("p.json", b"1" * 70_000, "太大"),
        ("p.xls", b"", "格式不认识"),
        ("p.json", None, "没有文件"),
    ],
)
def test_bad_input_is_refused_in_words(
    tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = run("--profile", tmp_path / name)
    assert (done.returncode, done.stdout) == (2, b"")
    assert says in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    profile = tmp_path / "p.json"
    profile.write_text('{"who": "school"}')
    done = run("--profile", profile, "--out", tmp_path / "no" / "x.md")
    assert done.returncode == 1
    assert "无法写入" in done.stderr.decode()
