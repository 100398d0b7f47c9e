"""``cases quality`` on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from detector.cases.record.store import Store
from detector.cli import options
from detector.cli.cases.tree import cases
from detector.errors import EnduseError
from tests.cases.test_quality import history, keep

Run = Callable[..., str]


@pytest.fixture
def command(store: Store, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ENDUSE_CASES", str(store.folder))
    keep(store, history(4))

    def run(*words: str) -> str:
        start = options.Start(None, debug=False)
        done = CliRunner().invoke(cases, ["quality", *words], obj=start)
        if isinstance(done.exception, EnduseError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_a_reviewer_reads_his_own_figures_and_a_lead_those_of_all_and_of_samples(command) -> None:
    assert command("--as", "ann").startswith("ann: ")
    told = command("--as", "cem")
    assert told.startswith("all: ")
    assert "bob: " in told
    assert "inconclusive" in told
    assert "too few" in told


def test_json_has_every_figure(command) -> None:
    told = json.loads(command("--as", "hal", "--json"))
    assert [one["person"] for one in told["quality"]] == [None, "ann", "bob", "cem"]
    assert {"agreement", "kappa", "golden", "alarms", "too_few"} <= told["quality"][0].keys()
    assert told["exploration"]["inconclusive"] is True
    assert json.loads(command("--as", "ann", "--json"))["exploration"] is None


def test_who_judges_nothing_is_refused(command) -> None:
    with pytest.raises(EnduseError, match="judges nothing"):
        command("--as", "ida")
