"""The outline of a Chinese official document, as clauses.

Two layouts are known (GB/T 9704-2012, 7.3.3, and the Legislation Law, art. 65):

* articles: 第X编 / 第X章 / 第X节 are headings, each 第X条 is a clause, and all that
  stands below it (款, and items such as （一）) belongs to it;
* outline: 一、 > （一） > 1、 (also 1. and 1．); each is a clause of its own, （1） belongs
  to the clause above it.

A line that looks like a mark but breaks the count (a wrapped reference such as
`第五十八条规定…`) is text, not a mark.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.document import Clause, Role
from corpus.numerals import CHINESE_NUMERAL, to_int
from corpus.spans import paragraph_spans, redaction_spans, sentence_spans

PARSER_VERSION = "2"

_CN = f"[{CHINESE_NUMERAL}]"
_NUMBER = rf"(?:{_CN}+|[0-9０-９]+)"
_MARKS: tuple[tuple[str, int, re.Pattern[str]], ...] = (
    ("编", 0, re.compile(rf"第({_NUMBER})编(?=\s|$)")),
    ("章", 1, re.compile(rf"第({_NUMBER})章")),
    ("节", 2, re.compile(rf"第({_NUMBER})节")),
    ("条", 3, re.compile(rf"第({_NUMBER})条(?:之({_NUMBER}))?")),
    ("一、", 4, re.compile(rf"({_CN}+)、")),
    ("（一）", 5, re.compile(rf"[（(]\s*({_CN}+)\s*[）)]、?")),
    ("1、", 6, re.compile(r"([0-9０-９]{1,2})(?:、|[.．](?![0-9０-９]))")),
)
_DEPTH = {name: depth for name, depth, _ in _MARKS}
_TERMINATORS = "。！？；：!?;:，,"
_MAX_TITLE = 60
_MAX_HEADING = 50
_WIDTH = str.maketrans("（）．０１２３４５６７８９", "().0123456789")


@dataclass(frozen=True, slots=True)
class _Mark:
    kind: str
    number: tuple[int, int]
    label: str
    end: int  # offset in the line where the text after the mark begins


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines [first, last) that make one clause."""

    mark: _Mark | None
    first: int
    last: int


def clean(text: str) -> str:
    """Line ends made one, lines stripped of surrounding white space, empty lines dropped."""
    lines = (line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return "\n".join(line for line in lines if line)


def _mark(line: str) -> _Mark | None:
    for kind, _, pattern in _MARKS:
        match = pattern.match(line)
        if match is None:
            continue
        if kind in ("编", "章", "节") and (
            len(line) > _MAX_HEADING or line.rstrip()[-1] in _TERMINATORS
        ):
            return None
        suffix = to_int(match.group(2)) if kind == "条" and match.group(2) else 0
        label = match.group(0) if kind in ("编", "章", "节", "条") else match.group(1)
        if kind == "（一）":
            label = match.group(0).replace(" ", "").rstrip("、")
        end = match.end() + len(line[match.end() :]) - len(line[match.end() :].lstrip())
        return _Mark(kind, (to_int(match.group(1)), suffix), label, end)
    return None


def opens(line: str) -> bool:
    """Whether a line begins with the mark of a clause."""
    return _mark(line) is not None


def _follows(mark: _Mark, last: dict[str, tuple[int, int]], line: str) -> bool:
    """Whether the mark continues its own count (or restarts it at one)."""
    previous = last.get(mark.kind)
    if mark.kind == "条":
        rest = line[mark.end :]
        spaced = line[: mark.end] != line[: mark.end].rstrip() or not rest or rest[0] in "【[（("
        if previous is None:
            return spaced or mark.number[0] == 1
        step = mark.number[0] - previous[0]
        in_order = mark.number > previous and step <= (50 if spaced else 1)
        # a wrapped reference goes on with 规定/、/和/第; an article's text does not
        return in_order and (spaced or not re.match(r"规定|、|和|第|至|所|的", rest))
    if mark.number[0] == 1 or previous is None:
        return True
    return previous[0] < mark.number[0] <= previous[0] + 3


def _blocks(lines: Sequence[str]) -> list[_Block]:
    articles = sum(1 for line in lines if (m := _mark(line)) and m.kind == "条") >= 2
    last: dict[str, tuple[int, int]] = {}
    blocks, current, first, in_article = [], None, 0, False
    for number, line in enumerate(lines):
        mark = _mark(line)
        if mark is None or (articles and in_article and _DEPTH[mark.kind] > _DEPTH["条"]):
            continue
        if not articles and mark.kind == "条":
            continue
        if not _follows(mark, last, line):
            continue
        if number > first or current is not None:
            blocks.append(_Block(current, first, number))
        current, first = mark, number
        in_article = in_article or mark.kind == "条"
        last[mark.kind] = mark.number
        for kind, depth in _DEPTH.items():
            # Articles count through the whole text; outline items may too, so a deeper
            # count is forgotten only where it may start again, not where it may go on.
            if depth > _DEPTH[mark.kind] and kind in ("节", "（一）"):
                last.pop(kind, None)
    blocks.append(_Block(current, first, len(lines)))
    return blocks


def _title_lines(lines: Sequence[str], block: _Block, title: str) -> int:
    """How many of the lines before the first mark make the document's title."""
    count = 0
    for line in lines[block.first : block.last]:
        is_title = line == title or (
            count == 0 and len(line) <= _MAX_TITLE and line[-1] not in _TERMINATORS
        )
        if not is_title:
            break
        count += 1
    return count


def _split_title(text: str, mark: _Mark) -> tuple[str, int]:
    """A clause's title and the offset where its body begins.

    A title is what stands between the mark and the first full stop or line break,
    where more text follows and it is short enough to be one.
    """
    start = mark.end
    if mark.kind == "条":
        bracket = re.match(r"[【\[]([^】\]]{1,30})[】\]]\s*", text[start:])
        return (bracket.group(1), start + bracket.end()) if bracket else ("", start)
    line_end = text.find("\n")
    line = text if line_end < 0 else text[:line_end]
    stop = line.find("。", start)
    if 0 <= stop < len(line) - 1 and stop - start <= _MAX_HEADING:
        return line[start:stop], stop + 1
    if stop < 0 and line[-1] not in "；;，,、" and len(line) - start <= _MAX_HEADING:
        return line[start:], len(line) if line_end < 0 else line_end + 1
    return "", start


def _labels(blocks: Sequence[_Block]) -> list[str]:
    """A label for each block: its own mark where that is unique, else with its parents' marks."""
    marks = Counter((b.mark.kind, b.mark.number) for b in blocks if b.mark)
    repeated = {kind for (kind, _), count in marks.items() if count > 1}
    stack: list[_Mark] = []
    labels = []
    for block in blocks:
        if block.mark is None:
            labels.append("")
            continue
        while stack and _DEPTH[stack[-1].kind] >= _DEPTH[block.mark.kind]:
            stack.pop()
        stack.append(block.mark)
        # The parents that must be named: upwards until a kind that is unique by itself.
        parts = [block.mark.label]
        for parent, child in zip(stack[-2::-1], stack[::-1], strict=False):
            if child.kind not in repeated:
                break
            parts.insert(0, parent.label)
        labels.append("".join(parts))
    return labels


def parse(
    text: str,
    *,
    document_id: str,
    document_title: str,
    pages: Sequence[tuple[int, int]] = (),
) -> tuple[Clause, ...]:
    """The clauses of `text`, in order; joined by line breaks they give back `text`.

    `text` must be `clean` (one line a paragraph). `pages` are (offset of the page's first
    character in `text`, page number), ascending.
    """
    if not text:
        return ()
    lines = text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)

    blocks = _blocks(lines)
    labels = _labels(blocks)
    clauses: list[Clause] = []
    stack: list[tuple[int, str]] = []
    seen: Counter[str] = Counter()

    def add(
        label: str, title: str, path: tuple[str, ...], first: int, last: int, body: int
    ) -> None:
        start, end = offsets[first], offsets[last] - 1
        words = text[start:end]
        key = re.sub(r"[\s#]", "", label.translate(_WIDTH))
        seen[key] += 1
        if seen[key] > 1:
            key = f"{key}-{seen[key]}"
        page = max((p for at, p in pages if at <= start), default=None)
        clauses.append(
            Clause(
                id=f"{document_id}#{key}",
                document_id=document_id,
                document_title=document_title,
                label=label,
                title=title,
                heading_path=path,
                text=words,
                body=min(body, len(words)),
                sentences=sentence_spans(words),
                paragraphs=paragraph_spans(words),
                redactions=redaction_spans(words),
                page=page,
            )
        )

    for position, (block, label) in enumerate(zip(blocks, labels, strict=True)):
        if block.mark is None:
            first = block.first + _title_lines(lines, block, document_title)
            if first > block.first:
                add("标题", document_title, (), block.first, first, 0)
                clauses[-1] = replace(clauses[-1], role=Role.TITLE)
            if first < block.last:
                add("前言" if len(blocks) > 1 else "正文", "", (), first, block.last, 0)
            continue
        depth = _DEPTH[block.mark.kind]
        words = "\n".join(lines[block.first : block.last])
        title, body = _split_title(words, block.mark)
        head = words[: block.mark.end].strip() + title if title else words[: block.mark.end].strip()
        if block.mark.kind in ("编", "章", "节"):
            head = lines[block.first]
        stack = [(d, h) for d, h in stack if d < depth] + [(depth, head)]
        add(label, title, tuple(h for _, h in stack), block.first, block.last, body)
        following = blocks[position + 1].mark if position + 1 < len(blocks) else None
        deeper = following is not None and _DEPTH[following.kind] > depth
        if body >= len(words) and (deeper or block.mark.kind in ("编", "章", "节")):
            clauses[-1] = replace(clauses[-1], role=Role.HEADING)
    return tuple(clauses)
