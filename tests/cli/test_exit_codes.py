"""Bad input and wrong words: one clear sentence on stderr and the contract's exit code."""

from __future__ import annotations

import errno
import gzip
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from detector.cli import simulate
from detector.errors import EnduseError
from tests.examples import first

Enduse = Callable[..., Any]


def _lose_accounts(logs: Path) -> None:
    (logs / "accounts.csv").unlink()


def _not_focus(logs: Path) -> None:
    (logs / "usage.csv").write_text("date,service,hours\n2026-03-01,compute,3\n")


def _all_bad(logs: Path) -> None:
    text = (logs / "usage.csv").read_text()
    (logs / "usage.csv").write_text(text.replace("T06:00:00Z", "T00:00:00Z"))


def _truncated_parquet(logs: Path) -> None:
    import polars as pl

    pl.read_csv(logs / "usage.csv").write_parquet(logs / "usage.parquet")
    (logs / "usage.csv").unlink()
    whole = (logs / "usage.parquet").read_bytes()
    (logs / "usage.parquet").write_bytes(whole[: len(whole) // 2])


def _truncated_gzip(logs: Path) -> None:
    packed = gzip.compress((logs / "usage.csv").read_bytes())
    (logs / "usage.csv").unlink()
    (logs / "usage.csv.gz").write_bytes(packed[: len(packed) // 2])


def _empty(logs: Path) -> None:
    for path in logs.iterdir():
        path.unlink()


GATE = {
    "an empty folder": (_empty, "usage and accounts missing"),
    "a missing table": (_lose_accounts, "accounts missing"),
    "a CSV that is not FOCUS": (_not_focus, "ChargePeriodStart"),
    "nothing but bad rows": (_all_bad, "usage"),
    "a truncated Parquet": (_truncated_parquet, "usage.parquet"),
    "a truncated gzip": (_truncated_gzip, "usage.csv.gz"),
}


@pytest.mark.parametrize("command", ["validate", "score", "train"])
@pytest.mark.parametrize("damage", GATE)
def test_input_that_cannot_be_scored_is_exit_3(
    enduse: Enduse, logs: Path, tmp_path: Path, command: str, damage: str
) -> None:
    spoil, named = GATE[damage]
    spoil(logs)
    place = {
        "validate": [],
        "score": ["--out", tmp_path / "o"],
        "train": ["--model", tmp_path / "m"],
    }
    done = enduse(command, logs, *place[command])
    assert done.code == 3
    assert done.sentence.startswith("enduse: ")
    assert named in done.sentence
    assert "Traceback" not in done.err
    assert not (tmp_path / "o").exists()
    assert not (tmp_path / "m").exists()


def test_a_folder_that_is_not_there_is_named(enduse: Enduse, tmp_path: Path) -> None:
    done = enduse("score", tmp_path / "nowhere", "--out", tmp_path / "o")
    assert done.code == 3
    assert "nowhere" in done.sentence


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("validate", "nowhere"), 3),
        (("train", "nowhere", "--model", "m"), 3),
        (("ingest", "nowhere", "--state", "s"), 3),
        (("explain", "nowhere", "acct-1"), 3),
        (("report", "nowhere"), 3),
        (("leads", "nowhere"), 3),
        (("serve", "--results", "nowhere"), 3),
        (("score", "logs", "--out", "o", "--previous", "nowhere"), 3),
        (("score", "logs", "--out", "o", "--model", "nowhere"), 1),
        (("score", "--state", "nowhere", "--out", "o"), 1),
        (("state", "check", "nowhere"), 1),
    ],
)
def test_what_is_not_there_has_the_exit_code_that_is_documented(
    enduse: Enduse, logs: Path, words: tuple[str, ...], code: int
) -> None:
    done = enduse(*words)
    assert (done.code, "nowhere" in done.sentence) == (code, True)
    assert not (logs.parent / "o").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("frobnicate",),
        ("score",),
        ("score", "logs"),
        ("score", "logs", "--out"),
        ("score", "logs", "--out", "o", "--colour"),
        ("score", "logs", "--out", "o", "--as-of", "yesterday"),
        ("score", "logs", "--out", "o", "--alpha", "2"),
        ("score", "logs", "--out", "o", "--alpha", "much"),
        ("score", "logs", "--out", "o", "--max-bad", "-1"),
        ("score", "logs", "--out", "o", "--engine", "quantum"),
        ("score", "logs", "--out", "o", "--master", "local[2]"),
        ("score", "--out", "o", "--engine", "spark", "--state", "s"),
        ("score", "logs", "--out", "o", "--fail-on", "-1"),
        ("score", "logs", "--out", "o", "--prior", "../../etc"),
        ("simulate", "--out", "w", "--preset", "nonsense"),
        ("simulate", "--out", "w", "--accounts", "0"),
        ("--config", "none.toml", "score", "logs", "--out", "o"),
        ("serve", "--results", "o", "--listen", "everywhere"),
    ],
)
def test_wrong_words_are_exit_2(enduse: Enduse, logs: Path, words: tuple[str, ...]) -> None:
    done = enduse(*words)
    assert done.code == 2
    assert done.out == ""
    assert done.err.strip()
    assert "Traceback" not in done.err
    assert sorted(path.name for path in logs.parent.iterdir()) == ["logs"]


@pytest.mark.parametrize("command", ["score", "train"])
@pytest.mark.parametrize("place", ["a file", "below a file", "a read-only file system"])
def test_an_output_that_cannot_be_written_is_exit_1_before_any_work(
    enduse: Enduse, logs: Path, tmp_path: Path, command: str, place: str
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("keep me")
    # Neither a file as a parent nor /proc can be written to, not even by root.
    out = {
        "a file": taken,
        "below a file": taken / "out",
        "a read-only file system": Path("/proc/enduse/out"),
    }
    option = {"score": "--out", "train": "--model"}[command]
    done = enduse(command, logs, option, out[place])
    assert done.code == 1
    assert str(out[place]) in done.sentence
    assert taken.read_text() == "keep me"


def test_bad_rows_are_a_warning_until_strict(enduse: Enduse, logs: Path) -> None:
    text = (logs / "usage.csv").read_text()
    (logs / "usage.csv").write_text(text.replace(",1,GB-Hours", ",-1,GB-Hours", 1))
    assert enduse("validate", logs).code == 0
    done = enduse("validate", logs, "--strict")
    assert done.code == 4
    assert "usage 1" in done.sentence
    assert enduse("validate", logs, "--max-bad", "0").code == 3


def test_a_catalogue_override_that_is_not_there_is_exit_2(
    enduse: Enduse, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENDUSE_CATALOGUE_OVERRIDE", "nowhere.csv")
    done = enduse("validate", logs)
    assert done.code == 2
    assert "nowhere.csv" in done.sentence


def test_strict_still_writes_the_results(enduse: Enduse, logs: Path, tmp_path: Path) -> None:
    text = (logs / "usage.csv").read_text()
    (logs / "usage.csv").write_text(text.replace(",1,GB-Hours", ",-1,GB-Hours", 1))
    done = enduse("score", logs, "--out", tmp_path / "o", "--strict")
    assert done.code == 4
    assert (tmp_path / "o" / "quarantine.parquet").is_file()


def test_findings_above_the_limit_are_exit_5(enduse: Enduse, world: Path, tmp_path: Path) -> None:
    import polars as pl

    done = enduse("score", world, "--out", tmp_path / "o", "--alpha", "0.1", "--fail-on", "0")
    scores = pl.read_parquet(tmp_path / "o" / "scores.parquet")
    found = scores.filter(pl.col("queue") == "proxy").height
    assert found > 0
    assert done.code == 5
    assert f"{found} accounts are in the proxy queue" in done.sentence
    again = enduse("score", world, "--out", tmp_path / "o", "--alpha", "0.1", "--fail-on", found)
    assert again.code == 0


def test_an_unknown_account_is_exit_2(enduse: Enduse, scored: tuple[Path, Path]) -> None:
    done = enduse("explain", scored[1], "acct-\x1b[2J")
    assert done.code == 2
    assert "\x1b" not in done.err
    assert "acct-\\x1b[2J" in done.sentence


@pytest.mark.parametrize("command", [("explain", "{}", "a"), ("report", "{}")])
def test_a_folder_that_is_no_run_is_named(
    enduse: Enduse, tmp_path: Path, command: tuple[str, ...]
) -> None:
    done = enduse(*(word.format(tmp_path) for word in command))
    assert done.code == 3
    assert "is not a results folder" in done.sentence


@contextmanager
def _no_file_above(size: int) -> Iterator[None]:
    """No file of this process may grow beyond a size, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    "words",
    first(
        [
            "score {logs} --out out",
            "train {logs} --model out",
            "simulate --accounts 50 --days 7 --out out",
        ]
    ),
)
def test_a_full_disk_is_one_sentence(
    enduse: Enduse, logs: Path, tmp_path: Path, words: str
) -> None:
    with _no_file_above(3000):
        done = enduse(*words.format(logs=logs).split())
    assert done.code == 1
    assert "File too large" in done.err or "could not be written" in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "out" / "scores.parquet").exists()


class _Disk:
    """Stands in for a disk that fails: the one thing a test cannot have for real."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, *_words: object, **_named: object) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/d/f"), 1, "/d/f: No space left"),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/d"), 1, "/d: Permission"),
        (MemoryError(), 1, "out of memory"),
        (EnduseError("line one\nline two \x1b[31m"), 1, "line one\\nline two \\x1b[31m"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_failures_of_the_machine_are_one_sentence(
    enduse: Enduse,
    monkeypatch: pytest.MonkeyPatch,
    logs: Path,
    error: BaseException,
    code: int,
    sentence: str,
) -> None:
    monkeypatch.setattr("detector.cli.opening.open_logs", _Disk(error))
    done = enduse("validate", logs)
    assert done.code == code
    assert sentence in done.err
    assert "Traceback" not in done.err
    assert len(done.err.splitlines()) <= 1


def test_debug_shows_the_traceback(enduse: Enduse, tmp_path: Path) -> None:
    done = enduse("--debug", "validate", tmp_path / "nowhere")
    assert done.code == 3
    assert "Traceback" in done.err
    assert done.sentence.startswith("enduse: ")


def test_a_reader_that_goes_away_is_no_traceback(repository: Path) -> None:
    code = "from detector.cli import main; import sys; sys.exit(main(['--help']))"
    first = subprocess.Popen(
        [sys.executable, "-c", code], cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert first.stdout is not None
    first.stdout.close()
    assert first.stderr is not None
    error = first.stderr.read()
    first.stderr.close()
    assert b"Traceback" not in error
    assert first.wait(20) in (0, 1)


def test_preset_names_in_help_are_the_presets() -> None:
    from detector.simulate import PRESETS

    assert set(simulate.PRESET_NAMES) == set(PRESETS)


def test_an_interrupt_of_the_real_command_is_130(repository: Path, logs: Path) -> None:
    code = (
        "import os, signal\n"
        "from detector.cli import main, opening\n"
        "opening.open_logs = lambda *a, **k: os.kill(os.getpid(), signal.SIGINT)\n"
        f"raise SystemExit(main(['validate', {str(logs)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
