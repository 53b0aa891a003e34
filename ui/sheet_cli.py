"""`mingbai sheet`: the plain sheet of one enterprise or school, as a file."""

from __future__ import annotations

import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from corpus.language import Said


class Output(StrEnum):
    """In which format."""

    MD = "md"
    DOCX = "docx"
    PDF = "pdf"
    JSON = "json"


class Language(StrEnum):
    """In which language."""

    ZH = "zh"
    EN = "en"


def _end(message: str, code: int) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(code)


def sheet(
    profile: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="情况说明文件（JSON、TOML 或 YAML）。The profile: who you are.",
            show_default=False,
        ),
    ],
    output: Annotated[Output, typer.Option("--format", help="输出格式。The format.")] = Output.MD,
    lang: Annotated[
        Language,
        typer.Option(help="清单的语言，条款原话总是中文。The language; clauses stay in Chinese."),
    ] = Language.ZH,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="写入的文件；不写则输出到标准输出。Where to write; standard output if left out.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """生成明白纸：适用的激励和要求。Make the plain sheet of what applies."""
    from assistant.profile import ProfileError
    from assistant.sheet import sheet as make
    from corpus import library as corpus_library
    from corpus import tables as corpus_tables
    from corpus.settings import load_settings
    from ui.sheet_profile import read
    from ui.sheet_render import FORMATS, SheetFormatError

    if out is None and output in (Output.DOCX, Output.PDF) and sys.stdout.isatty():
        said = Said(
            f"{output.value} 不是文字，请用 --out 指定要写入的文件。",
            f"{output.value} is not text; please name a file with --out.",
        )
        _end(said.in_(lang.value), 2)
    try:
        who = read(profile)
    except ProfileError as error:
        _end(error.said.in_(lang.value), 2)
    library = corpus_library.load(load_settings())
    for problem in library.problems:
        said = Said(
            f"未收录：{problem.source}（{problem.reason}）",
            f"Not taken in: {problem.source} ({problem.reason})",
        )
        print(said.in_(lang.value), file=sys.stderr)
    tables = corpus_tables.load(library)
    made = make(who, tables, library, today=date.today(), lang=lang.value)
    try:
        data = FORMATS[output.value].make(made)
    except SheetFormatError as error:
        _end(error.said.in_(lang.value), 1)
    if out is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        out.write_bytes(data)
    except OSError as error:
        said = Said(
            f"文件“{out}”无法写入（{error.strerror}）。",
            f"The file “{out}” cannot be written ({error.strerror}).",
        )
        _end(said.in_(lang.value), 1)
