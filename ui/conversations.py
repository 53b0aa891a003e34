"""The conversations of the chat: kept on the server, in memory, for a while, and nowhere else.

The browser holds an unguessable token and nothing that is trusted.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.answer import Answer, Turn

KEPT_SECONDS = 2 * 60 * 60
KEPT_CONVERSATIONS = 2000
KEPT_EXCHANGES = 50
# How far back a question is read against the conversation.
HISTORY = 6


@dataclass(slots=True)
class Exchange:
    """A question of the chat and what became of it: an answer, or a note to the user.

    `feedback` is the token of what the visitor said of the answer.
    """

    question: str
    audience: str
    answer: Answer | None = None
    note: str = ""
    failed: bool = False
    rating: str = ""
    feedback: str = ""


@dataclass(slots=True)
class Conversation:
    """The exchanges of one visitor, oldest first; `run` names the question being answered."""

    token: str
    exchanges: list[Exchange] = field(default_factory=list)
    run: int = 0
    used: float = 0.0

    def history(self, before: int) -> list[Turn]:
        """The last answered exchanges before exchange `before`."""
        answered = [
            Turn(exchange.question, exchange.answer.answer)
            for exchange in self.exchanges[:before]
            if exchange.answer
        ]
        return answered[-HISTORY:]


class Conversations:
    """Conversations by token; the oldest go where there are too many. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept: OrderedDict[str, Conversation] = OrderedDict()
        self._clock = clock
        self._lock = threading.Lock()

    def start(self) -> Conversation:
        """A new, empty conversation."""
        with self._lock:
            self._forget_old()
            conversation = Conversation(secrets.token_urlsafe(24), used=self._clock())
            self._kept[conversation.token] = conversation
            return conversation

    def get(self, token: str | None) -> Conversation | None:
        """The conversation of a token, if it is still kept."""
        with self._lock:
            self._forget_old()
            conversation = self._kept.get(token or "")
            if conversation:
                conversation.used = self._clock()
                self._kept.move_to_end(conversation.token)
            return conversation

    def drop(self, token: str | None) -> None:
        """Forget a conversation."""
        with self._lock:
            self._kept.pop(token or "", None)

    def _forget_old(self) -> None:
        oldest = self._clock() - KEPT_SECONDS
        while self._kept:
            first = next(iter(self._kept.values()))
            if first.used >= oldest and len(self._kept) < KEPT_CONVERSATIONS:
                return
            del self._kept[first.token]
