"""Follow-ups with what they go on with: what the question encoder is taught to read."""

from __future__ import annotations

from assistant.answer import Status
from assistant.pipeline import Assistant
from eval import turns
from eval.dataset import Dialogue, DialogueTurn

LAW = "民办教育促进法"
REFUSED = (Status.NOT_FOUND,)


def turn(question: str, clause: str = "", fact: str = "") -> DialogueTurn:
    """A turn of a dialogue; to be refused where no clause answers."""
    if not clause:
        return DialogueTurn(question=question, status=REFUSED)
    return DialogueTurn(
        question=question,
        status=(Status.ANSWERED,),
        relevant=((f"{LAW}#{clause}",),),
        facts=((fact,),),
    )


def asked(assistant: Assistant, *said: DialogueTurn) -> list[str]:
    """What is read of each question that has an answer."""
    library, words = assistant.library, assistant.index.tokenizer.content_words
    found = turns.as_asked(Dialogue(id="x", turns=said), library.clauses, words)
    return [text for _, text in found]


FIRST = turn("民办学校终止时清算谁来组织？", "第五十八条", "由民办学校组织清算")
NEXT = turn("钱先还给谁？", "第五十九条", "受教育者学费")


def test_a_follow_up_is_read_with_the_question_that_it_goes_on_with(assistant: Assistant) -> None:
    assert asked(assistant, FIRST, NEXT) == [
        "民办学校终止时清算谁来组织？",
        "关于“民办学校终止时清算谁来组织”：钱先还给谁？",
    ]


def test_what_was_refused_is_left_out_and_is_no_topic(assistant: Assistant) -> None:
    between = turn("清算费用上限是多少？")
    assert asked(assistant, FIRST, between, NEXT) == asked(assistant, FIRST, NEXT)


def test_another_topic_is_read_by_itself(assistant: Assistant) -> None:
    other = turn("换个话题，民办学校校长由谁聘任？", "第二十二条", "聘任")
    assert asked(assistant, FIRST, other)[1] == "民办学校校长由谁聘任？"
