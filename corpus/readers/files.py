"""One way in: a file's suffix picks its reader."""

from __future__ import annotations

from pathlib import Path

from corpus.document import Document
from corpus.readers import docx, markdown, pdf, text
from corpus.readers.base import UnreadableFile, build

SUFFIXES = (".md", ".markdown", ".txt", ".docx", ".pdf")
_MAX_BYTES = 64 * 1024 * 1024


def read(path: Path) -> Document:
    """Read a file into a document.

    Raises UnreadableFile with the reason and what to do about it.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UnreadableFile(path, f"不支持 {suffix or '无后缀'} 文件，可用：{'、'.join(SUFFIXES)}")
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UnreadableFile(path, "文件超过 64 MB，请拆分后再放入")
        raw = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(path, f"无法打开（{error.strerror}），请检查权限") from error
    if not raw.strip():
        raise UnreadableFile(path, "文件是空的")
    if suffix in (".md", ".markdown"):
        extracted, head = markdown.extract(path, raw)
        return build(path, extracted, head)
    reader = {".txt": text.extract, ".docx": docx.extract, ".pdf": pdf.extract}[suffix]
    return build(path, reader(path, raw))
