"""What people are told, in the two languages that Mingbai speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Lang = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Said:
    """The same words in two languages; `{}` holes are filled where used."""

    zh: str
    en: str

    def in_(self, lang: Lang | None) -> str:
        """The words in a language; in both where none is preferred."""
        if lang is None:
            return f"{self.zh} {self.en}"
        return self.en if lang == "en" else self.zh


class SaidError(RuntimeError):
    """What went wrong, told in both languages; `str()` gives the Chinese."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.zh)
        self.said = said
