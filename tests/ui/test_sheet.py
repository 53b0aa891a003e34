"""The plain sheet's logic: what applies, what may, what does not; nothing guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.profile import KINDS, Profile, ProfileError, parse
from assistant.scope import TERMS, Truth, belongs, meets
from assistant.sheet import Fit, Sheet, sheet
from corpus import library as corpus_library
from corpus import tables as corpus_tables
from corpus.document import Audience, Validity
from corpus.library import Library
from corpus.settings import Settings
from corpus.tables import EnterpriseFacts, SchoolFacts, Tables

TODAY = date(2024, 6, 1)
FULL_ENTERPRISE = {
    "who": "enterprise",
    "size": "small",
    "above_scale": "yes",
    "kind": "private",
    "fusion": "certified",
    "takes_interns": "yes",
    "runs_training": "yes",
    "runs_school": "no",
}


@cache
def corpus() -> tuple[Tables, Library]:
    library = corpus_library.load(Settings())
    return corpus_tables.load(library), library


def made(**facts: Any) -> Sheet:
    return sheet(parse(facts), *corpus(), today=TODAY)


def fits(of: Sheet) -> dict[str, Fit]:
    return {item.id: item.fit for section in of.sections for item in section.items}


@st.composite
def profiles(draw: st.DrawFn) -> dict[str, str]:
    """Any profile; facts may be missing."""
    who = draw(st.sampled_from(sorted(KINDS)))
    facts = {"who": who}
    for fact in KINDS[who].facts:
        values = [value for value, _ in fact.options]
        if (value := draw(st.sampled_from([*values, None]))) is not None:
            facts[fact.name] = value
    return facts


@pytest.mark.parametrize(
    ("who", "model"), [("enterprise", EnterpriseFacts), ("school", SchoolFacts)]
)
def test_tables_and_profile_speak_of_the_same_facts(who: str, model: Any) -> None:
    asked = {fact.name: {value for value, _ in fact.options} for fact in KINDS[who].facts}
    named = {
        name: set(get_args(get_args(field.annotation)[0]))
        for name, field in model.model_fields.items()
    }
    assert named == asked
    for term, alternatives in TERMS[who].items():
        for facts in alternatives:
            assert all(set(values) <= asked[name] for name, values in facts.items()), term


@given(profiles())
@settings(max_examples=60, deadline=None)
def test_every_item_is_proved_word_for_word_and_explained(facts: dict[str, str]) -> None:
    _, library = corpus()
    for section in made(**facts).sections:
        for item in section.items:
            assert item.fit is section.fit and item.incentive is section.incentive
            assert item.cited
            for cited in item.cited:
                clause = library.clauses[cited.clause_id]
                assert clause.text[cited.start : cited.end] == cited.quote
                assert cited.verbatim is library.by_id[cited.document_id].verbatim
            # What is sure says why; what is not says what is missing. Never both.
            assert bool(item.because) is (item.fit is Fit.APPLIES)
            assert bool(item.missing) is (item.fit is Fit.MAY_APPLY)


@given(profiles(), st.data())
@settings(max_examples=80, deadline=None)
def test_a_further_fact_never_overturns_what_was_said(
    facts: dict[str, str], data: st.DataObject
) -> None:
    whole = KINDS[facts["who"]].facts
    open_facts = [fact for fact in whole if fact.name not in facts]
    if not open_facts:
        return
    fact = data.draw(st.sampled_from(open_facts))
    value = data.draw(st.sampled_from([value for value, _ in fact.options]))
    before, after = fits(made(**facts)), fits(made(**facts, **{fact.name: value}))
    assert set(after) <= set(before)  # what did not apply still does not
    assert all(after.get(row) is Fit.APPLIES for row, fit in before.items() if fit is Fit.APPLIES)


@pytest.mark.parametrize("who", sorted(KINDS))
def test_without_facts_only_what_concerns_everyone_applies(who: str) -> None:
    tables, _ = corpus()
    when = {
        row.id: row.when.get(Audience(who)) for row in (*tables.incentives, *tables.requirements)
    }
    blank = made(who=who)
    assert len(blank.unknown) == len(KINDS[who].facts)
    sure = [row for row, fit in fits(blank).items() if fit is Fit.APPLIES]
    assert sure and not [row for row in sure if when[row]]
    assert len(sure) < len(fits(blank)) / 3


def test_facts_decide() -> None:
    certified = fits(made(**FULL_ENTERPRISE))
    assert certified["certified-support"] is Fit.APPLIES
    assert "pilot-investment-credit" not in certified
    assert certified["sme-credit-guarantee"] is Fit.APPLIES
    assert certified["intern-pay"] is Fit.APPLIES
    assert "property-tax-exemption" not in certified  # for schools
    large = fits(made(**FULL_ENTERPRISE | {"size": "large", "takes_interns": "no"}))
    assert not {"sme-credit-guarantee", "small-fee-relief", "intern-pay"} & set(large)
    pilot = fits(made(**FULL_ENTERPRISE | {"fusion": "pilot", "runs_school": "yes"}))
    assert pilot["pilot-investment-credit"] is Fit.MAY_APPLY  # the investment must qualify
    assert "certified-support" not in pilot
    public = fits(made(who="school", kind="vocational", level="secondary", ownership="public"))
    assert public["property-tax-exemption"] is Fit.APPLIES
    assert public["teacher-practice"] is Fit.APPLIES
    assert "development-fund" not in public  # for private schools
    training = fits(made(who="school", kind="training"))
    assert "mobile-posts" not in training  # for vocational schools and universities


def test_a_certified_enterprise_is_not_taken_to_train_apprentices() -> None:
    row = next(
        item
        for section in made(**FULL_ENTERPRISE).sections
        for item in section.items
        if item.id == "apprentice-subsidy"
    )
    assert row.fit is Fit.MAY_APPLY
    assert "是否属于所列对象" in row.missing
    assert "5000元" in row.figure


def test_what_is_unverified_or_repealed_never_applies_for_sure() -> None:
    tables, library = corpus()
    everything = [
        *made(**FULL_ENTERPRISE | {"fusion": "pilot", "runs_school": "yes"}).sections,
        *made(who="school").sections,
    ]
    unverified = [
        item
        for section in everything
        for item in section.items
        if not all(cited.verified for cited in item.cited)
    ]
    assert unverified
    for item in unverified:
        assert item.fit is Fit.MAY_APPLY
        assert "所依据的内容是否有效" in item.missing
        assert any("待核实" in caution for caution in item.cautions)

    repealed = replace(
        library,
        documents=tuple(
            replace(d, validity=Validity.REPEALED) if d.id == "中小企业促进法" else d
            for d in library.documents
        ),
    )
    made_then = sheet(parse(FULL_ENTERPRISE), corpus_tables.load(repealed), repealed, today=TODAY)
    item = next(i for s in made_then.sections for i in s.items if i.id == "sme-credit-guarantee")
    assert item.fit is Fit.MAY_APPLY
    assert any("已废止" in caution for caution in item.cautions)


def test_redacted_figures_stay_redacted() -> None:
    item = next(
        i for s in made(**FULL_ENTERPRISE).sections for i in s.items if i.id == "funds-plan-local"
    )
    assert "X%" in item.figure
    assert "X%" in item.cited[0].quote


def test_rows_that_cannot_be_proved_are_named() -> None:
    library = corpus_library.load(Settings(statutes="none"))
    without = sheet(parse({"who": "enterprise"}), corpus_tables.load(library), library, today=TODAY)
    assert any("职业教育法" in line for line in without.left_out)
    assert not made(who="enterprise").left_out


@pytest.mark.parametrize(
    ("facts", "group", "truth"),
    [
        ({}, "企业", Truth.YES),
        ({}, "自治州的企业", Truth.YES),
        ({}, "企业、学校和行业组织", Truth.YES),
        ({}, "规模以上企业", Truth.UNKNOWN),
        ({"above_scale": "no"}, "规模以上企业", Truth.NO),
        ({"takes_interns": "yes"}, "学校和实习单位", Truth.YES),
        ({"takes_interns": "yes"}, "接纳实习的单位", Truth.YES),
        ({"takes_interns": "no"}, "接纳实习的单位", Truth.NO),
        ({"runs_training": "yes"}, "开展企业新型学徒培训的企业", Truth.OPEN),
        ({"fusion": "certified"}, "申报产教融合型企业的企业", Truth.OPEN),
        ({}, "开展校企合作的职业学校和企业", Truth.OPEN),
        ({}, "未提取或者挪用职工教育经费的企业", Truth.OPEN),
        ({"size": "small"}, "符合条件的小型微型企业", Truth.OPEN),
        ({"size": "small"}, "小型微利企业", Truth.OPEN),
        ({"size": "large"}, "中小企业", Truth.NO),
        ({}, "参与企业", Truth.OPEN),
        ({}, "平等企业", Truth.OPEN),
        ({}, "中小企业的经营管理人员", Truth.OPEN),
    ],
)
def test_groups_of_enterprises(facts: dict[str, str], group: str, truth: Truth) -> None:
    assert belongs(parse({"who": "enterprise", **facts}), group).truth is truth


@pytest.mark.parametrize(
    ("facts", "group", "truth"),
    [
        ({"kind": "vocational"}, "职业学校和高等学校", Truth.YES),
        ({"kind": "training"}, "职业学校和高等学校", Truth.NO),
        ({}, "职业学校和高等学校", Truth.UNKNOWN),
        ({"kind": "vocational", "level": "college"}, "高等学校", Truth.YES),
        ({"kind": "vocational", "level": "secondary"}, "高等学校", Truth.NO),
        ({"kind": "vocational"}, "高等学校", Truth.UNKNOWN),
        ({"ownership": "public"}, "由财政拨付事业经费的单位（含公办学校）", Truth.YES),
        ({"ownership": "profit"}, "非营利性民办学校", Truth.NO),
        ({"ownership": "nonprofit"}, "新建、扩建的非营利性民办学校", Truth.OPEN),
        ({"kind": "vocational"}, "职业学校专业课教师（含实习指导教师）", Truth.YES),
        ({"kind": "vocational"}, "申报新专业的职业院校", Truth.OPEN),
    ],
)
def test_groups_of_schools(facts: dict[str, str], group: str, truth: Truth) -> None:
    assert belongs(parse({"who": "school", **facts}), group).truth is truth


@given(st.text(alphabet="某甲乙丙丁戊己庚", min_size=1, max_size=6))
def test_unknown_words_are_never_taken_to_fit(words: str) -> None:
    full = parse(FULL_ENTERPRISE)
    for group in (f"{words}的企业", f"{words}企业", f"企业{words}", f"企业的{words}"):
        assert belongs(full, group).truth is Truth.OPEN
    assert meets(full, f"规模以上企业，{words}").truth is Truth.OPEN
    assert meets(full, "").truth is Truth.YES


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "名称: 值"),
        ({}, "enterprise（企业）或 school（学校）"),
        ({"who": "person"}, "enterprise（企业）或 school（学校）"),
        ({"who": ["school"]}, "enterprise（企业）或 school（学校）"),
        ({"who": "enterprise", "size": "tiny"}, "small（小型）"),
        ({"who": "enterprise", "size": 3}, "size"),
        ({"who": "school", "size": "small"}, "没有“size”这一项"),
        ({"who": "school", "name": "长" * 61}, "60 个字"),
        ({"who": "school", "name": 5}, "60 个字"),
    ],
)
def test_bad_profiles_are_refused_in_words(data: Any, says: str) -> None:
    with pytest.raises(ProfileError, match=says.replace("（", "（")) as caught:
        parse(data)
    assert "pydantic" not in str(caught.value) and "Input" not in str(caught.value)


@given(profiles())
def test_unknown_may_be_written_in_several_ways(facts: dict[str, str]) -> None:
    missing = [f.name for f in KINDS[facts["who"]].facts if f.name not in facts]
    plain: Profile = parse(facts)
    assert parse({**facts, **dict.fromkeys(missing, "unknown")}) == plain
    assert parse({**facts, **dict.fromkeys(missing, "")}) == plain
    assert parse({**facts, **dict.fromkeys(missing)}) == plain
    booleans = {k: {"yes": True, "no": False}.get(v, v) for k, v in facts.items()}
    assert parse(booleans) == plain
