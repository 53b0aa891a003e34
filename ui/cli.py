"""The command `mingbai`. Results go to standard output, everything else to standard error.

Exit codes: 0 answered or cleanly refused, 1 failure, 2 bad usage or bad settings.
"""

from __future__ import annotations

import gc
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from typer.exceptions import TyperException

from corpus.settings import Settings, SettingsError, load_settings
from ui.desk import Answerer, OpeningFailed, open_assistant
from ui.sheet_cli import sheet

log = logging.getLogger("mingbai")
OK, FAILED, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="mingbai",
    help="明白：逐句注明条款出处的政策问答。Policy answers that cite the clause for each sentence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class For(StrEnum):
    """For whom the answer is."""

    ENTERPRISE = "enterprise"
    SCHOOL = "school"


class UsageMistake(Exception):
    """The arguments contradict one another or name what is not there."""


def _assistant(settings: Settings) -> Answerer:
    from ui.terminal import err, progress_bar

    console = err()
    with progress_bar() as progress:
        return open_assistant(
            settings,
            progress=progress,
            on_problem=lambda problem: console.print(
                f"未收录：{problem.source}（{problem.reason}）"
            ),
        )


@contextmanager
def _lines(source: str) -> Iterator[BinaryIO]:
    if source == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(source).open("rb")
    except OSError as error:
        raise UsageMistake(f"文件“{source}”无法读取（{error.strerror}）。") from error
    with file:
        yield file


@app.command()
def ask(
    question: Annotated[
        str | None,
        typer.Argument(metavar="QUESTION", help="要问的问题。The question.", show_default=False),
    ] = None,
    audience: Annotated[
        For | None,
        typer.Option(
            help="为谁而问：企业或学校。For an enterprise or a school.", show_default=False
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="输出一个 JSON 对象。Print one JSON object.")
    ] = False,
    batch: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|-",
            help="从 JSON Lines 文件（- 为标准输入）读问题，每题输出一行 JSON。"
            "Read questions from JSON Lines, print one JSON object a line.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """提一个问题，或用 --batch 提一批。Ask one question, or many with --batch."""
    if (question is None) == (batch is None):
        raise UsageMistake('请给出一个问题（mingbai ask "……"），或用 --batch 指定文件，二者选一。')
    settings = load_settings()
    if batch is not None:
        raise typer.Exit(_ask_batch(settings, batch, audience))
    from ui.terminal import json_line, out, print_answer

    assistant = _assistant(settings)
    answer = assistant.ask(question or "", audience)
    if as_json:
        json_line(answer.to_json())
    else:
        print_answer(out(), answer, assistant.library.by_id)


def _ask_batch(settings: Settings, source: str, audience: str | None) -> int:
    from ui import batch
    from ui.terminal import err, json_line

    failed = 0
    console = err()
    with _lines(source) as lines:
        assistant = _assistant(settings)
        for result in batch.run(lines, assistant, audience):
            json_line(result.value)
            if result.error:
                failed += 1
                console.print(f"第 {result.line} 行：{result.error}")
    if failed:
        console.print(f"共 {failed} 行没有得到回答。")
    return FAILED if failed else OK


@app.command()
def index(
    force: Annotated[bool, typer.Option("--force", help="全部重建。Rebuild everything.")] = False,
) -> None:
    """建立或更新索引。Build or refresh the index."""
    from index.build import refresh
    from ui.terminal import out, progress_bar

    settings = load_settings()
    with progress_bar() as progress:
        done = refresh(settings, force=force, progress=progress)
    console = out()
    for problem in done.problems:
        console.print(f"未收录：{problem.source}（{problem.reason}）")
    if not done.reason:
        console.print(f"索引已是最新：{done.documents} 份文件，{done.clauses} 条条款。")
        return
    console.print(
        f"索引已更新（{done.reason}）：{done.documents} 份文件，{done.clauses} 条条款，"
        f"新算向量 {done.embedded} 个，用时 {done.seconds:.1f} 秒。"
    )


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="监听地址。Address to listen on.", show_default=False)
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="端口。Port.", min=1, max=65535, show_default=False)
    ] = None,
) -> None:
    """启动网页问答和接口。Serve the chat, the library and the API."""
    given = {"host": host, "port": port}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    # What is imported stays: looking for garbage meanwhile costs a quarter of the start.
    gc.disable()
    from ui.server import run

    raise typer.Exit(run(settings))


@app.command()
def clause(
    clause_id: Annotated[
        str, typer.Argument(metavar="ID", help="条款编号，如 plan-2024#11。The clause id.")
    ],
) -> None:
    """显示一条条款的全文。Show a clause."""
    from corpus import library
    from ui.terminal import out, print_clause

    corpus = library.load(load_settings())
    found = corpus.clauses.get(clause_id)
    if found is None:
        near = get_close_matches(clause_id, list(corpus.clauses), n=3)
        hint = (
            f"相近的编号：{'、'.join(near)}。" if near else "文件编号可用 mingbai documents 查看。"
        )
        raise UsageMistake(f"没有编号为“{clause_id}”的条款。{hint}")
    print_clause(out(), found, corpus.document_of(found))


@app.command()
def documents(
    as_json: Annotated[
        bool, typer.Option("--json", help="每行输出一个 JSON 对象。One JSON object a line.")
    ] = False,
) -> None:
    """列出收录的文件。List the documents."""
    from corpus import library
    from ui.schemas import DocumentBody
    from ui.terminal import err, json_line, out, print_documents

    corpus = library.load(load_settings())
    for problem in corpus.problems:
        err().print(f"未收录：{problem.source}（{problem.reason}）")
    if as_json:
        for document in corpus.catalogue:
            json_line(DocumentBody.of(document).model_dump())
    else:
        print_documents(out(), corpus.catalogue)


app.command()(sheet)


@app.command(
    name="eval",
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def evaluate(context: typer.Context) -> None:
    """评测检索与回答的质量（eval --help 查看选项）。Measure retrieval and answers."""
    from eval.run import main as run_eval

    raise typer.Exit(run_eval(context.args))


def _usage(error: TyperException) -> str:
    """A mistake that the command line parser found, in Chinese.

    The parser's error classes are not public: they are told apart by name.
    """
    kind, param = type(error).__name__, getattr(error, "param", None)
    context = getattr(error, "ctx", None)
    where = context.command_path if context else "mingbai"
    see = f"\n用法见 {where} --help。See {where} --help."
    name = (getattr(param, "metavar", None) or param.opts[0]) if param else ""
    if kind == "NoArgsIsHelpError":
        return ""
    if kind == "NoSuchOption":
        near = getattr(error, "possibilities", None)
        hint = f"，是不是想写 {near[0]}" if near else ""
        return f"没有选项 {getattr(error, 'option_name', '')}{hint}。{see}"
    if kind == "MissingParameter":
        return f"缺少参数 {name}。{see}"
    if kind == "BadParameter":
        choices = getattr(getattr(param, "type", None), "choices", None)
        allowed = f"，可用的值：{'、'.join(map(str, choices))}" if choices else ""
        return f"{name} 的取值不对{allowed}。{see}"
    if unknown := re.fullmatch(r"No such command '(.*)'\.", error.message):
        return f"没有命令 {unknown.group(1)}。{see}"
    return f"用法不对：{error.message}{see}"


def _complain(message: str) -> None:
    if message:
        print(message, file=sys.stderr)


def main(argv: list[str] | None = None) -> None:
    """Run the command and exit; whatever happens, no traceback meets the user."""
    level = os.environ.get("LOGLEVEL", "WARNING").upper()
    handler = logging.StreamHandler(sys.stderr)
    # Some libraries set the level of their own loggers: this one holds for all.
    handler.setLevel(level if level in logging.getLevelNamesMapping() else "WARNING")
    logging.basicConfig(
        level=handler.level,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=[handler],
    )
    sys.exit(_run(lambda: app(args=argv, prog_name="mingbai", standalone_mode=False)))


def _run(command: Callable[[], object]) -> int:
    try:
        code = command()
        sys.stdout.flush()
        return code if isinstance(code, int) else OK
    except TyperException as error:
        _complain(_usage(error))
        return BAD_USAGE
    except (UsageMistake, SettingsError) as error:
        _complain(str(error))
        return BAD_USAGE
    except OpeningFailed as error:
        _complain(str(error))
        return FAILED
    except BrokenPipeError:
        # The reader has left: keep the interpreter's own flush from complaining.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (KeyboardInterrupt, typer.Abort):
        _complain("已中断。")
        return INTERRUPTED
    except Exception as error:
        log.debug("unexpected failure", exc_info=True)
        _complain(
            f"运行出错：{error or type(error).__name__}（{type(error).__name__}）。"
            "设环境变量 LOGLEVEL=DEBUG 再运行可看详情。"
        )
        return FAILED


if __name__ == "__main__":
    main()
