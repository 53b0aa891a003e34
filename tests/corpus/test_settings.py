"""Settings: their sources, their refusals, and their table in the documentation."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from corpus.settings import DEFAULT_STATUTES, Settings, SettingsError, load_settings

TABLE = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.upper().startswith("MINGBAI_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_arguments_go_before_variables_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mingbai.toml").write_text('port = 1001\nhost = "0.0.0.0"\nllm_timeout = 5', "utf-8")
    monkeypatch.setenv("MINGBAI_PORT", "1002")
    monkeypatch.setenv("MINGBAI_LLM_TIMEOUT", "6")
    settings = load_settings(llm_timeout=7)
    assert (settings.host, settings.port, settings.llm_timeout) == ("0.0.0.0", 1002, 7)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("教育法,劳动法", ("教育法", "劳动法")),
        ("教育法，劳动法", ("教育法", "劳动法")),
        ('["教育法"]', ("教育法",)),
        ("all", "all"),
        ("none", "none"),
        ("", DEFAULT_STATUTES),
    ],
)
def test_lists_in_variables(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: tuple[str, ...] | str
) -> None:
    monkeypatch.setenv("MINGBAI_STATUTES", value)
    assert load_settings().statutes == expected


@pytest.mark.parametrize(
    ("variables", "file", "words"),
    [
        ({"MINGBAI_PRT": "1"}, "", ["MINGBAI_PRT", "MINGBAI_PORT"]),
        ({"MINGBAI_PORT": "x"}, "", ["MINGBAI_PORT", "“x”", "应为整数"]),
        ({"MINGBAI_PORT": "99999"}, "", ["MINGBAI_PORT", "不能大于 65535"]),
        ({"MINGBAI_LLM_PROVIDER": "x"}, "", ["MINGBAI_LLM_PROVIDER", "'openai' 或 'ollama'"]),
        ({"MINGBAI_RATE_LIMIT": "often"}, "", ["MINGBAI_RATE_LIMIT", "60/minute"]),
        ({"MINGBAI_ALLOWED_ORIGINS": "https://a.cn/"}, "", ["https://a.cn/", "完整来源"]),
        ({"MINGBAI_ALLOWED_ORIGINS": "*"}, "", ["MINGBAI_ALLOWED_ORIGINS", "完整来源"]),
        ({"MINGBAI_STATUTES": "[1"}, "", ["MINGBAI_STATUTES", "JSON"]),
        ({"MINGBAI_CONFIG": "missing.toml"}, "", ["MINGBAI_CONFIG", "missing.toml", "不存在"]),
        ({}, "prt = 1", ["mingbai.toml", "prt", "port"]),
        ({}, "llm_timeout = 0", ["mingbai.toml", "llm_timeout", "应大于 0"]),
        ({}, "port = ", ["mingbai.toml", "TOML"]),
        ({}, "port = 'z'\nnope = 1", ["port", "nope"]),
    ],
)
def test_bad_settings_are_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], file: str, words: list[str]
) -> None:
    if file:
        Path("mingbai.toml").write_text(file, "utf-8")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    message = str(refused.value)
    assert all(word in message for word in words), message
    assert message.endswith("。")
    assert message.count("。") == 1
    assert "\n" not in message


def test_a_refusal_does_not_repeat_the_secret() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(llm_api_key=["k-123"])
    assert "llm_api_key" in str(refused.value)
    assert "k-123" not in str(refused.value)


def _shown(default: object) -> str:
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if default in (None, "", ()):
        return "（空）"
    if default == DEFAULT_STATUTES:
        return f"{len(DEFAULT_STATUTES)} 部常用法律"
    return f"`{default}`"


def test_the_table_says_what_the_class_says() -> None:
    text = TABLE.read_text("utf-8")
    rows = [
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in re.findall(r"^\| `.*\|$", text, re.M)
    ]
    assert rows == [
        (f"`{name}`", f"`MINGBAI_{name.upper()}`", _shown(field.default), field.description)
        for name, field in Settings.model_fields.items()
    ]
    assert "、".join(DEFAULT_STATUTES) in text
