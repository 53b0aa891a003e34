"""The outline parser on the plan, on other layouts, and on anything at all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import outline
from corpus.document import Clause, Role
from corpus.library import PLAN_DIR
from corpus.numerals import to_chinese, to_int
from corpus.spans import paragraph_spans, redaction_spans, sentence_spans

OFFICIAL = Path(__file__).parents[3] / "shared" / "official-texts"


def parse(text: str) -> tuple[Clause, ...]:
    return outline.parse(outline.clean(text), document_id="d", document_title="标题文件")


def plan_clauses() -> tuple[Clause, ...]:
    raw = (PLAN_DIR / "plan-2024.md").read_text("utf-8").split("---\n", 2)[2]
    return outline.parse(
        outline.clean(raw),
        document_id="plan-2024",
        document_title="2024年度产教融合工作责任分工方案",
    )


def test_the_plan_has_24_items_under_five_sections_and_three_safeguards() -> None:
    clauses = plan_clauses()
    items = [c for c in clauses if re.fullmatch(r"\d+", c.label)]
    assert [c.label for c in items] == [str(n) for n in range(1, 25)]
    sections = {c.heading_path[1] for c in items}
    assert len(sections) == 5
    assert all(c.heading_path[0] == "二、工作要点及分工" for c in items)
    safeguards = [c for c in clauses if c.label.startswith("三(")]
    assert [c.label for c in safeguards] == ["三(一)", "三(二)", "三(三)"]
    assert {"plan-2024#一", "plan-2024#前言", "plan-2024#标题"} <= {c.id for c in clauses}


def test_an_item_knows_its_path_title_and_withheld_figures() -> None:
    item = next(c for c in plan_clauses() if c.id == "plan-2024#11")
    assert item.heading_path == (
        "二、工作要点及分工",
        "(二)深化产教融合校企合作取得新成效",
        "11、强化企业职工在岗教育培训",
    )
    assert item.title == "强化企业职工在岗教育培训"
    assert [span.of(item.text) for span in item.redactions] == ["X%", "X%", "X%"]
    assert item.text[item.body :].startswith("建立政府和企业")


def test_bare_headings_are_no_bodies() -> None:
    roles = {c.id: c.role for c in plan_clauses()}
    assert roles["plan-2024#二"] is Role.HEADING
    assert roles["plan-2024#二(五)"] is Role.HEADING
    assert roles["plan-2024#一"] is Role.BODY


def test_articles_hold_their_paragraphs_and_items() -> None:
    clauses = parse(
        "标题文件\n第一章 总则\n第一条 为了测试，制定本法。\n国家支持测试。\n"
        "第二条 有下列情形之一的：\n（一）甲；\n（二）乙。\n第二章 附则\n"
        "第三条 本法自公布之日起施行。"
    )
    by_id = {c.id: c for c in clauses}
    assert len(by_id["d#第一条"].paragraphs) == 2
    assert "（二）乙。" in by_id["d#第二条"].text
    assert by_id["d#第三条"].heading_path == ("第二章 附则", "第三条")


def test_a_wrapped_reference_is_no_article() -> None:
    clauses = parse("第一条 甲按\n第五十八条规定办理。\n第二条 乙。")
    assert [c.label for c in clauses] == ["第一条", "第二条"]
    assert "第五十八条规定办理。" in clauses[0].text


def test_inserted_articles_and_wide_digits() -> None:
    clauses = parse("第１条 甲。\n第２条 乙。\n第２条之一 丙。\n第３条 丁。")
    assert [c.id for c in clauses] == ["d#第1条", "d#第2条", "d#第2条之一", "d#第3条"]


@pytest.mark.parametrize("mark", ["1、", "1.", "1．", "１、"])
def test_items_in_every_punctuation(mark: str) -> None:
    second = mark.replace("1", "2").replace("１", "２")
    clauses = parse(f"一、总则\n{mark}第一件事。要做好。\n{second}第二件事。也要做好。")
    assert [c.id for c in clauses] == ["d#一", "d#1", "d#2"]


def test_counts_that_start_again_are_told_apart_by_their_parents() -> None:
    clauses = parse("一、甲\n（一）子。内容。\n（二）丑。内容。\n二、乙\n（一）寅。内容。")
    assert [c.id for c in clauses] == ["d#一", "d#一(一)", "d#一(二)", "d#二", "d#二(一)"]


def test_decimals_and_years_are_no_items() -> None:
    clauses = parse("一、要求\n1、第一。做。\n2.5万元用于奖励。\n2024年完成。")
    assert [c.id for c in clauses] == ["d#一", "d#1"]


@given(st.text(alphabet="一二三十（）()、.1２34第条章节X%。；\n甲乙 ", max_size=200))
def test_joining_the_clauses_gives_back_the_text(text: str) -> None:
    clean = outline.clean(text)
    clauses = outline.parse(clean, document_id="d", document_title="t")
    assert "\n".join(c.text for c in clauses) == clean
    assert len({c.id for c in clauses}) == len(clauses)
    for clause in clauses:
        assert 0 <= clause.body <= len(clause.text)


@given(st.text(max_size=200))
def test_spans_slice_to_their_quotes_and_cover_everything_but_space(text: str) -> None:
    for spans in (sentence_spans(text), paragraph_spans(text)):
        assert all(0 <= s.start < s.end <= len(text) for s in spans)
        assert all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False))
    covered = "".join(s.of(text) for s in sentence_spans(text))
    assert re.sub(r"\s", "", covered) == re.sub(r"\s", "", text)
    for span in redaction_spans(text):
        assert "X" in span.of(text)


@given(st.integers(min_value=1, max_value=9999))
def test_numerals_round_trip(value: int) -> None:
    assert to_int(to_chinese(value)) == value


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="../shared/official-texts is not here")
def test_official_texts_have_every_article_in_order() -> None:
    for path in sorted(OFFICIAL.glob("*.md")):
        clauses = parse(path.read_text("utf-8").replace("#", ""))
        numbers = [to_int(m.group(1)) for c in clauses if (m := re.fullmatch(r"第(.+)条", c.label))]
        assert numbers == list(range(1, len(numbers) + 1)), path.name
