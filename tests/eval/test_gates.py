"""The committed data sets against the floors of `eval/thresholds.toml`, reported as CI's output."""

import pytest

from corpus.settings import Settings
from eval import run


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("answers", "--dataset", "plan", "--dataset", "policies", "--dataset", "heldout"),
        ("dialogue",),
        # A part of the questions, each in all its variants; one trial a behaviour.
        ("robustness", "--limit", "40"),
        ("adversary", "--trials", "30"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_the_committed_sets_hold_their_floors(
    arguments: tuple[str, ...],
    index_settings: Settings,
    report: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MINGBAI_INDEX_DIR", str(index_settings.index_dir))
    code = run.main([*arguments, "--no-save"])
    shown = capsys.readouterr()
    report.append(f"mingbai eval {' '.join(arguments)}\n\n{shown.out}")
    assert "门槛与目标" in shown.out
    assert code == run.OK, shown.out[-2000:] + shown.err
