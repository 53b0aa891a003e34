"""Digests (要点摘编): a document's provisions in our own words, with the evidence of each.

A digest is a Markdown file. Its front matter describes the document; each level-two heading
`## <label> <topic>` opens an entry, labelled as in the source; the entry's words follow, and
a block quote closes it with one `key：value` pair a line:

    > 适用：enterprise, school
    > 主题：实习报酬、实习工资
    > 数字：80%、1个月
    > 证据：<where it was seen> 「<its words there>」
    > 核实：已核实

`数字` may be left out where an entry states no figure, and `证据` may be repeated; an entry
that is 待核实 has none, and one that is 已核实 has at least one.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import frontmatter
from pydantic import Field, ValidationError, field_validator
from yaml import YAMLError

from corpus.document import (
    Audience,
    Clause,
    Document,
    Evidence,
    Kind,
    Rank,
    Validity,
)
from corpus.readers.base import Header, UnreadableFile
from corpus.spans import paragraph_spans, redaction_spans, sentence_spans

_HEADING = re.compile(r"^##\s+(?P<label>\S+)\s+(?P<topic>\S.*?)\s*$")
_PAIR = re.compile(r"^>\s*(?P<key>[^：:\s]+)[：:]\s*(?P<value>.*\S)\s*$")
_EVIDENCE = re.compile(r"^(?P<source>\S.*?)\s*「(?P<quote>[^」]+)」$")
_VERIFIED = {"已核实": True, "待核实": False}
_KEYS = {"适用", "主题", "数字", "证据", "核实"}


class _Header(Header):
    """The front matter, as of any Markdown file; what a digest cannot do without is required."""

    id: str = Field(min_length=1, pattern=r"^[^#\s]+$")
    title: str = Field(min_length=1)
    short_title: str = Field(min_length=1)
    number: str
    issuer: str = Field(min_length=1)
    date: str
    kind: Kind
    rank: Rank
    validity: Validity
    region: str = Field(min_length=1)
    audience: tuple[Audience, ...] = Field(min_length=1)
    digest: Literal[True]

    @field_validator("date", mode="before")
    @classmethod
    def _date(cls, value: object) -> object:
        # YAML reads a bare 2019-04-23 as a date.
        return value.isoformat() if isinstance(value, datetime.date) else value


@dataclass(frozen=True, slots=True)
class _Entry:
    label: str
    topic: str
    words: str
    audience: tuple[Audience, ...]
    topics: tuple[str, ...]
    figures: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    verified: bool


def _split(value: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[、,，]\s*", value) if part)


def _entry(heading: str, lines: list[str]) -> _Entry:
    match = _HEADING.match(heading)
    if match is None:
        raise ValueError(f"标题“{heading}”应写成“## 条款号 主题”")
    label = match["label"]
    words = "\n".join(line.strip() for line in lines if line.strip() and not line.startswith(">"))
    values: dict[str, str] = {}
    evidence: list[Evidence] = []
    for line in lines:
        if not line.startswith(">"):
            continue
        pair = _PAIR.match(line)
        if pair is None or pair["key"] not in _KEYS:
            raise ValueError(f"“{label}”的“{line}”应写成“> 项目：内容”")
        if pair["key"] != "证据":
            values[pair["key"]] = pair["value"]
            continue
        seen = _EVIDENCE.match(pair["value"])
        if seen is None:
            raise ValueError(f"“{label}”的证据应写成“来源 「原话」”")
        evidence.append(Evidence(seen["source"], seen["quote"]))
    if not words:
        raise ValueError(f"“{label}”没有正文")
    for key in ("适用", "主题", "核实"):
        if key not in values:
            raise ValueError(f"“{label}”缺少“{key}”")
    if values["核实"] not in _VERIFIED:
        raise ValueError(f"“{label}”的“核实”只能是“已核实”或“待核实”")
    verified = _VERIFIED[values["核实"]]
    if verified != bool(evidence):
        raise ValueError(f"“{label}”：已核实的要有证据，没有证据的是待核实")
    try:
        audience = tuple(Audience(name) for name in _split(values["适用"]))
    except ValueError as error:
        known = "、".join(member.value for member in Audience)
        raise ValueError(f"“{label}”的“适用”只能取：{known}") from error
    return _Entry(
        label=label,
        topic=match["topic"],
        words=words,
        audience=audience,
        topics=_split(values["主题"]),
        figures=tuple(re.split(r"、", values["数字"])) if "数字" in values else (),
        evidence=tuple(evidence),
        verified=verified,
    )


def _entries(body: str) -> list[_Entry]:
    entries: list[_Entry] = []
    heading = ""
    lines: list[str] = []
    for line in [*body.splitlines(), "##"]:
        if line.startswith("##"):
            if heading:
                entries.append(_entry(heading, lines))
            elif any(part.strip() for part in lines):
                raise ValueError("第一个“##”标题之前不能有正文")
            heading, lines = line, []
        else:
            lines.append(line)
    if not entries:
        raise ValueError("没有“## 条款号 主题”条目")
    labels = [entry.label for entry in entries]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(f"“{label}”出现多次，同一条请合并")
    return entries


def _clause(entry: _Entry, header: _Header) -> Clause:
    head = f"{entry.label}　{entry.topic}"
    text = f"{head}。{entry.words}"
    return Clause(
        id=f"{header.id}#{entry.label}",
        document_id=header.id,
        document_title=header.title,
        label=entry.label,
        title=entry.topic,
        heading_path=(head,),
        text=text,
        body=len(head) + 1,
        sentences=sentence_spans(text),
        paragraphs=paragraph_spans(text),
        redactions=redaction_spans(text),
        audience=entry.audience,
        topics=entry.topics,
        verified=entry.verified,
        evidence=entry.evidence,
    )


def figures(path: Path) -> dict[str, tuple[str, ...]]:
    """The figures that each entry of a digest declares (数字), by clause id.

    Raises UnreadableFile as `read` does.
    """
    header, entries = _parse(path)
    return {f"{header.id}#{entry.label}": entry.figures for entry in entries}


def _parse(path: Path) -> tuple[_Header, list[_Entry]]:
    try:
        post = frontmatter.loads(path.read_text(encoding="utf-8"))
        return _Header.model_validate(post.metadata), _entries(post.content)
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(path, f"读不出内容，应为 UTF-8 文本（{error}）") from error
    except YAMLError as error:
        raise UnreadableFile(path, f"文件头不是合格的 YAML（{error}）") from error
    except ValidationError as error:
        keys = "、".join(".".join(str(part) for part in e["loc"]) for e in error.errors())
        raise UnreadableFile(path, f"文件头的“{keys}”缺少或有误，请对照其他摘编修改") from error
    except ValueError as error:
        raise UnreadableFile(path, str(error)) from error


def read(path: Path) -> Document:
    """A digest as a document whose `verbatim` is False.

    Raises UnreadableFile where the file breaks the format that this module describes.
    """
    header, entries = _parse(path)
    clauses = tuple(_clause(entry, header) for entry in entries)
    return Document(
        id=header.id,
        title=header.title,
        kind=header.kind,
        rank=header.rank,
        validity=header.validity,
        text="\n".join(clause.text for clause in clauses),
        clauses=clauses,
        short_title=header.short_title,
        number=header.number,
        issuer=header.issuer,
        date=header.date,
        region=header.region,
        audience=header.audience,
        url=header.url,
        note=header.note,
        verbatim=False,
        source=path.name,
    )
