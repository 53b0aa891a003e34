"""Plain text: UTF-8, UTF-16 with a byte-order mark, GB18030."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from corpus import outline
from corpus.readers.base import Extracted, UnreadableFile

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff]")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")


def decode(path: Path, raw: bytes) -> str:
    """The text of `raw`, by its byte-order mark, else as UTF-8, else as GB18030.

    Raises UnreadableFile where it is none of these.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(_BINARY.findall(text)) > len(text) / 100:
            break
        return text
    raise UnreadableFile(path, "不是 UTF-8 或 GB18030 编码的文字文件，请另存为 UTF-8 后再放入")


def tidy(text: str) -> str:
    """Control characters out, lines stripped, empty lines dropped."""
    return outline.clean(_CONTROL.sub("", text.replace("\x0b", "\n").replace("\x0c", "\n")))


def extract(path: Path, raw: bytes) -> Extracted:
    """The text of a plain-text file."""
    return Extracted(tidy(decode(path, raw)))
