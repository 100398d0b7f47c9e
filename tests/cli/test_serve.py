"""``enduse serve`` as a process: it answers, says where, and ends when asked."""

from __future__ import annotations

import hashlib
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from detector.cli import main


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
        assert any("stays" in line for line in iter(process.stderr.readline, ""))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
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


def test_a_textfile_that_node_exporter_would_pass_over_is_told_of(
    scored: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["serve", "--results", str(scored[1]), "--textfile"]
    assert main([*words, str(tmp_path / "enduse.prom")]) == 0
    assert ".prom" not in capsys.readouterr().err
    assert main([*words, str(tmp_path / "enduse.txt")]) == 0
    assert "no file but those in .prom" in capsys.readouterr().err


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
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
