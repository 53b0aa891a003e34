"""Answers of a language model over the real service: sentences as they are verified, and how."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright
from test_api import events
from widget_site import CHROMIUM_FLAGS
from widget_site import serving as serving_app

from assistant.answer import Mode
from corpus.settings import Settings
from eval.scripted_model import Behaviour, Script, serving
from ui import markup
from ui.schemas import AnswerBody
from ui.server import create_app
from ui.texts import EN, ZH, mode_label

QUESTION = "专业教师每五年累计到企业实践多久？"


@pytest.fixture(scope="module")
def model_site(
    index_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Script, str]]:
    """A service whose answers a scripted model words, and the script."""
    script = Script()
    with serving(script) as model:
        settings = index_settings.model_copy(
            update={
                "data_dir": tmp_path_factory.mktemp("data"),
                "rate_limit": "1000/minute",
                "composer": "generative",
                "llm_model": "scripted",
                "llm_base_url": model,
                "llm_retries": 0,
            }
        )
        with serving_app(create_app(settings)) as url:
            until = time.monotonic() + 240
            while httpx.get(f"{url}/readyz").status_code != 200:
                assert time.monotonic() < until
                time.sleep(0.2)
            yield script, url


def told(url: str) -> list[tuple[str, Any]]:
    with httpx.stream(
        "POST", f"{url}/api/v1/ask/stream", json={"question": QUESTION}, timeout=60
    ) as response:
        return events(response.read().decode())


def test_the_stream_tells_verified_sentences_once(model_site: tuple[Script, str]) -> None:
    script, url = model_site
    script.turn(Behaviour.HONEST, 1)
    found = told(url)
    whole = found[-1][1]
    AnswerBody.model_validate(whole)
    assert whole["mode"] == "generative"
    assert [name for name, _ in found[:2]] == ["status", "status"]
    assert found[1][1]["stage"] == "answering"
    assert [data for name, data in found if name == "sentence"] == whole["claims"]
    assert [data for name, data in found if name == "citation"] == whole["citations"]
    assert len(whole["claims"]) > 1


def test_the_stream_never_tells_what_does_not_stand(model_site: tuple[Script, str]) -> None:
    script, url = model_site
    script.turn(Behaviour.INVENTS_FIGURES, 1)
    found = told(url)
    false = [sentence.text.rstrip("。") for sentence in script.said if sentence.false]
    assert false
    said = [data["text"] for name, data in found if name == "sentence"]
    assert not any(sentence in text for sentence in false for text in said)
    assert found[-1][1]["claims"] == [data for name, data in found if name == "sentence"]


@pytest.mark.browser
def test_the_page_says_how_the_answer_was_written(model_site: tuple[Script, str]) -> None:
    script, url = model_site
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS
        )
        page = chromium.new_page(locale="zh-CN")
        page.goto(url)
        expect(page.locator("#mb-foot")).to_contain_text("语言模型")
        for behaviour, mode, count in (
            (Behaviour.HONEST, Mode.GENERATIVE, 1),
            (Behaviour.REFUSES, Mode.FALLBACK, 2),
        ):
            script.turn(behaviour, 1)
            page.locator("#mb-box textarea").fill(QUESTION)
            page.keyboard.press("Enter")
            shown = page.locator("#mb-chat .mb-sources")
            expect(shown).to_have_count(count, timeout=30_000)
            expect(shown.last).to_contain_text(mode_label(mode, ZH))
        chromium.close()


def test_every_mode_has_a_label_in_both_languages() -> None:
    labels = {mode_label(mode, texts) for mode in Mode for texts in (ZH, EN)}
    assert len(labels) == 6
    script = Path(markup.__file__).with_name("static") / "widget.js"
    assert all(label in script.read_text("utf-8") for label in labels)
