"""Links: each resolves, each item of the plan has some, each withheld figure finds its rule."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from pydantic import ValidationError

from corpus.document import Clause
from corpus.library import Library, load
from corpus.links import Links, Relation
from corpus.settings import DEFAULT_STATUTES, Settings
from eval.figures import figures


@cache
def library() -> Library:
    return load(Settings(statutes=DEFAULT_STATUTES))


@cache
def links() -> Links:
    return Links.load()


def clause(clause_id: str) -> Clause:
    return library().clauses[clause_id]


def percentages(text: str) -> list[str]:
    return [f.value for f in figures(text) if f.unit == "%"]


def test_every_link_leads_from_a_clause_to_a_clause() -> None:
    known = library().clauses
    ends = {end for link in links().links for end in (link.source, link.target)}
    assert sorted(ends - set(known)) == []
    assert all(link.source != link.target for link in links().links)
    unique = {(link.source, link.target, link.key) for link in links().links}
    assert len(unique) == len(links().links)


@pytest.mark.parametrize(
    "clause_id",
    [f"plan-2024#{n}" for n in range(1, 25)]
    + [f"plan-2024#三({n})" for n in "一二三"]
    + ["plan-2024#一"],
)
def test_every_item_of_the_plan_has_provisions_behind_it(clause_id: str) -> None:
    behind = links().behind(clause_id)
    assert behind
    assert all(link.source == clause_id for link in behind)
    assert {link.target.partition("#")[0] for link in behind}.isdisjoint({"plan-2024"})


def test_the_links_of_the_design() -> None:
    assert {"职业教育法#第五十八条", "财税〔2018〕51号#第一条"} <= {
        link.target for link in links().behind("plan-2024#11")
    }
    assert {
        "职业教育法#第二十七条",
        "财税〔2019〕46号#第三条",
        "发改社会〔2019〕590号#第五条",
    } <= {link.target for link in links().behind("plan-2024#6")}


def test_a_quote_stands_in_the_target() -> None:
    quoted = [link for link in links().links if link.quote]
    assert len(quoted) >= 5
    for link in quoted:
        assert link.quote in clause(link.target).text
        assert percentages(link.quote)
        assert link.key


def test_reasons_are_short_and_claim_no_figure() -> None:
    for link in links().links:
        assert 0 < len(link.reason) <= 40
        assert not link.reason.endswith("。")
        assert not percentages(link.reason)
        if not clause(link.target).verified:
            assert "待核实" in link.reason


def test_what_leads_to_a_clause_is_the_reverse_of_what_is_behind_it() -> None:
    for link in links().links:
        assert link in links().behind(link.source)
        assert link in links().from_(link.target)
    assert sum(len(links().from_(c)) for c in library().clauses) == len(links().links)
    assert links().behind("plan-2024#99") == ()
    assert links().from_("plan-2024#99") == ()


def test_every_withheld_percentage_of_the_plan_has_its_own_key() -> None:
    seen = []
    for own in (c for c in library().clauses.values() if c.document_id == "plan-2024"):
        for redaction in own.redactions:
            found = links().withheld(own, redaction)
            if redaction.of(own.text).endswith("%"):
                assert found is not None, own.id
                assert found.clause_id == own.id
                seen.append((own.id, found.key))
            else:
                assert found is None, "a withheld name has no national rule"
    assert len(seen) == len(set(seen)) == len(links().figures)


@pytest.mark.parametrize(
    ("place", "figure"),
    [("一般企业按照职工工资总额的X%", "1.5"), ("可按X%提取", "2.5"), ("不低于X%", "60")],
)
def test_a_withheld_figure_of_item_11_finds_its_own_rule(place: str, figure: str) -> None:
    item = clause("plan-2024#11")
    at = item.text.index(place) + place.index("X")
    (redaction,) = [span for span in item.redactions if span.start == at]
    found = links().withheld(item, redaction)
    assert found is not None
    assert found.note == ""
    (rule,) = found.rules
    assert percentages(rule.quote) == [figure]
    assert clause(rule.target).verified


def test_the_withheld_figures_of_item_13_have_no_verified_rule() -> None:
    item = clause("plan-2024#13")
    found = [links().withheld(item, span) for span in item.redactions]
    by_key = {figure.key: figure for figure in found if figure}
    assert set(by_key) == {"posts", "practice_hours"}
    assert by_key["posts"].rules == ()
    for figure in by_key.values():
        assert figure.note
        assert not any(clause(rule.target).verified for rule in figure.rules)


def test_figure_links_and_withheld_figures_belong_together() -> None:
    keys = {(figure.clause_id, figure.key) for figure in links().figures}
    for link in links().links:
        if link.relation is Relation.FIGURE:
            assert (link.source, link.key) in keys
    for figure in links().figures:
        verified = [rule for rule in figure.rules if clause(rule.target).verified]
        assert bool(verified) != bool(figure.note)


def test_the_tax_deduction_of_item_11_is_no_withheld_figure() -> None:
    (link,) = [x for x in links().behind("plan-2024#11") if x.key == "deduction"]
    assert link.target == "财税〔2018〕51号#第一条"
    assert link.relation is Relation.INCENTIVE
    assert percentages(link.quote) == ["8"]


@pytest.mark.parametrize(
    "text",
    [
        'withheld = []\n[links]\n"a#1" = [{ to = "b", relation = "依据", reason = "甲" }]',
        'withheld = []\n[links]\n"a#1" = [{ to = "b#1", relation = "因为", reason = "甲" }]',
        'withheld = []\n[links]\n"a#1" = [{ to = "b#1", relation = "依据" }]',
        'withheld = [{ clause = "a#1", key = "" , words = "X%" }]\n[links]',
        "[links]",
    ],
)
def test_broken_data_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "links.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ValidationError):
        Links.load(path)


def test_clause_ids_are_written_as_the_corpus_writes_them() -> None:
    for link in links().links:
        for end in (link.source, link.target):
            assert re.fullmatch(r"[^#\s]+#[^#\s]+", end)
