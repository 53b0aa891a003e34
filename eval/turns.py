"""The follow-ups of dialogues, each with the readings that the assistant would weigh."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant import dialogue
from assistant.answer import Turn
from assistant.conversation import Past, Reading
from assistant.pipeline import Assistant, Context
from eval.dataset import Dialogue, Row, load_dialogues

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
