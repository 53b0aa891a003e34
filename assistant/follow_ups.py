"""What to ask next: neighbours of the cited clauses, asked so that look-up answers them."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answer import Citation
from corpus.document import Clause, Document, Kind, Role

LIMIT = 3


def ask_about(clause: Clause, document: Document) -> str:
    """A question that the direct look-up answers with this clause."""
    if document.kind is Kind.PLAN and clause.title:
        if "(" in clause.label:
            part = clause.heading_path[0].split("、")[0]
            point = clause.label.partition("(")[2].rstrip(")")
            return f"方案第{part}部分第{point}点“{clause.title}”说了什么？"
        return f"方案第{clause.label}项“{clause.title}”说了什么？"
    if clause.label.startswith("第"):
        return f"《{document.name}》{clause.label}怎么规定？"
    return ""


def suggest(
    citations: Sequence[Citation],
    clauses: dict[str, Clause],
    documents: dict[str, Document],
    linked: Sequence[str] = (),
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
        question = ask_about(clause, documents[clause.document_id])
        if question and question not in questions:
            questions.append(question)
    return tuple(questions[:LIMIT])
