"""A real service over the real index, for the tests of the front ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from widget_site import serving

from corpus.settings import Settings
from ui.server import create_app

ALLOWED = "https://www.example.gov.cn"


@pytest.fixture(scope="session")
def desk_settings(index_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the service: its feedback goes to a folder of its own."""
    return index_settings.model_copy(
        update={
            "data_dir": tmp_path_factory.mktemp("data"),
            "allowed_origins": (ALLOWED,),
            "rate_limit": "1000/minute",
        }
    )


@pytest.fixture(scope="session")
def site(desk_settings: Settings) -> Iterator[str]:
    """The address of a service that is ready."""
    with serving(create_app(desk_settings)) as url:
        until = time.monotonic() + 240
        while httpx.get(f"{url}/readyz").status_code != 200:
            assert time.monotonic() < until, httpx.get(f"{url}/readyz").text
            time.sleep(0.2)
        yield url


@pytest.fixture
def feedback_file(desk_settings: Settings) -> Path:
    """Where the service stores feedback."""
    return desk_settings.data_dir / "feedback.sqlite3"
