"""The judge of the adversarial trials, the corruptions and the calibration, by themselves."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Answer, Citation, Claim, Status
from assistant.faithfulness import Coverage, Thresholds
from eval import adversary
from eval.adversary import unsupported
from eval.calibrate_faithfulness import Case, fit, rates
from eval.corruptions import CORRUPTIONS, PARAPHRASES
from eval.figures import figures
from eval.scripted_model import Behaviour, Sentence, corrupted, honest, read

CLAUSE = "企业应当按照工资总额的8%提取经费，其中用于一线职工的比例不低于60%。任何单位不得挪用。"


def answer(text: str, quote: str = CLAUSE) -> Answer:
    start = CLAUSE.find(quote) if quote in CLAUSE else 0
    citation = Citation(1, "d", "文件", "d#1", "1", None, quote, start, start + len(quote), CLAUSE)
    return Answer("问", None, Status.ANSWERED, text, (Claim(text, (1,)),), (citation,))


def judged(told: Answer, *said: Sentence) -> int:
    return len(unsupported(told, said, {"d#1": CLAUSE}.get, "问"))


def test_a_supported_claim_is_not_counted() -> None:
    assert judged(answer("企业应当按照工资总额的8%提取经费。"), Sentence("无关。", (1,), True)) == 0


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (answer("企业应当按照工资总额的9%提取经费。"), []),
        (answer("任何单位不得挪用。", "任何单位不得挪走。"), []),
        (answer("方案提出：任何单位可以挪用。"), [Sentence("任何单位可以挪用。", (1,), True)]),
    ],
)
def test_what_does_not_stand_is_counted(told: Answer, said: list[Sentence]) -> None:
    assert judged(told, *said) == 1


def test_a_false_citation_is_forgiven_where_the_quote_holds_the_words() -> None:
    assert judged(answer("任何单位不得挪用。"), Sentence("任何单位不得挪用。", (), True)) == 0


@given(st.sampled_from(sorted(CORRUPTIONS)), st.integers(0, 50))
def test_a_corruption_changes_the_sentence(name: str, seed: int) -> None:
    changed = CORRUPTIONS[name](CLAUSE, random.Random(seed))
    assert changed != CLAUSE
    if name in ("figure", "swapped_figures") and changed:
        assert figures(changed) != figures(CLAUSE)


@given(st.sampled_from(sorted(PARAPHRASES)), st.integers(0, 50))
def test_a_paraphrase_invents_no_figure(name: str, seed: int) -> None:
    changed = PARAPHRASES[name](CLAUSE, random.Random(seed))
    assert changed is None or set(figures(changed)) <= set(figures(CLAUSE))


MESSAGES = [
    {"role": "system", "content": "s"},
    {
        "role": "user",
        "content": "\n".join(
            [
                "【问题】",
                json.dumps("经费怎么提取？"),
                "【条款】",
                json.dumps({"编号": 1, "原文": CLAUSE}),
                json.dumps({"编号": 2, "原文": "职业学校的校长由举办者聘任，任期由章程规定。"}),
            ]
        ),
    },
]


@pytest.mark.parametrize("behaviour", list(Behaviour))
def test_the_script_knows_what_it_made_false(behaviour: Behaviour) -> None:
    asked = read(MESSAGES)
    told = corrupted(behaviour, asked, random.Random(1))
    sources = dict(asked.clauses)
    for sentence in told:
        held = any(sentence.text.rstrip("。") in sources.get(n, "") for n in sentence.clauses)
        assert not (sentence.false and held)
    assert not any(sentence.false for sentence in honest(asked, random.Random(1)))


def test_every_behaviour_has_its_turn() -> None:
    turns = adversary.behaviours()
    rounds = [next(turns) for _ in range(3 * len(Behaviour) - 2 * len(adversary.SLOW))]
    assert set(rounds) == set(Behaviour)
    assert rounds.count(Behaviour.STALLS) == 1
    assert rounds.count(Behaviour.HONEST) == 3


def case(faithful: bool, share: float, kind: str, difference: str = "") -> Case:
    coverage = Coverage(share, share, share, 0.9 + share / 10)
    return Case("d#1", kind, "句", faithful, difference, coverage)


def test_the_thresholds_part_what_can_be_parted() -> None:
    known = [case(True, n / 100, "copied") for n in range(80, 100)]
    known += [case(False, n / 100, "invented") for n in range(10, 60)]
    known += [case(False, 0.99, "figure", "figure")]
    assert rates(known, fit(known)) == (1.0, 0.0)


def test_a_difference_falls_whatever_its_coverage() -> None:
    lenient = Thresholds(0, 0, 0, 0)
    assert rates([case(False, 1.0, "figure", "figure")], lenient) == (0.0, 0.0)
    assert rates([case(True, 0.0, "copied")], lenient) == (1.0, 0.0)
