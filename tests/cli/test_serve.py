"""``enduse serve`` as a process: it answers, says where, and ends when asked."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import click
import pytest
import typer

from detector.cli import main, whole
from detector.cli.serve import _door
from detector.config import Settings, load_settings
from detector.errors import UsageError
from tests.examples import first


def test_the_last_run_can_be_shown_to_those_who_are_known(
    scored: tuple[Path, Path], tmp_path: Path
) -> None:
    web = tmp_path / "web.toml"
    token = hashlib.sha256(b"t").hexdigest()
    web.write_text(f'[authentication]\nbearer_sha256 = ["{token}"]\n')
    words = ["serve", "--results", str(scored[1]), "--listen", "0.0.0.0:0"]
    with subprocess.Popen(
        [sys.executable, "-m", "detector", *words, "--web-config", str(web)],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = next(line for line in iter(process.stderr.readline, "") if "serving on" in line)
        port = int(said.rpartition(":")[2].partition("/")[0])
        url = f"http://127.0.0.1:{port}/metrics"
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            urllib.request.urlopen(url, timeout=10)
        refused.value.close()
        known = urllib.request.Request(url, headers={"Authorization": "Bearer t"})
        with urllib.request.urlopen(known, timeout=10) as page:
            assert b"enduse_build_info" in page.read()
        web.write_text("")
        process.send_signal(signal.SIGHUP)
        said = [process.stderr.readline(), process.stderr.readline()]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert "was not let in" in said[0]
    assert "stays" in said[1]
    assert process.returncode == 0


def test_a_batch_leaves_its_metrics_in_a_file_with_no_account_where_there_is_no_key(
    scored: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["serve", "--results", str(scored[1]), "--textfile", "enduse.prom"]
    assert main(words) == 0
    text = Path("enduse.prom").read_text()
    assert "enduse_build_info{" in text
    assert "enduse_top_account_score{" not in text
    monkeypatch.setenv("ENDUSE_PSEUDONYM_KEY", "k" * 32)
    assert main(words) == 0
    assert "enduse_top_account_score{" in Path("enduse.prom").read_text()
    assert main([*words, "--listen", "127.0.0.1:0"]) == 2
    assert main(["serve", "--textfile", "enduse.prom"]) == 2


def test_a_file_of_metrics_is_whole_and_readable_whatever_the_umask(
    scored: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, seen = tmp_path / "enduse.prom", []
    words = ["serve", "--results", str(scored[1]), "--textfile", str(file)]
    real = Path.replace

    def replace(source: Path, target: Path) -> Path:
        seen.append((source.name, source.stat().st_mode & 0o777, source.read_text()[-1]))
        return real(source, target)

    monkeypatch.setattr(Path, "replace", replace)
    before = os.umask(0o077)
    try:
        assert main(words) == 0
    finally:
        os.umask(before)
    name, mode, last = next(one for one in seen if "first_seen" not in one[0])
    assert name.startswith(".enduse.prom.")  # node_exporter takes *.prom alone
    assert (mode, last, file.stat().st_mode & 0o777) == (0o644, "\n", 0o644)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    held = file.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    assert main(words) == 1
    assert file.read_bytes() == held
    left = [one.name for one in tmp_path.iterdir() if "first_seen" not in one.name]
    assert left == ["enduse.prom"]


def test_a_textfile_that_node_exporter_would_pass_over_is_told_of(
    scored: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["serve", "--results", str(scored[1]), "--textfile"]
    assert main([*words, str(tmp_path / "enduse.prom")]) == 0
    assert ".prom" not in capsys.readouterr().err
    assert main([*words, str(tmp_path / "enduse.txt")]) == 0
    assert "no file but those in .prom" in capsys.readouterr().err


@pytest.mark.parametrize("sign", first([signal.SIGTERM, signal.SIGINT]))
def test_serve_answers_until_it_is_asked_to_stop(
    scored: tuple[Path, Path], sign: signal.Signals
) -> None:
    words = ["serve", "--results", str(scored[1]), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(
        [sys.executable, "-m", "detector", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        said = next(line for line in lines if "serving on" in line)
        found = re.search(r"http://127\.0\.0\.1:\d+/metrics", said)
        assert found
        with urllib.request.urlopen(found[0], timeout=10) as page:
            assert b"enduse_build_info" in page.read()
        process.send_signal(sign)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out == ""
    assert "Traceback" not in err


OPTIONS = {
    "results": "out", "textfile": "e.prom", "inbox": "inbox", "state": "state", "model": "model",
    "prior": "none", "previous": "before", "listen": "127.0.0.1:0", "web_config": "web.toml",
    "pseudonymise": "true", "cases": "cases", "poll": "3.5", "log_format": "json",
}  # fmt: skip


def test_every_option_may_stand_in_the_environment_and_in_the_settings_file(tmp_path: Path) -> None:
    from typer.main import get_command

    context = typer.Context(click.Command("enduse"))
    command = get_command(whole()).get_command(context, "serve")  # type: ignore[attr-defined]
    options = {param.name for param in command.params} - {"help"}
    assert options == set(OPTIONS)
    assert options <= set(Settings.model_fields)
    file = tmp_path / "enduse.toml"
    for name, text in OPTIONS.items():
        kind = type(getattr(load_settings({name: text}, environ={}).settings, name))
        by_variable = load_settings(environ={f"ENDUSE_{name.upper()}": text}).settings
        assert str(getattr(by_variable, name)).lower() == text
        value = text if kind in (bool, float) else f'"{text}"'
        file.write_text(f"{name} = {value}\n")
        assert getattr(load_settings(file=file, environ={}).settings, name) == getattr(
            by_variable, name
        )


def door(given: dict[str, str], settings: dict[str, str]) -> str:
    return _door(load_settings({**settings, **given}, environ={}).settings, set(given))


@pytest.mark.parametrize(
    ("given", "settings", "opens"),
    [
        ("results", "", "results"),
        ("", "results", "results"),
        ("", "results textfile", "textfile"),
        ("results", "inbox state textfile", "textfile"),
        ("results listen", "textfile", "results"),
        ("results textfile", "inbox state listen web_config cases", "textfile"),
        ("inbox", "results textfile state", "inbox"),
        ("", "inbox state listen web_config poll", "inbox"),
        ("model", "inbox state", "inbox"),
    ],
)
def test_what_the_command_line_names_goes_before_what_the_settings_say(
    given: str, settings: str, opens: str
) -> None:
    picked = [{name: OPTIONS[name] for name in text.split()} for text in (given, settings)]
    assert door(*picked) == opens


@pytest.mark.parametrize(
    ("given", "settings", "sentence"),
    [
        ("", "", "give --results OUT"),
        ("", "results inbox state", "both results and inbox"),
        ("results model", "", "--model is for --inbox"),
        ("inbox", "", "--state DIR"),
        ("model", "results", "give --results OUT"),
        ("textfile", "", "--textfile FILE goes with"),
        ("textfile listen", "results", "--textfile FILE goes with"),
    ],
)
def test_what_does_not_go_together_is_refused(given: str, settings: str, sentence: str) -> None:
    picked = [{name: OPTIONS[name] for name in text.split()} for text in (given, settings)]
    with pytest.raises(UsageError, match=sentence):
        door(*picked)


def test_a_variable_that_sets_nothing_is_refused_with_the_near_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENDUSE_SERVICE_HOST", "10.0.0.1")  # Kubernetes sets it
    monkeypatch.setenv("ENDUSE_WEB_CONFG", "web.toml")
    assert main(["serve"]) == 2
    assert "'ENDUSE_WEB_CONFG' sets nothing; did you mean ENDUSE_WEB_CONFIG?" in (
        capsys.readouterr().err
    )


@pytest.mark.long
def test_all_that_a_service_says_is_json_and_nothing_secret_is_in_it(
    scored: tuple[Path, Path], tmp_path: Path
) -> None:
    web = tmp_path / "web.toml"
    web.write_text(f'[authentication]\nbearer_sha256 = ["{hashlib.sha256(b"tok").hexdigest()}"]\n')
    words = ["serve", "--results", str(scored[1]), "--listen", "127.0.0.1:0"]
    more = {"ENDUSE_LOG_FORMAT": "json", "ENDUSE_PSEUDONYM_KEY": "hush-hush-hush-hush",
            "ENDUSE_WEB_CONFIG": str(web)}  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "detector", *words],
        stderr=subprocess.PIPE, text=True, env={**os.environ, **more},
    ) as process:  # fmt: skip
        assert process.stderr is not None
        first = process.stderr.readline()
        port = int(json.loads(first)["message"].rpartition(":")[2].partition("/")[0])
        wrong = urllib.request.Request(
            f"http://127.0.0.1:{port}/metrics?x=hush", headers={"Authorization": "Bearer hush-tok"}
        )
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(wrong, timeout=10)
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=20)[1]
    said = [json.loads(line) for line in (first + rest).splitlines()]
    assert [one["event"] for one in said] == ["serving", "stranger"]
    assert "hush" not in first + rest
    done = subprocess.run(
        [sys.executable, "-m", "detector", "serve", "--results", str(tmp_path)],
        capture_output=True, text=True, env={**os.environ, **more}, timeout=60,
    )  # fmt: skip
    assert done.returncode == 3
    assert json.loads(done.stderr)["event"] == "ended"
