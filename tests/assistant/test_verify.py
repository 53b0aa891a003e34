"""No claim leaves without a quote that proves it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.compose import Draft, Quote
from assistant.verify import verify
from corpus.document import Clause, Document, Kind, Rank, Span, Validity
from corpus.spans import paragraph_spans, sentence_spans

TEXT = "14、教师实践。专业教师每五年累计不少于6个月。其他教师也要考察。"
CLAUSE = Clause(
    id="d#14",
    document_id="d",
    document_title="文件",
    label="14",
    title="教师实践",
    heading_path=("14、教师实践",),
    text=TEXT,
    body=8,
    sentences=sentence_spans(TEXT),
    paragraphs=paragraph_spans(TEXT),
)
DOCUMENT = Document("d", "文件", Kind.PLAN, Rank.LOCAL, Validity.IN_FORCE, TEXT, (CLAUSE,))
CLAUSES, DOCUMENTS = {CLAUSE.id: CLAUSE}, {"d": DOCUMENT}


def check(text: str, *spans: Span) -> bool:
    quotes = tuple(Quote(CLAUSE, span) for span in spans)
    return bool(verify([Draft(text, quotes)], CLAUSES, DOCUMENTS).claims)


def test_a_quote_with_its_figures_stands() -> None:
    assert check("专业教师每五年累计不少于6个月。", Span(8, 24))


def test_a_claim_without_a_quote_falls() -> None:
    assert not check("专业教师每五年累计不少于6个月。")


def test_a_figure_that_the_quote_lacks_falls() -> None:
    assert not check("专业教师每三年累计不少于6个月。", Span(8, 24))


def test_an_altered_clause_falls() -> None:
    other = Clause(**{**{f: getattr(CLAUSE, f) for f in CLAUSE.__slots__}, "text": TEXT[::-1]})
    draft = Draft("其他教师也要考察。", (Quote(other, Span(24, 33)),))
    assert not verify([draft], CLAUSES, DOCUMENTS).claims


@given(st.integers(-50, 100), st.integers(-50, 100))
def test_every_citation_that_leaves_is_verbatim_at_its_offsets(start: int, end: int) -> None:
    checked = verify([Draft("其他。", (Quote(CLAUSE, Span(start, end)),))], CLAUSES, DOCUMENTS)
    for citation in checked.citations:
        assert citation.text[citation.start : citation.end] == citation.quote != ""
    assert bool(checked.claims) == (0 <= start < end <= len(TEXT))
