"""File formats: each module turns one kind of file into a Document.

`read` picks the reader by the file's suffix. A file that cannot be read raises
`UnreadableFile`, whose reason tells the operator what to do.
"""

from __future__ import annotations

from corpus.readers.base import UnreadableFile
from corpus.readers.files import SUFFIXES, read

__all__ = ["SUFFIXES", "UnreadableFile", "read"]
