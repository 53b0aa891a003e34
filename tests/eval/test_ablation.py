"""The assistant with one part taken out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.pipeline import Assistant
from eval import ablation, adversary
from eval.adversary import Trial
from eval.results import ResultsError
from eval.score import Scored
from eval.scripted_model import Behaviour

BASE = Scored(
    id="q1",
    dataset="plan",
    task="ablation",
    question="多久？",
    audience=None,
    kind="duration",
    styles=(ablation.FULL,),
    dialogue=False,
    paraphrase_of=None,
    expected=("answered",),
    gold=(),
    ranked=(),
    latency_ms=10.0,
    status="answered",
    scores={"fact_recall": 1.0},
)
QUESTION = "企业不按规定提取职工教育经费会怎样？"


@pytest.mark.slow
def test_each_system_lacks_its_part_and_the_assistant_keeps_it(assistant: Assistant) -> None:
    with ablation.without(assistant, "dense") as made:
        hits = made.retriever.search(QUESTION).accepted
        assert {hit.keyword_rank for hit in hits} == {None}
        assert made.ask(QUESTION).citations
    with ablation.without(assistant, "keyword") as made:
        hits = made.retriever.search(QUESTION).accepted
        assert {(hit.dense_rank, hit.sentence_rank) for hit in hits} == {(None, None)}
    with ablation.without(assistant, "no_links") as made:
        assert not made.links.targets
    with ablation.without(assistant, "packaged_queries") as made:
        plain = made.index.embedder.encode_query(QUESTION)
        assert not (plain == assistant.index.embedder.encode_query(QUESTION)).all()
    best = assistant.retriever.search(QUESTION).accepted[0]
    assert best.keyword_rank is not None
    assert best.dense_rank is not None
    assert assistant.links.targets


@pytest.mark.slow
def test_the_ranking_of_all_laws_has_no_branches_to_take_out(assistant: Assistant) -> None:
    settings = assistant.settings.model_copy(update={"retrieval_profile": "learned"})
    learned = replace(assistant, settings=settings)
    with pytest.raises(ResultsError, match="stard"), ablation.without(learned, "dense"):
        pass


def test_systems_are_summed_up_side_by_side() -> None:
    worse = replace(BASE, styles=("dense",), scores={"fact_recall": 0.0})
    measured = ablation.summarise([BASE, worse])
    assert measured["all"]["fact_recall"] == 1.0
    assert measured["slices"]["dataset"]["plan"]["fact_recall"] == 1.0
    systems = measured["slices"]["system"]
    assert [systems[name]["fact_recall"] for name in (ablation.FULL, "dense")] == [1.0, 0.0]


def test_trials_are_summed_up_with_and_without_verification() -> None:
    trial = Trial("问", Behaviour.EXTENDS, "generative", 0.1, 2, {"party": 1}, ())
    fooled = replace(trial, unsupported=("不实。",))
    verified, unverified = adversary.VERIFICATION[True], adversary.VERIFICATION[False]
    measured = adversary.summarise({verified: [trial], unverified: [fooled, trial]})
    assert measured["all"]["unsupported"] == 0
    assert measured["all"]["false_said"] == 2
    assert measured["slices"]["verification"][unverified]["unsupported"] == 1
    assert measured["slices"]["behaviour"]["extends"]["generated"] == 1
