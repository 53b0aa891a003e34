"""What is offered to ask next is answered by the direct look-up, in either language."""

from __future__ import annotations

import pytest

from assistant import lookup
from assistant.answer import Status
from assistant.follow_ups import ask_about
from assistant.normalise import normalise
from assistant.pipeline import Assistant
from assistant.question import QuestionKind, understand
from corpus.document import Clause, Document, Kind, Role
from corpus.library import load
from corpus.settings import Settings


def offered(english: bool) -> list[tuple[str, Clause, tuple[Document, ...]]]:
    """Every question about the plan, and some about each other document."""
    documents = load(Settings()).documents
    found = []
    for document in documents:
        bodies = [clause for clause in document.clauses if clause.role is Role.BODY]
        bodies = bodies if document.kind is Kind.PLAN else [*bodies[:4], *bodies[-3:]]
        for clause in bodies:
            if question := ask_about(clause, document, english):
                found.append((question, clause, documents))
    return found


@pytest.mark.parametrize("english", [True, False])
def test_look_up_answers_what_is_offered(english: bool) -> None:
    questions = offered(english)
    assert len({clause.document_id for _, clause, _ in questions}) > 25
    for question, clause, documents in questions:
        read = understand(question, normalise(question), documents, None)
        assert (read.kind, read.english) == (QuestionKind.LOOKUP, english), question
        found = lookup.find(read, documents)
        assert found is not None and found.clauses == (clause,), question


def test_every_numbered_clause_can_be_asked_about_in_both_languages() -> None:
    for document in load(Settings()).documents:
        for clause in document.clauses:
            assert bool(ask_about(clause, document)) is bool(ask_about(clause, document, True))
            if clause.label.startswith("第") and clause.role is Role.BODY:
                assert ask_about(clause, document)


@pytest.mark.slow
def test_an_english_answer_offers_english_questions(assistant: Assistant) -> None:
    answer = assistant.ask("How long must teachers practise in enterprises every five years?")
    assert answer.follow_ups
    for question in answer.follow_ups:
        assert question.startswith("What does "), question
        then = assistant.ask(question)
        assert then.status in (Status.ANSWERED, Status.PARTIAL), question
        assert then.answer.startswith(("The plan says: ", "The document says: ", "《"))
    asked = "What does item 11 of the plan (强化企业职工在岗教育培训) say?"
    assert {c.clause_id for c in assistant.ask(asked).citations} == {"plan-2024#11"}
    asked = "What does Article 58 of the 职业教育法 say?"
    assert {c.clause_id for c in assistant.ask(asked).citations} == {"职业教育法#第五十八条"}
