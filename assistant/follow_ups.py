"""What to ask next: neighbours of the cited clauses, asked so that look-up answers them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answer import Citation
from corpus.document import Clause, Document, Kind, Role
from corpus.numerals import CHINESE_NUMERAL, to_int

LIMIT = 3
_ARTICLE = re.compile(rf"第([{CHINESE_NUMERAL}]+)条")
_PLAN_LABEL = re.compile(
    rf"(?P<number>\d+|[{CHINESE_NUMERAL}]+)(?:\((?P<point>[{CHINESE_NUMERAL}]+)\))?"
)


def ask_about(clause: Clause, document: Document, english: bool = False) -> str:
    """A question that the direct look-up answers with this clause; empty where there is none."""
    if document.kind is Kind.PLAN and clause.title:
        return _of_plan(clause, english)
    article = _ARTICLE.fullmatch(clause.label)
    if article is None:
        return ""
    if english:
        return f"What does Article {to_int(article[1])} of 《{document.name}》 say?"
    return f"《{document.name}》{clause.label}怎么规定？"


def _of_plan(clause: Clause, english: bool) -> str:
    """Items are numbered through the plan, points within a part."""
    label = _PLAN_LABEL.fullmatch(clause.label)
    if label is None:
        return ""
    number, point = to_int(label["number"]), label["point"]
    if point:
        where = f"第{label['number']}部分第{point}点"
        place = f"item {to_int(point)} in part {number} of the plan"
    elif label["number"].isdigit():
        where, place = f"第{number}项", f"item {number} of the plan"
    else:
        where, place = f"第{label['number']}部分", f"part {number} of the plan"
    if english:
        return f"What does {place} ({clause.title}) say?"
    return f"方案{where}“{clause.title}”说了什么？"


def suggest(
    citations: Sequence[Citation],
    clauses: dict[str, Clause],
    documents: dict[str, Document],
    linked: Sequence[str] = (),
    *,
    english: bool = False,
) -> tuple[str, ...]:
    """Up to three questions: linked provisions first, then the neighbours of what was cited."""
    cited = list(dict.fromkeys(citation.clause_id for citation in citations))
    names: list[str] = [name for name in linked if name not in cited]
    for clause_id in cited:
        document = documents[clauses[clause_id].document_id]
        bodies = [c.id for c in document.clauses if c.role is Role.BODY]
        if clause_id in bodies:
            at = bodies.index(clause_id)
            names += [*bodies[at + 1 : at + 2], *bodies[max(at - 1, 0) : at]]
    questions: list[str] = []
    for name in dict.fromkeys(names):
        if name in cited or name not in clauses:
            continue
        clause = clauses[name]
        question = ask_about(clause, documents[clause.document_id], english)
        if question and question not in questions:
            questions.append(question)
    return tuple(questions[:LIMIT])
