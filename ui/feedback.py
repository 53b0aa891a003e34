"""Feedback on answers: one SQLite file in WAL mode, personal data masked before it is written."""

from __future__ import annotations

import re
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

# In this order: an identity number contains what looks like a telephone number.
_MASKS: Final = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:[.][\w-]+)+"), "〔邮箱〕"),
    (re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])"), "〔证件号〕"),
    (re.compile(r"(?<!\d)\d{15}(?!\d)"), "〔证件号〕"),
    (re.compile(r"(?<!\d)\d{16,19}(?!\d)"), "〔账号〕"),
    (re.compile(r"(?<!\d)(?:[+]?86[\s-]?)?1[3-9]\d(?:[\s-]?\d{4}){2}(?!\d)"), "〔电话〕"),
    (re.compile(r"(?<!\d)0\d{2,3}[\s-]?\d{7,8}(?!\d)"), "〔电话〕"),
)
_HALF_WIDTH: Final = str.maketrans("０１２３４５６７８９＠．＋Ｘｘ", "0123456789@.+Xx")
_TOKEN: Final = re.compile(r"[\w-]{22}", re.ASCII)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS feedback (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    rating TEXT NOT NULL CHECK (rating IN ('up', 'down')),
    reason TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    audience TEXT,
    clauses TEXT NOT NULL,
    token TEXT
) STRICT
"""
_COLUMNS: Final = ("at", "rating", "reason", "question", "answer", "audience", "clauses", "token")
_WRITE: Final = (
    f"INSERT INTO feedback ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
    " ON CONFLICT (token) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "token")
)


def mask(text: str) -> str:
    """The text without telephone, identity and account numbers and e-mail addresses."""
    for pattern, word in _MASKS:
        # Full-width digits count as digits; what is not masked stays as it was written.
        for found in reversed(list(pattern.finditer(text.translate(_HALF_WIDTH)))):
            text = text[: found.start()] + word + text[found.end() :]
    return text


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a user thinks of an answer; `clauses` are the ids of the clauses it cited."""

    rating: str
    question: str
    answer: str
    reason: str = ""
    audience: str | None = None
    clauses: tuple[str, ...] = ()


class FeedbackStore:
    """The file `feedback.sqlite3` in a folder, made on first use; thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "feedback.sqlite3"

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self.path, timeout=10)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute(_SCHEMA)
        columns = {name for _, name, *_ in database.execute("PRAGMA table_info(feedback)")}
        if "token" not in columns:  # a file from before feedback could be replaced
            database.execute("ALTER TABLE feedback ADD COLUMN token TEXT")
        database.execute("CREATE UNIQUE INDEX IF NOT EXISTS by_token ON feedback (token)")
        return database

    def add(self, feedback: Feedback, replaces: str = "") -> str:
        """Store feedback, masked; the token by which its author may replace it.

        A reason comes after its thumb and a thumb may be changed: `replaces` is the token of
        the same visitor's earlier word on the answer, so that each answer counts once.
        Raises sqlite3.Error or OSError where the file cannot be written.
        """
        token = replaces if _TOKEN.fullmatch(replaces) else secrets.token_urlsafe(16)
        row = (
            datetime.now(UTC).isoformat(timespec="seconds"),
            feedback.rating,
            mask(feedback.reason),
            mask(feedback.question),
            mask(feedback.answer),
            feedback.audience,
            "\n".join(feedback.clauses),
            token,
        )
        with closing(self._connect()) as database, database:
            database.execute(_WRITE, row)
        return token

    def remove(self, token: str) -> None:
        """Forget feedback that its author takes back.

        Raises sqlite3.Error or OSError where the file cannot be written.
        """
        with closing(self._connect()) as database, database:
            database.execute("DELETE FROM feedback WHERE token = ?", (token,))
