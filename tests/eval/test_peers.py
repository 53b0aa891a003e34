"""The comparison with other systems judges all by the same measure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import outline
from corpus.document import Document, Kind, Rank, Validity
from eval import peers
from eval.dataset import Question
from eval.peers import Layout
from eval.stard import Asked

TEXT = "方案\n一、总则\n1、教师。每五年累计不少于6个月。\n2、企业。至少有5家企业。"
DOCUMENT = Document(
    id="p",
    title="方案",
    kind=Kind.PLAN,
    rank=Rank.LOCAL,
    validity=Validity.IN_FORCE,
    text=TEXT,
    clauses=outline.parse(TEXT, document_id="p", document_title="方案"),
)


def test_a_layout_finds_every_clause_at_its_own_place() -> None:
    layout = Layout.of(DOCUMENT)
    for clause in DOCUMENT.clauses:
        start = TEXT.index(clause.text)
        assert clause.id in layout.within(start, start + len(clause.text))
    assert set(layout.within(0, len(TEXT))) == {clause.id for clause in DOCUMENT.clauses}


@given(st.integers(0, len(TEXT)), st.integers(1, len(TEXT)))
def test_a_chunk_reaches_only_clauses_that_it_touches(start: int, size: int) -> None:
    layout = Layout.of(DOCUMENT)
    chunk = TEXT[start : start + size]
    for name in layout.within(start, start + len(chunk)):
        clause = next(c for c in DOCUMENT.clauses if c.id == name)
        assert set(clause.text) & set(chunk)


def test_rag_figures_by_hand() -> None:
    target = next(clause for clause in DOCUMENT.clauses if "6个月" in clause.text)
    start = TEXT.index(target.text)
    chunk = {"document": 0, "start": start, "text": target.text}
    asked = [Asked("多久？", ((target.id,),), (("6个月",), ("五年", "5年"), ("学校",)))]
    figures = peers.rag_figures(asked, [[chunk]], [Layout.of(DOCUMENT)])
    assert figures["clause_recall"] == 1.0
    assert figures["fact_recall"] == pytest.approx(2 / 3)
    assert figures["source_characters"] == len(target.text)
    assert peers.rag_figures(asked, [[]], [])["clause_recall"] == 0.0


def test_only_questions_that_articles_answer_alone_are_kept() -> None:
    def row(name: str, relevant: tuple[tuple[str, ...], ...]) -> Question:
        return Question(
            id=name,
            question="?",
            kind="how",
            styles=("plain",),
            statuses=("answered",),  # type: ignore[arg-type]
            relevant=relevant,
            facts=(("x",),),
        )

    rows = [
        row("a", (("职业教育法#第一条", "p#1"),)),
        row("b", (("职业教育法#第一条",), ("p#1",))),
        row("c", (("p#1",),)),
    ]
    found = peers.statute_questions(rows, frozenset({"职业教育法#第一条"}))
    assert [item.gold for item in found] == [(("职业教育法#第一条",),)]


def test_quality_by_hand() -> None:
    asked = [Asked("?", (("a",), ("b",)))]
    figures = peers.quality([["x", "a"]], asked)
    assert (figures["recall@1"], figures["recall@5"], figures["mrr@10"]) == (0.0, 0.5, 0.5)
