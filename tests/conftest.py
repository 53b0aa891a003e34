"""What all tests share: one index of the default corpus, kept between runs; what they report."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

from assistant.pipeline import Assistant
from corpus.settings import Settings, load_settings
from index.build import refresh

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def index_settings() -> Settings:
    """Settings whose index holds the default corpus, up to date.

    It lies in `MINGBAI_INDEX_DIR`, or else in `var/test-index`, where the next run finds
    every vector that it needs again.
    """
    folder = Path(os.environ.get("MINGBAI_INDEX_DIR") or ROOT / "var" / "test-index")
    settings = load_settings(index_dir=folder)
    refresh(settings)
    return settings


@pytest.fixture(scope="session")
def assistant(index_settings: Settings) -> Assistant:
    """The assistant over that index."""
    return Assistant.open(index_settings)


_REPORT = pytest.StashKey[list[str]]()


@pytest.fixture
def report(request: pytest.FixtureRequest) -> list[str]:
    """Texts to print at the end of the run, whether or not a test failed."""
    return request.config.stash.setdefault(_REPORT, [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the report of the evaluation in the output of continuous integration."""
    for text in config.stash.get(_REPORT, []):
        terminalreporter.section("mingbai eval")
        terminalreporter.write_line(text)
