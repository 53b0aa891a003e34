"""Markdown with YAML front matter.

Only what is surely markup is taken off, line by line: a Markdown renderer would eat the
numbering (`1.`) that the outline parser needs.
"""

from __future__ import annotations

import re
from pathlib import Path

import frontmatter
from yaml import YAMLError

from corpus.readers.base import Extracted, Header, UnreadableFile, header
from corpus.readers.text import decode, tidy

_COMMENT = re.compile(r"<!--.*?-->", re.S)
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+|\s+#+\s*$", re.M)
_QUOTE = re.compile(r"^\s{0,3}>\s?", re.M)
_BULLET = re.compile(r"^\s*[-*+]\s+", re.M)
_RULE = re.compile(r"^\s*(?:[-*_]\s*){3,}$", re.M)
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")


def plain(text: str) -> str:
    """Markdown without its markup; Chinese numbering stays."""
    text = _COMMENT.sub("", text)
    for pattern in (_RULE, _HEADING, _QUOTE, _BULLET):
        text = pattern.sub("", text)
    return _LINK.sub(r"\1", _STRONG.sub(r"\2", text))


def extract(path: Path, raw: bytes) -> tuple[Extracted, Header]:
    """The text and the checked front matter of a Markdown file."""
    try:
        post = frontmatter.loads(decode(path, raw))
    except YAMLError as error:
        raise UnreadableFile(path, "文件头不是正确的 YAML，请检查缩进和引号") from error
    return Extracted(tidy(plain(post.content))), header(path, dict(post.metadata))
