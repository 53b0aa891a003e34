"""Every metric on cases worked out by hand, and the bounds that must hold for all."""

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from eval import metrics
from eval.metrics import Quote, Statement

GOLD = [["a"], ["b", "c"]]
CLAUSE = "专业教师到企业生产或服务岗实践每五年累计不少于6个月。"


def quote(
    text: str, source: str | None = CLAUSE, start: int | None = None, name: str = ""
) -> Quote:
    at = (source or "").find(text) if start is None else start
    return Quote(text, at, at + len(text), source, name)


def test_recall_counts_groups_not_clauses() -> None:
    assert metrics.recall_at_k(["a", "x", "c"], GOLD, 1) == 0.5
    assert metrics.recall_at_k(["a", "x", "c"], GOLD, 3) == 1.0
    assert metrics.recall_at_k(["b", "c"], GOLD, 5) == 0.5
    assert metrics.recall_at_k([], GOLD, 5) == 0.0


def test_reciprocal_rank_takes_the_first_relevant_within_k() -> None:
    assert metrics.reciprocal_rank(["x", "c", "a"], GOLD) == 0.5
    assert metrics.reciprocal_rank(["x", "c"], GOLD, k=1) == 0.0


def test_ndcg_by_hand() -> None:
    ideal = 1 + 1 / log2(3)
    assert metrics.ndcg_at_k(["a", "c"], GOLD) == pytest.approx(1.0)
    assert metrics.ndcg_at_k(["x", "c", "b", "a"], GOLD) == pytest.approx(
        (1 / log2(3) + 1 / log2(5)) / ideal
    )


@given(st.permutations(list("abcdef")), st.integers(1, 6))
def test_ndcg_agrees_with_scikit_learn_on_single_groups(ranked: list[str], k: int) -> None:
    relevant = {"a", "d"}
    truth = [[float(item in relevant) for item in ranked]]
    order = [[float(-at) for at in range(len(ranked))]]
    assert metrics.ndcg_at_k(ranked, [["a"], ["d"]], k) == pytest.approx(
        ndcg_score(truth, order, k=k)
    )


@given(st.lists(st.sampled_from("abcdef"), unique=True), st.integers(1, 8))
def test_retrieval_metrics_stay_in_bounds_and_recall_grows_with_k(
    ranked: list[str], k: int
) -> None:
    recall = metrics.recall_at_k(ranked, GOLD, k)
    assert 0 <= recall <= metrics.recall_at_k(ranked, GOLD, k + 1) <= 1
    assert 0 <= metrics.ndcg_at_k(ranked, GOLD, k) <= 1 + 1e-9
    assert 0 <= metrics.reciprocal_rank(ranked, GOLD, k) <= 1


@pytest.mark.parametrize("gold", [[], [[]], [["a"], []]])
def test_no_gold_is_an_error(gold: list[list[str]]) -> None:
    for metric in (metrics.recall_at_k, metrics.reciprocal_rank, metrics.ndcg_at_k):
        with pytest.raises(ValueError, match="gold"):
            metric(["a"], gold, 5)


def test_fact_recall_takes_any_spelling_in_any_numerals() -> None:
    facts = [["6个月", "半年"], ["每五年"]]
    assert metrics.fact_recall("每 5 年累计不少于六个月[1]。", facts) == 1.0
    assert metrics.fact_recall("累计不少于半年", facts) == 0.5
    assert metrics.missing_facts("没有", facts) == ("6个月", "每五年")


def test_a_fact_is_not_found_inside_another_number() -> None:
    assert metrics.fact_recall("至少15家", [["5家"]]) == 0.0
    assert metrics.fact_recall("至少5.5%", [["5%"]]) == 0.0
    assert metrics.fact_recall("2025年", [["202"]]) == 0.0
    assert metrics.fact_recall("至少5家", [["5家"]]) == 1.0


def test_citation_marks_make_no_fact() -> None:
    assert metrics.fact_recall("不少于[6]个月", [["6个月"]]) == 0.0


def test_forbidden_strings_are_found() -> None:
    assert metrics.forbidden_said("按８％提取", ["8%", "1.5%"]) == ("8%",)
    assert metrics.forbidden_said("按18%提取", ["8%"]) == ()


@pytest.mark.parametrize(
    "bad",
    [
        quote("不少于6个月", start=0),
        quote("不少于8个月", start=3),
        quote("", start=0),
        quote("不少于6个月", source=None, start=0),
        Quote("不", -3, -2, CLAUSE),
    ],
)
def test_a_quote_that_is_not_at_its_offsets_supports_nothing(bad: Quote) -> None:
    claim = Statement("有规定", (bad,))
    assert not bad.verbatim
    assert not metrics.is_supported(claim)
    assert metrics.citation_precision([claim]) == 0.0


def test_every_figure_of_a_claim_must_be_in_its_quotes() -> None:
    good = Statement("每5年累计不少于六个月", (quote("每五年累计不少于6个月"),))
    wrong = Statement("累计不少于8个月", (quote("每五年累计不少于6个月"),))
    split = Statement("每五年6个月", (quote("每五年"), quote("6个月")))
    assert metrics.is_supported(good)
    assert metrics.is_supported(split)
    assert [f.value for f in metrics.unsupported_figures(wrong)] == ["8"]
    assert metrics.citation_precision([good, wrong, split]) == 0.75


def test_a_claim_without_citation_is_not_supported() -> None:
    assert not metrics.is_supported(Statement("有规定", ()))
    assert metrics.citation_precision([Statement("有规定", ())]) is None


def test_a_reference_to_the_cited_source_needs_no_quote_unless_strict() -> None:
    own = Statement("第十四条规定不少于6个月", (quote("不少于6个月", name="方案 第14条"),))
    other = Statement("第十五条规定不少于6个月", (quote("不少于6个月", name="方案 第14条"),))
    assert metrics.is_supported(own)
    assert not metrics.is_supported(own, strict=True)
    assert not metrics.is_supported(other)


def test_a_denied_figure_of_the_question_needs_no_quote() -> None:
    claim = Statement("方案写的是6个月，不是8个月", (quote("不少于6个月"),))
    assert metrics.is_supported(claim, "是8个月吗？")
    assert not metrics.is_supported(claim, "是几个月？")
    asserted = Statement("是8个月", (quote("不少于6个月"),))
    assert not metrics.is_supported(asserted, "是8个月吗？")


def test_the_last_mark_of_a_list_proves_its_count_unless_strict() -> None:
    claim = Statement("保障措施共有三项", (quote("(三)营造良好氛围", "(三)营造良好氛围"),))
    assert metrics.is_supported(claim)
    assert not metrics.is_supported(claim, strict=True)
    assert not metrics.is_supported(Statement("保障措施共有四项", claim.quotes))


def test_citation_recall_counts_sentences() -> None:
    claim = Statement("累计不少于6个月。", (quote("累计不少于6个月"),))
    assert metrics.citation_recall("累计不少于6个月。[1]", [claim]) == 1.0
    assert metrics.citation_recall("累计不少于6个月。[1]学校要安排。", [claim]) == 0.5
    assert metrics.citation_recall("结论：\n累计不少于6个月。[1]", [claim]) == 1.0
    assert metrics.citation_recall("", [claim]) is None


def test_a_sentence_that_is_no_claim_is_proved_by_its_own_mark() -> None:
    good = quote("累计不少于6个月")
    assert metrics.citation_recall("不少于6个月。[1]", [], {1: good}) == 1.0
    assert metrics.citation_recall("不少于9个月。[1]", [], {1: good}) == 0.0
    assert metrics.citation_recall("不少于6个月。[2]", [], {1: good}) == 0.0


def test_an_unsupported_claim_carries_no_sentence() -> None:
    claim = Statement("累计不少于9个月。", (quote("累计不少于6个月"),))
    assert metrics.uncited_sentences("累计不少于9个月。[1]", [claim]) == ("累计不少于9个月。[1]",)


def test_marks_without_citation_are_found() -> None:
    assert metrics.bad_marks("甲[1]乙[3]", [1, 2]) == (3,)


def test_coverage_falls_where_the_quote_is_about_something_else() -> None:
    same = Statement("每五年累计不少于6个月", (quote("每五年累计不少于6个月"),))
    other = Statement("企业可以抵免教育费附加", (quote("每五年累计不少于6个月"),))
    assert metrics.coverage(same) == 1.0
    assert metrics.coverage(other) < 0.2


def test_gold_citations() -> None:
    assert metrics.gold_citation_recall(["a", "x"], GOLD) == 0.5
    assert metrics.gold_citation_precision(["a", "x"], GOLD) == 0.5
    assert metrics.gold_citation_precision([], GOLD) is None


def test_refusal() -> None:
    found = metrics.refusal([True, True, False, False], [True, False, True, False])
    assert (found.precision, found.recall) == (0.5, 0.5)
    assert metrics.refusal([False], [False]) == metrics.Refusal(None, None)


def test_refusal_curve_of_a_perfect_and_of_a_reversed_confidence() -> None:
    should = [True, True, False, False]
    perfect = metrics.refusal_curve(should, [0.1, 0.2, 0.8, 0.9])
    reversed_ = metrics.refusal_curve(should, [0.9, 0.8, 0.2, 0.1])
    assert perfect is not None
    assert reversed_ is not None
    assert perfect.average_precision == 1.0
    assert reversed_.average_precision < 0.5
    assert len(perfect.precision) == len(perfect.recall) == len(perfect.threshold) + 1
    assert metrics.refusal_curve([True, True], [0.1, 0.2]) is None
    with pytest.raises(ValueError, match="confidence"):
        metrics.refusal_curve([True], [])


def test_consistency_is_over_pairs_of_the_same_question() -> None:
    assert metrics.consistency({"q": ["a", "a", "b"], "r": ["a"]}) == pytest.approx(1 / 3)
    assert metrics.consistency({"q": ["a"]}) is None


def test_mean_leaves_out_what_is_not_there() -> None:
    assert metrics.mean([1.0, None, 0.0]) == 0.5
    assert metrics.mean([None]) is None


def test_paired_bootstrap_tells_a_real_gain_from_noise() -> None:
    rng = np.random.default_rng(1)
    base = (rng.random(200) < 0.6).astype(float)
    better = np.maximum(base, (rng.random(200) < 0.5).astype(float))
    gain = metrics.paired_bootstrap(base.tolist(), better.tolist())
    assert gain.low <= gain.mean <= gain.high
    assert gain.significant
    noise = metrics.paired_bootstrap(base.tolist(), rng.permutation(base).tolist())
    assert not noise.significant
    same = metrics.paired_bootstrap(base.tolist(), base.tolist())
    assert (same.low, same.mean, same.high) == (0, 0, 0)
    with pytest.raises(ValueError, match="paired"):
        metrics.paired_bootstrap([1.0], [])
