"""Word documents through python-docx, with Word's automatic numbering written out."""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.numerals import to_chinese
from corpus.readers.base import Extracted, UnreadableFile
from corpus.readers.text import tidy

_MAX_UNPACKED = 200 * 1024 * 1024
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CHINESE = ("chinese", "ideograph", "japaneseCounting", "taiwanese")


class _Numbering:
    """Counts paragraphs as Word does and gives each its printed mark."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[tuple[str, int], tuple[str, str, int]] = {}
        self._counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
        self._abstract: dict[str, str] = {}
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            return
        for num in root.iter(f"{_W}num"):
            reference = num.find(f"{_W}abstractNumId")
            if reference is not None:
                self._abstract[num.get(f"{_W}numId")] = reference.get(f"{_W}val")
        for abstract in root.iter(f"{_W}abstractNum"):
            name = abstract.get(f"{_W}abstractNumId")
            for level in abstract.iter(f"{_W}lvl"):
                value = {child.tag.removeprefix(_W): child.get(f"{_W}val", "") for child in level}
                self._levels[name, int(level.get(f"{_W}ilvl", "0"))] = (
                    value.get("numFmt", "decimal"),
                    value.get("lvlText", ""),
                    int(value.get("start") or 1),
                )

    def mark(self, paragraph: Any) -> str:
        """The number that Word prints before a paragraph; empty where it has none."""
        properties = paragraph._p.pPr
        numbering = properties.numPr if properties is not None else None
        if numbering is None and paragraph.style is not None:
            style = paragraph.style.element.pPr
            numbering = style.numPr if style is not None else None
        if numbering is None or numbering.numId is None:
            return ""
        level = numbering.ilvl.val if numbering.ilvl is not None else 0
        name = self._abstract.get(str(numbering.numId.val), "")
        if (name, level) not in self._levels:
            return ""
        counts = self._counts[name]
        counts[level] = counts.get(level, self._levels[name, level][2] - 1) + 1
        for deeper in [other for other in counts if other > level]:
            del counts[deeper]

        def shown(match: re.Match[str]) -> str:
            other = int(match.group(1)) - 1
            style = self._levels.get((name, other), ("decimal", "", 1))[0]
            value = counts.get(other, 1)
            return to_chinese(value) if style.startswith(_CHINESE) else str(value)

        style, pattern, _ = self._levels[name, level]
        return "" if style in ("bullet", "none") else re.sub(r"%(\d)", shown, pattern)


def _lines(document: Any) -> Iterator[str]:
    from docx.table import Table

    numbering = _Numbering(document)
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                cells = dict.fromkeys(cell.text.strip().replace("\n", "") for cell in row.cells)
                yield "、".join(text for text in cells if text)
        else:
            yield numbering.mark(block) + block.text


def extract(path: Path, raw: bytes) -> Extracted:
    """The paragraphs and tables of a Word document, in order.

    Raises UnreadableFile where it is damaged, encrypted or unreasonably large.
    """
    import docx

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if sum(item.file_size for item in archive.infolist()) > _MAX_UNPACKED:
                raise UnreadableFile(path, "文件解开后过大，请拆分或删去图片后再放入")
        document = docx.Document(io.BytesIO(raw))
        text = "\n".join(_lines(document))
        title = document.core_properties.title or ""
    except UnreadableFile:
        raise
    except Exception as error:  # python-docx raises whatever its XML library does
        reason = "不是完好的 DOCX 文件（可能已损坏、加密或是旧版 .doc），请另存为 .docx 后再放入"
        raise UnreadableFile(path, reason) from error
    return Extracted(tidy(text), title.strip())
