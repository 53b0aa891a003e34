"""The follow-ups of dialogues, each with the readings that the assistant would weigh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant import conversation, dialogue
from assistant.answer import Turn
from assistant.conversation import Past, Reading
from assistant.normalise import normalise
from assistant.pipeline import Assistant, Context
from corpus.document import Clause
from eval.dataset import Dialogue, DialogueTurn, Row, load_dialogues
from eval.text import squeeze
from index.passages import body_sentences

DIALOGUES = ("dialogues", "training-dialogues", "development-dialogues")


@dataclass(frozen=True)
class FollowUp:
    """A question with others before it, as it was heard, and what it may mean."""

    row: Row
    text: str
    past: list[Past]
    readings: list[Reading]

    def context(self, reading: Reading) -> Context:
        """A context to take one reading through the steps."""
        return Context(self.row.question, self.row.audience, reading)


def as_asked(
    talk: Dialogue, clauses: Mapping[str, Clause], content_words: conversation.Words
) -> Iterator[tuple[DialogueTurn, str]]:
    """Each question that has an answer, read as going on with the right answers before it."""
    history: list[Turn] = []
    for turn in talk.turns:
        text = normalise(turn.question)
        if not turn.refuses:
            yield turn, _asked(text, history, clauses, content_words)
        history.append(Turn(text, "\n".join(f"{said}[1]" for said in _stating(turn, clauses))))


def _asked(
    text: str,
    history: Sequence[Turn],
    clauses: Mapping[str, Clause],
    content_words: conversation.Words,
) -> str:
    bare = conversation.opened(text)
    new = conversation.changes_topic(text) or conversation.stands_alone(bare, content_words)
    if not history or new:
        return bare
    past = conversation.past_turns(history, clauses, content_words)
    return conversation.shown(bare, past, conversation.continued(bare, past, content_words))


def _stating(turn: DialogueTurn, clauses: Mapping[str, Clause]) -> Iterator[str]:
    """The sentences of the first right clauses that state a fact of the turn."""
    for group in turn.relevant:
        clause = clauses.get(group[0])
        for _, span in body_sentences(clause) if clause else ():
            text = span.of(clause.text) if clause else ""
            if any(squeeze(words) in squeeze(text) for fact in turn.facts for words in fact):
                yield text.strip()


def load(files: Sequence[Path]) -> list[Dialogue]:
    """The dialogues of several files."""
    return [talk for file in files for talk in load_dialogues(file)]


def ambiguous(assistant: Assistant, row: Row) -> FollowUp | None:
    """The readings of a follow-up; None where it has only one or is answered from the last."""
    text, past = dialogue.heard(assistant, row.question, row.history)
    for reading in dialogue.directed(assistant, text, past):
        context = assistant.run(Context(row.question, row.audience, reading))
        if dialogue.answers(context) or (reading.act and reading.last.clauses):
            return None
    readings = dialogue.readings(assistant, text, past)
    return FollowUp(row, text, past, readings) if len(readings) > 1 else None


def follow_ups(assistant: Assistant, talk: Dialogue) -> Iterator[FollowUp]:
    """The follow-ups with several readings, each after what is really answered before it."""
    history: list[Turn] = []
    for at, turn in enumerate(talk.turns):
        row = talk.row(at, history)
        if history and (found := ambiguous(assistant, row)):
            yield found
        answer = assistant.ask(row.question, row.audience, row.history)
        history.append(Turn(turn.question, answer.answer))
