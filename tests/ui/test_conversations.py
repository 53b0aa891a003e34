"""Conversations are kept for a while, by token, and exported whole."""

from __future__ import annotations

import io
from datetime import datetime

import docx

from assistant.answer import Answer, Citation, Claim, Status
from ui import conversations as kept
from ui import export
from ui.conversations import Conversations, Exchange
from ui.texts import ZH

TRICKY = "5~10万元，或者10~20万元 **《法》** <b>$$x$$"


def _exchange(question: str = "问") -> Exchange:
    quote = Citation(1, "d", "某文件", "d#第一条", "第一条", None, TRICKY, 0, len(TRICKY), TRICKY)
    answer = Answer(
        question=question,
        audience=None,
        status=Status.ANSWERED,
        answer=f"{TRICKY}[1]\n2024. 起",
        claims=(Claim(TRICKY, (1,)),),
        citations=(quote,),
    )
    return Exchange(question, "school", answer)


def test_a_token_opens_one_conversation_only() -> None:
    store = Conversations()
    one, other = store.start(), store.start()
    one.exchanges.append(_exchange())
    assert store.get(one.token) is one
    assert store.get(other.token) is other
    assert len(one.token) >= 32
    assert store.get(None) is None
    assert store.get("x") is None
    store.drop(one.token)
    assert store.get(one.token) is None


def test_conversations_expire_by_disuse_and_by_number() -> None:
    now = [0.0]
    store = Conversations(clock=lambda: now[0])
    old = store.start()
    now[0] = kept.KEPT_SECONDS - 1
    used = store.start()
    now[0] = kept.KEPT_SECONDS + 1
    assert store.get(old.token) is None
    assert store.get(used.token) is used
    for _ in range(kept.KEPT_CONVERSATIONS):
        store.start()
    assert store.get(used.token) is None


def test_history_holds_the_last_answers_before_a_question() -> None:
    conversation = Conversations().start()
    conversation.exchanges = [_exchange(f"问{n}") for n in range(kept.HISTORY + 2)]
    conversation.exchanges.append(Exchange("没有回答", "school", note="已停止", failed=True))
    conversation.exchanges.append(Exchange("现在", "school"))
    turns = conversation.history(len(conversation.exchanges) - 1)
    assert [turn.question for turn in turns] == [f"问{n}" for n in range(2, kept.HISTORY + 2)]


def test_markdown_export_keeps_every_character() -> None:
    made = export.to_markdown([_exchange("*问*")], {}, ZH, datetime(2024, 1, 2, 3, 4))
    assert "## 问：\\*问\\*" in made
    assert "5\\~10万元，或者10\\~20万元 \\*\\*《法》\\*\\* \\<b\\>\\$\\$x\\$\\$\\[1\\]" in made
    assert "2024\\. 起" in made
    assert "2024-01-02 03:04" in made
    assert ZH.official_prevails in made


def test_word_export_keeps_every_character() -> None:
    made = export.to_docx([_exchange("问\x00题")], {}, ZH, datetime(2024, 1, 2))
    text = [paragraph.text for paragraph in docx.Document(io.BytesIO(made)).paragraphs]
    assert "问：问题" in text
    assert f"{TRICKY}[1]" in text
    assert f"[1] 《某文件》第一条：“{TRICKY}”" in text
