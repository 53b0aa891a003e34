"""Texts pass through the chat's Markdown and HTML unchanged."""

from __future__ import annotations

import html
import re

from hypothesis import example, given
from hypothesis import strategies as st

from assistant.answer import Answer, Citation, Claim, Status
from ui import markup
from ui.texts import ZH

TRICKY = (
    "5~10万元，或者10~20万元 **《法》** <img src=x onerror=1> $$x$$ _a_ `b` # 1. http://a.cn，&amp;"
)


@given(st.text())
@example(TRICKY)
@example("2024. 一\n- 二\n\t三")
def test_escaped_text_reads_as_it_was(text: str) -> None:
    assert html.unescape(markup.escape(text).replace("<br>", "\n")) == text


@given(st.text())
@example(TRICKY)
def test_nothing_is_left_that_could_be_mark_up(text: str) -> None:
    bare = re.sub(r"&#\d+;", "", markup.escape(text)).replace("<br>", "")
    assert not re.search(r"[!-/:-@\[-`{-~]", bare)
    assert "\n" not in markup.escape(text)


def _answer(text: str, quote: str = "原话") -> Answer:
    citation = Citation(1, "d", "文件", "d#第一条", "第一条", None, quote, 0, len(quote), quote)
    return Answer(
        question="问？",
        audience=None,
        status=Status.ANSWERED,
        answer=text,
        claims=(Claim("甲。", (1,)), Claim("乙。", (1,))),
        citations=(citation,),
        understood="问",
    )


def test_marks_become_links_to_the_marked_words() -> None:
    shown = markup.answer_html(_answer("甲。[1]\n乙[9]"), None, ZH)
    anchors = re.findall(r'<a class="cite" href="([^"]*)"', shown)
    assert {html.unescape(a) for a in anchors} == {
        "/documents/d?clause=%E7%AC%AC%E4%B8%80%E6%9D%A1&start=0&end=2#%E7%AC%AC%E4%B8%80%E6%9D%A1"
    }
    assert "乙&#91;9&#93;" in shown


def test_a_quote_cannot_leave_its_attribute() -> None:
    shown = markup.answer_html(_answer("甲。[1]", '"><script>alert(1)</script>'), None, ZH)
    assert "<script" not in shown
    assert shown.count('">') == len(re.findall(r'="[^"<>]*">', shown))


def test_sentences_come_one_by_one() -> None:
    answer = _answer("甲。[1]\n乙。[1]")
    assert "甲" in markup.answer_html(answer, None, ZH, 1)
    assert "乙" not in markup.answer_html(answer, None, ZH, 1)
    assert "乙" in markup.answer_html(answer, None, ZH, 2)


def test_the_question_as_understood_is_told_only_where_it_differs() -> None:
    assert "mb-understood" not in markup.answer_html(_answer("甲。[1]"), None, ZH)
    assert markup.same("企业　怎么办？", "企业怎么办")
    assert not markup.same("企业怎么办", "学校怎么办")


def test_list_lines_become_a_list() -> None:
    assert markup.lines_html(["您是不是想问：", "- 甲", "- 乙"], {}) == (
        "<p>您是不是想问：</p><ul><li>甲</li><li>乙</li></ul>"
    )
