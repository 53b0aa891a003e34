"""The assistant as it becomes ready: refresh the index, open it, load the model."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from corpus.language import Said, SaidError
from corpus.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from assistant.answer import Answer, Turn
    from corpus.library import Library, Problem

log = logging.getLogger(__name__)
Progress = Callable[[str, int, int], None]


class Answerer(Protocol):
    """What the front ends need of `assistant.pipeline.Assistant`."""

    @property
    def library(self) -> Library:
        """The documents and clauses that answers cite."""

    def ask(
        self,
        question: str,
        audience: str | None = None,
        history: Sequence[Turn] = (),
        *,
        id: str | None = None,
    ) -> Answer:
        """Answer one question."""

    def stream(
        self,
        question: str,
        audience: str | None = None,
        history: Sequence[Turn] = (),
        *,
        id: str | None = None,
    ) -> Generator[Answer, None, None]:
        """The answer as far as it is verified, again with each sentence; the last is whole."""

    def warm_up(self) -> None:
        """Load what is made on first use."""


class OpeningFailed(SaidError):
    """The assistant cannot be opened; says why and what to do."""


class NotReady(RuntimeError):
    """The assistant is not ready yet, or cannot be; `said` tells the user which."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.zh)
        self.said = said


class Stage(StrEnum):
    """How far the opening has come."""

    STARTING = "starting"
    INDEXING = "indexing"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class State:
    """What `/readyz` reports; `done` of `total` passages while the index is built."""

    stage: Stage
    detail: Said
    done: int = 0
    total: int = 0


def _silent(stage: str, done: int, total: int) -> None:
    pass


def open_assistant(
    settings: Settings,
    *,
    progress: Progress = _silent,
    on_problem: Callable[[Problem], None] = lambda problem: None,
) -> Answerer:
    """Bring the index up to date and open it; the model is not loaded yet.

    Raises OpeningFailed.
    """
    from assistant.chat_model import ModelUnavailable
    from assistant.pipeline import Assistant
    from index.build import IndexDamaged, refresh
    from index.embedding import ModelError

    try:
        refreshed = refresh(settings, progress=progress)
        for problem in refreshed.problems:
            on_problem(problem)
        opened = Assistant.open(settings)
        # A language model that cannot be made is told now, not to the first visitor.
        _ = opened.writer
        return opened
    except (ModelError, ModelUnavailable) as error:
        raise OpeningFailed(error.said) from error
    except IndexDamaged as error:
        said = Said(
            f"{error.said.zh}。请运行 mingbai index --force 重建索引。",
            f"{error.said.en}. Please rebuild the index with mingbai index --force.",
        )
        raise OpeningFailed(said) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        said = Said(
            f"索引文件夹“{settings.index_dir}”无法读写（{reason}），"
            "请检查磁盘空间和权限，或改设置 index_dir。",
            f"The index folder “{settings.index_dir}” cannot be read or written ({reason}). "
            "Please check the disk space and the permissions, or change the setting index_dir.",
        )
        raise OpeningFailed(said) from error


@dataclass
class Desk:
    """Opens the assistant once, in a thread of its own, and tells how far it is."""

    settings: Settings
    opener: Callable[..., Answerer] = open_assistant
    progress: Progress = _silent
    on_ready: Callable[[], None] = lambda: None
    _state: State = field(default=State(Stage.STARTING, Said("正在启动", "Starting")), init=False)
    _assistant: Answerer | None = field(default=None, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    @property
    def state(self) -> State:
        """How far the opening has come."""
        return self._state

    @property
    def library(self) -> Library | None:
        """The documents, as soon as the index is open: before the model is loaded."""
        return self._assistant.library if self._assistant else None

    @property
    def assistant(self) -> Answerer:
        """The assistant.

        Raises NotReady with what to tell the user.
        """
        if self._state.stage is not Stage.READY or self._assistant is None:
            raise NotReady(self._state.detail)
        return self._assistant

    def start(self) -> None:
        """Begin to open the assistant in the background; a second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self.run, name="desk", daemon=True)
            self._thread.start()

    def run(self) -> None:
        """Open the assistant; what goes wrong ends in `state`."""
        try:
            self._state = State(Stage.INDEXING, Said("正在检查索引", "Checking the index"))
            opened = self.opener(
                self.settings, progress=self._on_progress, on_problem=self._on_problem
            )
            self._assistant = opened
            self._state = State(Stage.LOADING, Said("正在加载向量模型", "Loading the model"))
            opened.warm_up()
            self._state = State(Stage.READY, Said("已就绪", "Ready"))
        except OpeningFailed as error:
            log.error("%s", error)
            said = Said(error.said.zh, f"The service could not start: {error.said.en}")
            self._state = State(Stage.FAILED, said)
        except Exception as error:  # nothing may end the thread silently
            log.exception("the assistant could not be opened")
            kind = type(error).__name__
            said = Said(
                f"服务启动失败（{kind}），详情见服务日志。",
                f"The service could not start ({kind}); its log says more.",
            )
            self._state = State(Stage.FAILED, said)
        self.on_ready()

    def _on_progress(self, stage: str, done: int, total: int) -> None:
        said = Said(f"正在更新索引：{stage}", "Updating the index")
        self._state = State(Stage.INDEXING, said, done, total)
        self.progress(stage, done, total)

    def _on_problem(self, problem: Problem) -> None:
        log.warning("未收录：%s（%s）", problem.source, problem.reason)
