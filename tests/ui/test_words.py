"""The words of the pages and the sheet are complete in both languages."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from assistant import profile, sheet
from assistant.profile import KINDS
from corpus.document import Validity
from corpus.language import Said
from corpus.tables import Topic
from ui.words import ENGLISH, Words

UI = Path(__file__).parents[2] / "ui"
HAN = re.compile("[\u4e00-\u9fff]+")
# Official terms, names and examples that English sentences give in Chinese as well.
KEPT = {"规模以上", "产教融合型企业", "职工教育经费", "明白"}
_LITERAL = r'say(?:\.fill)?\(\s*"((?:[^"\\]|\\.)*)"'


def holes(text: str) -> int:
    return sum(name is not None for _, name, _, _ in string.Formatter().parse(text))


def used() -> Iterator[str]:
    """Every Chinese text that a template or a module asks the table for."""
    for template in (UI / "templates").glob("*.html"):
        yield from re.findall(_LITERAL, template.read_text("utf-8"))
    for module in UI.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say"):
                continue
            for part in ast.walk(node.args[0]):
                if isinstance(part, ast.Constant) and re.search(
                    "[^\\x00-\\x7f]|{}", str(part.value)
                ):
                    yield str(part.value)


def said() -> Iterator[Said]:
    """Every pair of the profile, the sheet and the tables of words."""
    for kind in KINDS.values():
        yield kind.noun
        for fact in kind.facts:
            yield fact.label
            yield from (label for _, label in fact.options)
            yield from [fact.hint] if fact.hint else []
    for module in (profile, sheet):
        yield from (value for value in vars(module).values() if isinstance(value, Said))
    yield from sheet.TITLES.values()
    yield from (Said(topic.value, words) for topic, words in sheet.TOPICS.items())
    yield from (Said(zh, en) for zh, en in ENGLISH.items())


def test_every_text_of_the_pages_is_in_the_table() -> None:
    texts = set(used())
    assert len(texts) > 90
    assert texts <= set(ENGLISH)
    assert {validity.value for validity in Validity} <= set(ENGLISH)


def test_both_languages_say_it_all() -> None:
    pairs = list(said())
    assert len(pairs) > 150
    for pair in pairs:
        assert pair.zh and pair.en
        assert set(HAN.findall(pair.en)) <= KEPT, pair
        assert holes(pair.zh) == holes(pair.en), pair
    assert set(sheet.TOPICS) == set(Topic)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("it is for 企业、学校和X%的单位", ["企业、学校和X%的单位"]),
        (
            "《甲法》 (某发〔2020〕1号) 第一条, p. 3 (in force)",
            ["《甲法》", "某发〔2020〕1号", "第一条"],
        ),
        ("一次性给予5000元", ["一次性给予5000元"]),
        ("50%以上", ["50%以上"]),
        ("Yes", []),
    ],
)
def test_chinese_in_english_is_marked(text: str, marked: list[str]) -> None:
    shown = Words("en").mark(text)
    assert re.findall(r'<span lang="zh-CN">(.*?)</span>', shown) == marked
    assert shown.striptags() == text


@given(st.text(alphabet="甲乙，（）《》 abX15%<>&\"'\n", max_size=40))
def test_marking_changes_no_text(text: str) -> None:
    for lang in ("zh", "en"):
        shown = Words(lang).mark(text)  # type: ignore[arg-type]
        plain = re.sub(r'<span lang="zh-CN">|</span>', "", shown)
        assert Markup(plain).unescape() == text
        assert not re.search(
            "[\u4e00-\u9fff]", re.sub(r"<span.*?</span>", "", shown, flags=re.S)
        ) or (lang == "zh")
