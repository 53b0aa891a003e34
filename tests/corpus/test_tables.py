"""The incentive and requirement tables: every row rests on its clauses, word for word."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from corpus import tables
from corpus.document import Audience
from corpus.library import Library, load
from corpus.settings import DEFAULT_STATUTES, Settings
from corpus.tables import EnterpriseFacts, Incentive, Requirement, Row, SchoolFacts, Tables, Topic
from eval.figures import figures, unsupported


@cache
def library() -> Library:
    return load(Settings(statutes=DEFAULT_STATUTES))


@cache
def both() -> Tables:
    return tables.load(library())


def rows() -> tuple[Row, ...]:
    return (*both().incentives, *both().requirements)


def row(row_id: str) -> Row:
    (found,) = [r for r in rows() if r.id == row_id]
    return found


def evidence(of: Row) -> str:
    return "\n".join(proof.clause.text for proof in of.proofs)


def test_the_tables_are_large_and_whole() -> None:
    assert both().problems == ()
    assert len(both().incentives) >= 40
    assert len(both().requirements) >= 40
    assert len({r.id for r in rows()}) == len(rows())
    for table in (both().incentives, both().requirements):
        assert len({r.title for r in table}) == len(table)
        order = [list(Topic).index(r.topic) for r in table]
        assert order == sorted(order)
    for audience in (Audience.ENTERPRISE, Audience.SCHOOL):
        assert sum(audience in r.audience for r in both().incentives) >= 20
        assert sum(audience in r.audience for r in both().requirements) >= 20


@pytest.mark.parametrize("of", rows(), ids=lambda r: r.id)
def test_a_row_rests_on_its_clauses(of: Row) -> None:
    assert of.proofs
    for proof in of.proofs:
        assert proof.clause is library().clauses[proof.clause.id]
        assert proof.span.of(proof.clause.text) == proof.quote
        assert len(proof.quote) >= 5
    said = "\n".join((of.title, of.who, of.what, of.figure, of.condition, getattr(of, "how", "")))
    assert not unsupported(figures(said), figures(evidence(of)))
    for office in filter(None, of.body.split("、")):
        assert office in evidence(of)


@pytest.mark.parametrize("of", rows(), ids=lambda r: r.id)
def test_a_row_says_where_it_is_unverified_or_withheld(of: Row) -> None:
    assert of.verified == ("待核实" not in f"{of.title}{of.figure}")
    # A figure that the plan withholds is shown as withheld, never filled in.
    if "X" in of.figure:
        assert "隐去" in of.figure
        assert any(proof.clause.redactions for proof in of.proofs)


@pytest.mark.parametrize("of", [r for r in rows() if r.figure], ids=lambda r: r.id)
def test_the_words_that_prove_a_row_hold_its_figures(of: Row) -> None:
    quoted = "\n".join(proof.quote for proof in of.proofs)
    assert not unsupported(figures(of.figure), figures(quoted))


def test_every_plan_or_policy_behind_a_row_concerns_its_audience() -> None:
    for of in rows():
        for proof in of.proofs:
            if proof.clause.audience:
                assert set(of.audience) & set(proof.clause.audience), of.id


def test_the_facts_are_those_that_a_profile_asks_for() -> None:
    from assistant.profile import EnterpriseProfile, SchoolProfile

    for facts, profile in ((EnterpriseFacts, EnterpriseProfile), (SchoolFacts, SchoolProfile)):
        asked = {fact.name: {value for value, _ in fact.options} for fact in profile.facts}
        known = {
            name: set(get_args(get_args(field.annotation)[0]))
            for name, field in facts.model_fields.items()
        }
        assert known == asked


def test_every_fact_of_a_profile_decides_on_some_row() -> None:
    used = {
        (audience, name) for of in rows() for audience, facts in of.when.items() for name in facts
    }
    assert {name for a, name in used if a is Audience.ENTERPRISE} == set(
        EnterpriseFacts.model_fields
    )
    assert {name for a, name in used if a is Audience.SCHOOL} == set(SchoolFacts.model_fields)
    for of in rows():
        assert set(of.when) == set(of.audience)
        assert all(values for facts in of.when.values() for values in facts.values())


@pytest.mark.parametrize(
    ("row_id", "clause_id", "figure"),
    [
        ("training-deduction", "财税〔2018〕51号#第一条", "8%"),
        ("apprentice-subsidy", "人社部发〔2021〕39号#经费补贴", "5000元"),
        ("extract-funds", "财建〔2006〕317号#提取", "1.5%"),
        ("intern-pay", "教职成〔2021〕4号#实习报酬", "80%"),
        ("teacher-practice", "教师〔2016〕3号#第四条", "6个月"),
        ("development-fund", "国务院令第741号#第四十六条", "10%"),
    ],
)
def test_rows_that_a_reader_will_look_for(row_id: str, clause_id: str, figure: str) -> None:
    assert clause_id in row(row_id).clause_ids
    assert figure in row(row_id).figure


def test_what_depends_on_being_certified_says_so() -> None:
    certified = {"fusion": ("certified",)}
    assert row("certified-support").when[Audience.ENTERPRISE] == certified
    assert row("pilot-investment-credit").when[Audience.ENTERPRISE]["fusion"] == ("pilot",)
    assert row("accept-teachers-large").when[Audience.ENTERPRISE] == {"above_scale": ("yes",)}


def test_incentives_and_requirements_are_told_apart() -> None:
    assert all(isinstance(r, Incentive) for r in both().incentives)
    assert all(isinstance(r, Requirement) for r in both().requirements)
    assert {f.name for f in fields(Incentive)} - {f.name for f in fields(Requirement)} == {"how"}


def test_without_the_statutes_the_rest_still_stands() -> None:
    smaller = tables.load(load(Settings(statutes="none")))
    lost = {problem.source for problem in smaller.problems}
    kept = {r.title for r in (*smaller.incentives, *smaller.requirements)}
    assert lost
    assert kept
    assert lost | kept == {r.title for r in rows()}
    assert all("没有收录" in problem.reason.zh for problem in smaller.problems)
    assert "职工教育经费税前扣除" in kept


ROW = """
[[row]]
id = "one"
title = "标题"
topic = "税收优惠"
audience = ["enterprise"]
who = "企业"
what = "得到补贴"
proof = [{ clause = "财税〔2018〕51号#第一条", quote = "QUOTE" }]
"""


def made(folder: Path, text: str) -> Tables:
    path = folder / "rows.toml"
    path.write_text(text, "utf-8")
    return tables.load(library(), incentives=path)


def test_a_row_whose_words_are_gone_is_left_out_and_reported(tmp_path: Path) -> None:
    loaded = made(tmp_path, ROW.replace("QUOTE", "没有这样的话") + ROW.replace("QUOTE", "8%"))
    assert [r.proofs[0].quote for r in loaded.incentives] == ["8%"]
    (problem,) = loaded.problems
    assert problem.source == "标题"
    assert "原话" in problem.reason.zh


@pytest.mark.parametrize(
    "text",
    [
        ROW.replace("税收优惠", "好处"),
        ROW.replace('audience = ["enterprise"]', 'audience = ["government"]'),
        ROW.replace('who = "企业"\n', ""),
        ROW + 'amount = "8%"\n',
        ROW.replace('id = "one"', 'id = "第一"'),
        ROW + 'when_enterprise = { size = ["huge"] }\n',
        ROW + 'when_enterprise = { profit = ["yes"] }\n',
        ROW + 'when_school = { level = ["secondary"] }\n',
        ROW.replace(
            'proof = [{ clause = "财税〔2018〕51号#第一条", quote = "QUOTE" }]', "proof = []"
        ),
    ],
)
def test_broken_rows_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValidationError):
        made(tmp_path, text)
