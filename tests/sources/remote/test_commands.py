"""The commands take addresses, and what they write has the bytes of a local run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from detector.cli import main
from detector.cli.serve import _watched
from detector.errors import UsageError
from detector.simulate import simulate

if TYPE_CHECKING:
    from .conftest import Store

RESULTS = ("scores.parquet", "rings.parquet", "features.parquet", "quarantine.parquet")


pytestmark = pytest.mark.usefixtures("few_trees")


@pytest.fixture
def world(tmp_path: Path) -> Path:
    simulate("standard", 60, 7, 3, tmp_path / "world")
    return tmp_path / "world"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command that must succeed and return what it printed."""

    def run(*words: str | Path) -> str:
        code = main([str(word) for word in words])
        done = capsys.readouterr()
        assert code == 0, done.err
        return done.out

    return run


@pytest.mark.long
def test_scores_of_a_bucket_have_the_bytes_of_the_folders_scores(
    world: Path, store: Store, said: Callable[..., str], tmp_path: Path
) -> None:
    address = store.take(world, "bucket/logs")
    said("train", address, "--model", tmp_path / "model")
    for name, logs in (("a", world), ("b", address)):
        said("score", logs, "--model", tmp_path / "model", "--out", tmp_path / name)
    for name in RESULTS:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


@pytest.mark.long
def test_validate_and_ingest_take_an_address(
    world: Path, store: Store, said: Callable[..., str], tmp_path: Path
) -> None:
    address = store.take(world, "bucket/logs")
    assert said("validate", address, "--json") == said("validate", world, "--json")
    assert "new" in said("ingest", address, "--state", tmp_path / "state")
    assert said("validate", f"file://{world}", "--json") == said("validate", world, "--json")


@pytest.mark.long
def test_a_store_that_does_not_answer_ends_a_command_with_one_sentence(
    credentials: None, closed_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["validate", f"s3://b/logs?endpoint_override=127.0.0.1:{closed_port}&scheme=http"])
    said = capsys.readouterr().err.strip().splitlines()
    assert code == 3
    assert len(said) == 1
    assert said[0].startswith("enduse: s3://b/logs cannot be reached")


def test_an_inbox_may_be_an_address(tmp_path: Path) -> None:
    assert _watched("s3://bucket/inbox") == "s3://bucket/inbox"
    assert _watched(f"file://{tmp_path}") == str(tmp_path.resolve())
    with pytest.raises(UsageError, match="is no folder"):
        _watched(str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="are not read"):
        _watched("ftp://bucket/inbox")
