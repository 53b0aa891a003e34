"""Feedback is stored without what would name a person."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ui.feedback import Feedback, FeedbackStore, mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("打13812345678找我", "打〔电话〕找我"),
        ("+86 138 1234 5678", "〔电话〕"),
        ("办公电话0996-2021234。", "办公电话〔电话〕。"),
        ("身份证65280119900101123X", "身份证〔证件号〕"),
        ("旧证652801900101123号", "旧证〔证件号〕号"),
        ("卡号6222021234567890123", "卡号〔账号〕"),
        ("写信到 zhang.san@example.com 。", "写信到 〔邮箱〕 。"),
        ("１３８１２３４５６７８", "〔电话〕"),
    ],
)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    ["财税〔2018〕51号", "2024年12月31日前", "5~10万元", "第五十八条", "工资总额的8%", "20240101"],
)
def test_policy_text_stays(text: str) -> None:
    assert mask(text) == text


def test_many_at_once_are_all_stored(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "new")
    feedback = Feedback("down", "电话13812345678", "答", "不对 a@b.cn", "school", ("x#1", "x#2"))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(store.add, [feedback] * 24))
    with sqlite3.connect(store.path) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        rows = database.execute(
            "SELECT rating, question, reason, audience, clauses FROM feedback"
        ).fetchall()
    assert rows == [("down", "电话〔电话〕", "不对 〔邮箱〕", "school", "x#1\nx#2")] * 24


def test_a_later_word_on_an_answer_replaces_the_earlier(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path)
    mine = store.add(Feedback("up", "问", "答"))
    store.add(Feedback("up", "别人问", "答"))
    assert store.add(Feedback("down", "问", "答", "过时了"), mine) == mine
    forged = "'; DROP TABLE feedback; --"
    assert store.add(Feedback("up", "又问", "答"), forged) != forged
    with sqlite3.connect(store.path) as database:
        rows = database.execute("SELECT rating, question, reason FROM feedback").fetchall()
    assert rows == [("down", "问", "过时了"), ("up", "别人问", ""), ("up", "又问", "")]


def test_a_file_from_before_tokens_is_carried_over(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path)
    mine = store.add(Feedback("up", "问", "答"))
    with sqlite3.connect(store.path) as database:
        database.execute("DROP INDEX by_token")
        database.execute("ALTER TABLE feedback DROP COLUMN token")
    newer = store.add(Feedback("down", "又问", "答"))
    store.remove(newer)
    store.remove(mine)
    with sqlite3.connect(store.path) as database:
        assert database.execute("SELECT question FROM feedback").fetchall() == [("问",)]
