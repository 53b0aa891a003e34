"""PDF through pypdf: pages kept, headers and footers dropped, lines joined into paragraphs."""

from __future__ import annotations

import io
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from corpus import outline
from corpus.readers.base import Extracted, UnreadableFile

_MAX_PAGES = 3000
_CJK = r"\u3400-\u9fff\u3000-\u303f\uff00-\uffef“”‘’…—·"
_CJK_SPACE = re.compile(rf"(?<=[{_CJK}])[ \t\u3000]+(?=[{_CJK}])")
_CJK_DIGIT_SPACE = re.compile(
    rf"(?<=[{_CJK}])[ \t]+(?=[0-9A-Za-z+])|(?<=[0-9A-Za-z%])[ \t]+(?=[{_CJK}])"
)
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff\x00-\x08\x0b-\x1f]")
_PAGE_NUMBER = re.compile(
    r"^[\s—–\-·]*(?:第?\s*\d{1,4}\s*页?)(?:\s*[/／共]\s*共?\s*\d{1,4}\s*页?)?[\s—–\-·]*$"
)
_ENDS = "。！？!?；;：:”」』"
# Radicals that printing programs put for whole characters and NFKC leaves as they are.
_RADICALS = (
    "⺀冫⺁厂⺄乙⺆冂⺇几⺈刀⺉刂⺊卜⺌小⺍小⺏尢⺐尢⺒巳⺓幺⺔彑⺕彐⺖忄⺗心⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺟母⺠民⺡氵⺢氺⺣灬⺤爫⺥爫⺦丬⺧牛⺨犭"
    "⺪疋⺫目⺬示⺭礻⺮竹⺯糸⺰纟⺱网⺲罒⺳网⺴网⺵网⺶羊⺷羊⺸羊⺹老⺺聿⺻聿⺼肉⺽臼⺾艹⺿艹⻀艹⻁虎⻂衤⻃西⻄西⻅见⻆角⻇角⻈讠⻉贝⻊足"
    "⻋车⻌辶⻍辶⻎辶⻏阝⻐钅⻑长⻒镸⻓长⻔门⻕阝⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻞食⻟食⻠饣⻡首⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫齐⻬齐⻭齿⻮齿⻯龙⻰龙⻱龟⻲龟⻳龟"
)


@cache
def radicals() -> dict[int, str]:
    """Radical look-alikes (U+2E80-2FD5) and compatibility ideographs, by their whole character."""
    table = {ord(a): b for a, b in zip(_RADICALS[::2], _RADICALS[1::2], strict=True)}
    for code in (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFAFF)):
        whole = unicodedata.normalize("NFKC", chr(code))
        if whole != chr(code) and len(whole) == 1:
            table[code] = whole
    return table


def _clean_line(line: str) -> str:
    line = _INVISIBLE.sub("", line.replace("\u00a0", " ")).translate(radicals()).strip()
    return _CJK_DIGIT_SPACE.sub("", _CJK_SPACE.sub("", line))


def _key(line: str) -> str:
    return re.sub(r"\d+", "#", line)


def drop_running(pages: Sequence[list[str]]) -> list[list[str]]:
    """Pages without the first and last lines that recur (headers, footers) or number the page."""
    edges: Counter[str] = Counter()
    for lines in pages:
        edges.update({_key(line) for line in (*lines[:2], *lines[-2:])})
    often = {key for key, count in edges.items() if count >= max(2, len(pages) * 0.6)}

    def runs(line: str) -> bool:
        return bool(_PAGE_NUMBER.match(line)) or (len(pages) > 1 and _key(line) in often)

    kept = []
    for page in pages:
        lines = list(page)
        for _ in range(2):
            if lines and runs(lines[0]):
                lines.pop(0)
            if lines and runs(lines[-1]):
                lines.pop()
        kept.append(lines)
    return kept


def _joins(line: str, following: str, width: int) -> bool:
    """Whether `following` goes on with the paragraph of `line`."""
    if outline.opens(following) and (line[-1] in _ENDS or len(line) < width * 0.9):
        return False
    return len(line) >= width * 0.9 or (line[-1] not in _ENDS and len(line) >= width * 0.75)


def rejoin(pages: Sequence[tuple[int, list[str]]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Paragraphs from printed lines, and (offset, page) where each page begins.

    `pages` are (page number, lines). A line goes on where it fills the width of the text.
    """
    widths = sorted(len(line) for _, lines in pages for line in lines)
    width = widths[int(len(widths) * 0.8)] if widths else 0
    text, previous, starts = "", "", []
    for number, lines in pages:
        for at, line in enumerate(lines):
            if previous:
                joins = _joins(previous, line, width)
                space = joins and previous[-1].isascii() and line[0].isascii()
                text += (" " if space and previous[-1].isalnum() else "") if joins else "\n"
            if at == 0:
                starts.append((len(text), number))
            text += line
            previous = line
    return text, tuple(starts)


def extract(path: Path, raw: bytes) -> Extracted:
    """The text of a PDF.

    Raises UnreadableFile where it is damaged, encrypted, or has no text layer.
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        reader = PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFile(path, "文件已加密，请去掉密码后再放入")
        if len(reader.pages) > _MAX_PAGES:
            raise UnreadableFile(path, f"超过 {_MAX_PAGES} 页，请拆分后再放入")
        printed = [page.extract_text() or "" for page in reader.pages]
    except UnreadableFile:
        raise
    except DependencyError as error:
        raise UnreadableFile(path, "文件的加密方式需要 pypdf[crypto]，请安装后重试") from error
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableFile(path, "不是完好的 PDF 文件，请重新导出后再放入") from error
    pages = [[c for line in text.split("\n") if (c := _clean_line(line))] for text in printed]
    if not any(pages):
        raise UnreadableFile(path, "没有文字层（可能是扫描件），请先做文字识别（OCR）再放入")
    numbered = [(n, lines) for n, lines in enumerate(drop_running(pages), 1) if lines]
    text, starts = rejoin(numbered)
    return Extracted(text, pages=starts)
