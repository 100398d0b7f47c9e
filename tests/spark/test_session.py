"""What is missing to run Spark is said in one sentence, with the remedy and the right exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from detector.errors import EnduseError, UsageError
from detector.spark import EngineError, open_session
from detector.spark.session import check_java


def test_a_wrong_address_is_a_wrong_word() -> None:
    with pytest.raises(UsageError, match=r"--master is 'localhost'; expected local\[2\]"):
        open_session("localhost")


def test_a_missing_package_names_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(EngineError, match=r"pip install 'enduse\[spark\]'"):
        open_session("local[1]")


def test_a_missing_java_names_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match=r"no java was found on the PATH; .* openjdk-17"):
        check_java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineError, match="no java was found in JAVA_HOME"):
        check_java()


@pytest.mark.parametrize("told", ['openjdk version "11.0.2" 2019-01-15', 'java version "1.8.0_4"'])
def test_an_old_java_is_refused(told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho '{told}' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineError, match=r"is Java (11|8); Spark needs Java 17 or later"):
        check_java()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--engine", "spark"), 1, "no java was found in JAVA_HOME"),
        pytest.param(
            ("--engine", "spark", "--master", "mesos://x"), 2, "--master is 'mesos://x'",
            marks=pytest.mark.long,
        ),
    ],
)  # fmt: skip
def test_the_command_says_so_and_exits(
    words: tuple[str, ...], code: int, said: str, repository: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "detector", "score", str(repository / "sample_logs")]
    done = subprocess.run(
        [*command, "--out", "out", *words], capture_output=True, text=True, check=False,
        cwd=tmp_path, env={**os.environ, "JAVA_HOME": str(tmp_path)},
    )  # fmt: skip
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr


def test_an_engine_that_fails_is_a_runtime_error() -> None:
    assert issubclass(EngineError, EnduseError)
    assert EngineError.exit_code == 1
