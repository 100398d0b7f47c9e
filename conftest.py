"""What tests and the examples of docstrings share: the sample, scored, and where examples run."""

from __future__ import annotations

import atexit
import compileall
import fcntl
import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

REPOSITORY = Path(__file__).resolve().parent
#: What stands beside an example, by its name: the folder, and the fixture that made it.
BESIDE: Final = {
    "detector.pipeline.doors.load_model": ("model", "sample_model"),
    "detector.pipeline.doors.save_model": ("model", "sample_model"),
    "detector.pipeline.doors.score_logs": ("model", "sample_model"),
    "detector.results.folder.Results": ("out", "sample_run"),
}
#: Examples that train or score.
LONG: Final = (
    "detector.pipeline.doors.load_model", "detector.pipeline.doors.save_model",
    "detector.pipeline.doors.score_logs", "detector.pipeline.doors.train_logs",
)  # fmt: skip

# As the command does: what is imported lives on, and need not be looked through again and again.
gc.set_threshold(10_000)

# Where as many processes test as there are cores, threads of each would wait for the others'.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("POLARS_MAX_THREADS", "1")


def pytest_configure(config: pytest.Config) -> None:
    """Compile what hundreds of processes of tests import: where none may write it, each would."""
    if not hasattr(config, "workerinput"):
        for package in ("detector", "enduse", "features", "models", "lab"):
            compileall.compile_dir(REPOSITORY / package, quiet=2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Examples that work for seconds are long tests, as others are."""
    for item in items:
        if isinstance(item, pytest.DoctestItem) and item.name in LONG:
            item.add_marker(pytest.mark.long)


def pytest_collection_finish() -> None:
    """What was imported and collected lives to the end: looking through it takes half a second."""
    gc.freeze()
    atexit.register(gc.unfreeze)  # or libraries tell of what they think has leaked


@pytest.fixture(autouse=True)
def _place_of_an_example(request: pytest.FixtureRequest) -> None:
    """An example runs in a folder of its own, with ``sample_logs`` in it."""
    if not isinstance(request.node, pytest.DoctestItem):
        return
    place: Path = request.getfixturevalue("tmp_path")
    (place / "sample_logs").symlink_to(REPOSITORY / "sample_logs")
    if request.node.name in BESIDE:
        folder, fixture = BESIDE[request.node.name]
        (place / folder).symlink_to(request.getfixturevalue(fixture))
    request.getfixturevalue("monkeypatch").chdir(place)


@pytest.fixture(scope="session")
def sample_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model that the example of ``train_logs`` keeps; do not change it."""
    from detector import save_model, train_logs

    folder = tmp_path_factory.mktemp("sample_model") / "model"
    save_model(train_logs(REPOSITORY / "sample_logs", as_of="2026-04-09", seed=7), folder)
    return folder


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that ``enduse score sample_logs --out out`` wrote; do not change it."""
    if not (REPOSITORY / "sample_logs" / "README.md").is_file():
        pytest.fail("sample_logs is missing from the repository")
    home = _shared_by_workers(tmp_path_factory) / "sample"
    with _alone(home.with_suffix(".lock")):
        if not home.exists():
            home.mkdir()
            # A process of its own: whoever asks first may have changed the program for its tests.
            asked = ["score", str(REPOSITORY / "sample_logs"), "--out", "out"]
            subprocess.run(
                [sys.executable, "-m", "detector", *asked],
                cwd=home, env=_plain(), check=True, capture_output=True,
            )  # fmt: skip
    return home / "out"


def _plain() -> dict[str, str]:
    """The environment without settings, with the repository's program."""
    settings = {name for name in os.environ if name.startswith("ENDUSE_")}
    return {name: value for name, value in os.environ.items() if name not in settings} | {
        "PYTHONPATH": str(REPOSITORY)
    }


def _shared_by_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run: where several processes test, each has its own inside of it."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time is in the block."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
