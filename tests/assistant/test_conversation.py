"""Follow-ups are read against the conversation: what one may mean, by its words alone."""

from __future__ import annotations

import pytest

from assistant.answer import Turn
from assistant.conversation import (
    Act,
    Past,
    act_of,
    changes_topic,
    continued,
    corrects,
    nth,
    of_source,
    opened,
    past_turns,
    shown,
    statements,
    subject_of,
    that_document,
    topical,
)
from corpus.document import Clause, Span
from index.tokenizer import Tokenizer

TOKENIZER = Tokenizer(["职工教育经费", "实习报酬", "职业教育法", "就业促进法", "电子设备"])
SAID = ("甲企业应当培训。", "乙学校应当配合。")


def on_topic(question: str, *previous: str) -> str:
    turns = [Past(text, SAID, ("a#1",)) for text in previous]
    return continued(question, turns, TOKENIZER.content_words)


def test_another_subject_takes_the_place_of_the_first() -> None:
    assert on_topic("那学校呢？", "企业有哪些培训义务？") == "学校有哪些培训义务？"
    private = on_topic("换成民办学校呢？", "公办职业学校实行什么体制？")
    assert private == "民办职业学校实行什么体制？"
    swapped = on_topic("就业促进法呢？", "职业教育法什么时候施行的？")
    assert swapped == "就业促进法什么时候施行的？"


def test_a_doer_takes_the_place_of_another_who_did_the_same() -> None:
    earlier = ("企业捐款助学所得税前怎么扣？", "直接捐给学校算不算？")
    assert on_topic("个人捐的话呢？", *earlier) == "个人捐款助学所得税前怎么扣？"


def test_what_only_asked_is_no_word_of_the_topic() -> None:
    read = on_topic("谁来收？", "职工教育经费用来干什么？")
    assert "职工教育经费" in read and "什么" not in read


def test_a_subject_may_be_another_side_of_the_topic() -> None:
    turns = [Past("新型学徒制的企业要提取职工教育经费吗？", SAID, ("a#1",))]
    text = topical("补贴呢？", turns, TOKENIZER.content_words)
    assert text.endswith(" 补贴") and "职工教育经费" in text
    assert shown("补贴呢？", turns, text).endswith("：补贴呢？")


def test_a_subject_of_no_kind_that_was_named_keeps_the_question() -> None:
    text = on_topic("房子呢？", "电子设备折旧最少按几年？")
    assert text.startswith("房子") and "最少按几年" in text


@pytest.mark.parametrize("question", ["比例是多少？", "由谁负责？", "不提会怎么样？"])
def test_a_question_without_a_subject_goes_on_with_the_topic(question: str) -> None:
    text = on_topic(question, "企业要提取职工教育经费吗？")
    assert "职工教育经费" in text and text.endswith(question)


def test_a_clause_by_its_number_takes_the_place_of_another_and_stays_the_topic() -> None:
    assert on_topic("第17项呢？", "第16项说的什么？") == "第17项说的什么？"
    asked = "职业教育法第六十六条说什么？"
    assert on_topic("罚多少？", asked) == "职业教育法第六十六条 罚多少？"
    assert "第六十六条" not in on_topic("第六十七条罚多少？", asked)


def test_a_follow_up_that_says_enough_is_the_topic_of_the_next() -> None:
    said = [
        Turn("学校不收残疾学生会怎样？", "责令改正。[1]"),
        Turn("那企业安置残疾人在所得税上有什么优惠？", "可以加计扣除。[1]"),
    ]
    turns = past_turns(said, {}, TOKENIZER.content_words)
    text = continued("加多少？", turns, TOKENIZER.content_words)
    assert "所得税上有什么优惠" in shown("加多少？", turns, text)


def test_a_question_answered_from_the_same_clause_went_on_with_the_topic() -> None:
    text = "省级部门负责认证。国家部委统筹和监督。"
    spans = (Span(0, 9), Span(9, len(text)))
    clause = Clause("a#1", "a", "文", "1", "", (), text, 0, spans, (Span(0, len(text)),))
    said = [
        Turn("产教融合型企业的认证谁负责？", "省级部门负责认证。[1]"),
        Turn("国家部委管什么？", "国家部委统筹和监督。[1]"),
    ]
    for known, topic in (({"a#1": clause}, "产教融合型企业"), ({}, "国家部委")):
        turns = past_turns(said, known, TOKENIZER.content_words)
        assert topic in shown("有什么好处？", turns, "")


def test_what_was_refused_is_no_topic() -> None:
    turns = [Past("企业要提取职工教育经费吗？", SAID, ("a#1",)), Past("今天天气怎么样？", (), ())]
    text = continued("比例是多少？", turns, TOKENIZER.content_words)
    assert "职工教育经费" in text and "天气" not in text


@pytest.mark.parametrize(
    ("follow_up", "understood"),
    [
        ("比例是多少？", "关于“企业要提取职工教育经费吗”：比例是多少？"),
        ("那学校呢？", "学校要提取职工教育经费吗？"),
        ("超过的部分呢？", "超过的部分，企业要提取职工教育经费吗？"),
    ],
)
def test_what_is_understood_is_shown_as_a_question(follow_up: str, understood: str) -> None:
    asked = "企业要提取职工教育经费吗？"
    turns = past_turns([Turn(asked, "应当提取。[1]")], {}, TOKENIZER.content_words)
    text = continued(follow_up, turns, TOKENIZER.content_words)
    assert shown(follow_up, turns, text) == understood


def test_a_chain_of_follow_ups_is_shown_with_the_question_that_began_it() -> None:
    said = [Turn("企业要提取职工教育经费吗？", "应当提取。[1]"), Turn("比例呢？", "百分之一。[1]")]
    turns = past_turns(said, {}, TOKENIZER.content_words)
    text = continued("谁来管？", turns, TOKENIZER.content_words)
    assert "企业要提取职工教育经费吗" in shown("谁来管？", turns, text)


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("那学校呢？", "学校"),
        ("小微企业？", "小微企业"),
        ("超过的部分呢？", "超过的部分"),
        ("what about schools?", "schools"),
        ("And who pays for it?", None),
        ("谁来管？", None),
        ("企业不按规定提取职工教育经费会怎样？", None),
    ],
)
def test_a_follow_up_may_be_a_subject_alone(question: str, subject: str | None) -> None:
    assert subject_of(question) == subject


@pytest.mark.parametrize(
    ("question", "act"),
    [
        ("依据是哪一条？", Act.BASIS),
        ("法律依据呢？", Act.BASIS),
        ("为什么？", Act.BASIS),
        ("再具体一点", Act.MORE),
        ("再说详细点", Act.MORE),
        ("还有吗？", Act.REST),
        ("就这些吗？", Act.REST),
        ("上一项呢？", Act.BEFORE),
        ("下一条呢？", Act.AFTER),
        ("为什么要办这个？", None),
        ("还有哪些企业能参加？", None),
        ("具体支持什么？", None),
        ("比例是多少？", None),
    ],
)
def test_some_follow_ups_ask_about_the_last_answer(question: str, act: Act | None) -> None:
    assert act_of(question) is act


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("第二条再说详细点", "乙学校应当配合。"),
        ("最后一个呢", "乙学校应当配合。"),
        ("第三条呢", None),
        ("学校呢", None),
    ],
)
def test_the_nth_statement_can_be_asked_about(question: str, thing: str | None) -> None:
    assert nth(question, SAID) == thing


def test_the_nth_thing_of_one_statement_can_be_asked_about() -> None:
    said = ["《某法》规定：只能在临时性、辅助性或者替代性岗位上实施。"]
    assert nth("第一种具体指什么？", said) == "只能在临时性"
    assert nth("第二种呢？", said) == "辅助性"


def test_a_printed_number_comes_before_the_place_in_the_answer() -> None:
    said = ["方案提出：(二)实行奖优罚劣。", "(三)营造良好氛围。"]
    assert nth("第二条再说说", said) == said[0]


def test_what_is_said_before_the_question_is_left_out() -> None:
    assert opened("换个话题，教师节是哪天？") == "教师节是哪天？"
    assert changes_topic("换个话题，教师节是哪天？")
    assert opened("企业有什么义务？") == "企业有什么义务？"


def test_a_document_by_a_pronoun_is_named() -> None:
    named = that_document("上面说的那个法从哪天开始施行？", "增值税法")
    assert named == "《增值税法》从哪天开始施行？"
    assert that_document("这个规定合理吗？", "某办法") == "《某办法》合理吗？"
    assert that_document("哪些法律有要求？", "某法") == "哪些法律有要求？"


def test_the_same_is_asked_of_another_source() -> None:
    previous = "方案要求一线职工培训经费不低于多少？"
    assert of_source("国家层面怎么规定？", previous, []) == "国家层面一线职工培训经费不低于多少？"
    previous = "职业教育法什么时候施行？"
    assert of_source("劳动法呢？", previous, ["职业教育法"]) == "劳动法什么时候施行？"


def test_a_correction_is_told_from_a_question() -> None:
    assert corrects("不是23家吗？")
    assert not corrects("有23家吗？")


def test_earlier_turns_are_made_standalone_one_by_one() -> None:
    history = [
        Turn("企业有哪些培训义务？", "甲企业应当培训。[1]"),
        Turn("学校呢？", "乙学校应当配合。[1]\n注：[1]为要点摘编。"),
        Turn("再具体一点", "乙学校应当配合。[1]"),
    ]
    turns = past_turns(history, {}, TOKENIZER.content_words)
    assert [turn.question for turn in turns[1:]] == ["学校有哪些培训义务？"] * 2
    assert turns[1].statements == ("乙学校应当配合。",)


def test_notes_are_no_statements() -> None:
    answer = "方案提出：甲企业应当培训。[1]\n乙学校应当配合。[2]\n注：[1]为要点摘编。"
    assert statements(answer) == ["方案提出：甲企业应当培训。", "乙学校应当配合。"]
