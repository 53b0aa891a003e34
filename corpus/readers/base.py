"""What every reader shares: its error, and how text and metadata become a Document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus import outline
from corpus.document import Audience, Document, Kind, Rank, Validity


class UnreadableFile(ValueError):
    """A file cannot be read; `reason` says why and what to do, in the user's language."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.name}：{reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Extracted:
    """A file's text, one logical line a paragraph, with what the file says of itself.

    `pages` are (offset of the page's first character in `text`, page number), ascending.
    """

    text: str
    title: str = ""
    pages: tuple[tuple[int, int], ...] = ()


class Header(BaseModel):
    """The front matter of a Markdown file; every key may be left out."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(default="", pattern=r"^[^#\s]*$")
    title: str = ""
    short_title: str = ""
    number: str = ""
    issuer: str = ""
    date: str = ""
    kind: Kind = Kind.POLICY
    rank: Rank = Rank.NORMATIVE
    validity: Validity = Validity.UNVERIFIED
    region: str = ""
    audience: tuple[Audience, ...] = ()
    url: str = ""
    note: str = ""


def header(path: Path, values: dict[str, object]) -> Header:
    """Check front matter.

    Raises UnreadableFile naming the key that is unknown or has a bad value.
    """
    try:
        return Header.model_validate(values)
    except ValidationError as error:
        keys = "、".join(".".join(str(part) for part in e["loc"]) for e in error.errors())
        raise UnreadableFile(path, f"文件头的“{keys}”有误，请对照 docs/corpus.md 修改") from error


def _safe_id(stem: str) -> str:
    return re.sub(r"[\s#/\\]+", "-", stem).strip("-") or "document"


def build(path: Path, extracted: Extracted, head: Header | None = None) -> Document:
    """Parse the text's outline and put the document together.

    Raises UnreadableFile where the text is empty.
    """
    head = head or Header()
    if not extracted.text.strip():
        raise UnreadableFile(path, "文件没有文字内容；若是扫描件，请先做文字识别（OCR）再放入")
    text = extracted.text
    title = head.title or extracted.title or text.split("\n", 1)[0][:60]
    document_id = head.id or _safe_id(path.stem)
    clauses = outline.parse(
        text, document_id=document_id, document_title=title, pages=extracted.pages
    )
    return Document(
        id=document_id,
        title=title,
        kind=head.kind,
        rank=head.rank,
        validity=head.validity,
        text=text,
        clauses=clauses,
        short_title=head.short_title,
        number=head.number,
        issuer=head.issuer,
        date=head.date,
        region=head.region,
        audience=head.audience,
        url=head.url,
        note=head.note,
        source=path.name,
    )
