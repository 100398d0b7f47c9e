"""``enduse doctor --service`` asks a real running service, and finds what is wrong with it."""

from __future__ import annotations

import hashlib
import json
import signal
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import BadStatusLine, RemoteDisconnected
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from detector import doctor_service
from detector.cli import main
from detector.doctor import Finding
from detector.doctor_service import Address, examine_service
from detector.errors import UsageError

Start = Callable[..., Any]
Files = Callable[..., dict[str, str]]
Drop = Callable[[dict[str, str]], None]
Doctor = Callable[..., tuple[int, dict[str, dict[str, str]], str]]


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Doctor:
    """``doctor(*words)``: the command's exit code, its findings by subject, and its stderr."""

    def ask(*words: str) -> tuple[int, dict[str, dict[str, str]], str]:
        capsys.readouterr()
        code = main(["doctor", "--json", *words])
        out, err = capsys.readouterr()
        found = json.loads(out) if out else []
        return code, {f["subject"]: f for f in found}, err

    return ask


def states(findings: list[Finding]) -> dict[str, str]:
    return {f.subject: f.state for f in findings}


@pytest.mark.long
def test_a_service_in_order_and_one_that_has_stopped(
    start: Start, inbox_files: Files, drop: Drop, doctor: Doctor
) -> None:
    service = start()
    code, found, _ = doctor("--service", service.base)
    assert (code, found["scores"]["state"]) == (1, "fail")
    drop(inbox_files())
    service.ready(1)
    code, found, said = doctor("--service", service.base)
    assert code == 0, said
    assert {name: f["state"] for name, f in found.items()} == {
        "service": "ok", "scores": "ok", "clock": "ok", "disk": found["disk"]["state"],
        "files": "ok", "stages": "ok", "inbox": "ok", "data": "ok",
    }  # fmt: skip
    later = datetime.now(UTC) + timedelta(days=2)
    aged = states(examine_service(Address(service.base), now=later))
    assert (aged["clock"], aged["inbox"], aged["data"]) == ("fail", "fail", "note")
    early = datetime.now(UTC) - timedelta(days=3)
    assert states(examine_service(Address(service.base), now=early))["data"] == "fail"
    service.process.send_signal(signal.SIGTERM)
    service.process.wait(10)
    code, found, _ = doctor("--service", service.base)
    assert (code, found["service"]["state"]) == (1, "fail")
    assert "does not answer" in found["service"]["detail"]


@pytest.mark.long
def test_a_failing_stage_is_named(
    start: Start, inbox_files: Files, drop: Drop, doctor: Doctor, tmp_path: Path
) -> None:
    damaged = tmp_path / "model"
    damaged.mkdir()
    (damaged / "manifest.json").write_text("{}")
    service = start("--model", str(damaged))
    drop(inbox_files(days=1))
    service.wait(lambda: bool(service.json("/api/v1/status")["failing"]), 30)
    code, found, _ = doctor("--service", service.base)
    assert (code, found["stages"]["state"]) == (1, "fail")
    assert "model" in found["stages"]["detail"]


def test_a_service_that_asks_who_you_are(start: Start, tmp_path: Path, doctor: Doctor) -> None:
    token = hashlib.sha256(b"a token").hexdigest()
    web = tmp_path / "web.toml"
    web.write_text(f'[authentication]\nbearer_sha256 = ["{token}"]\n')
    service = start("--web-config", str(web))
    assert states(examine_service(Address(service.base))) == {"service": "fail"}
    (tmp_path / "token").write_text("a token\n")
    _, found, said = doctor("--service", service.base, "--token-file", str(tmp_path / "token"))
    assert found["service"]["state"] == "ok"
    assert "a token" not in said + json.dumps(found)


class _Liar(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body: bytes = self.server.body  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


NOW = datetime(2026, 5, 1, tzinfo=UTC)
TOLD = {"now": NOW.isoformat(), "ended": {"ingest": NOW.isoformat()}, "failing": [],
        "snapshot": 1, "version": "\x1b[2J\u202e", "model_id": "m", "as_of": None}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", {"service"}),
        (b"[]", {"service"}),
        (b"\xff{", {"service"}),
        (b"[" * 100_000, {"service"}),
        (json.dumps(TOLD | {"now": 3}).encode(), {"clock", "disk"}),
        (json.dumps(TOLD | {"disk": {"free_bytes": 10}}).encode(), {"disk"}),
        (
            json.dumps(TOLD | {"ended": [], "failing": ["\x1b"]}).encode(),
            {"disk", "stages", "inbox"},
        ),
        (
            json.dumps(TOLD | {"aside": {"files": 2, "first": [{"path": "\x1b"}, 3]}}).encode(),
            {"disk"},
        ),
    ],
)  # fmt: skip
def test_whatever_answers_is_told_apart_and_never_reaches_the_terminal_raw(
    body: bytes, wrong: set[str]
) -> None:
    with HTTPServer(("127.0.0.1", 0), _Liar) as server:
        server.body = body  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            found = examine_service(Address(f"http://127.0.0.1:{server.server_port}"), now=NOW)
        finally:
            server.shutdown()
            thread.join()
    assert {f.subject for f in found if f.state == "fail"} == wrong
    assert all(f.detail.isprintable() for f in found)


def test_files_that_stand_aside_are_a_note_that_names_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = [{"path": f"usage/{n}.csv", "reason": "is none"} for n in range(9)]
    told = TOLD | {"aside": {"files": 12, "by_table": {"usage": 12}, "first": first}}
    monkeypatch.setattr(Address, "get", lambda *_: (200, json.dumps(told).encode()))
    note = next(f for f in examine_service(Address("http://x"), now=NOW) if f.subject == "files")
    assert note.state == "note"
    assert note.detail.startswith("12 stand aside and count for nothing, first usage/0.csv: is ")
    assert "usage/3.csv" not in note.detail


@pytest.mark.parametrize(
    "url", ["", "service:9464", "ftp://x", "http://", "http://x:y", "file:///etc"]
)
def test_what_is_no_address_is_a_word_of_usage(url: str) -> None:
    with pytest.raises(UsageError, match="no address"):
        examine_service(Address(url))
    assert main(["doctor", "--service", url or "x"]) == 2


def test_a_last_look_that_lies_ahead_of_the_clock_is_no_fresh_one() -> None:
    here = datetime(2026, 4, 10, tzinfo=UTC)
    told = {"failing": [], "as_of": None}
    for ahead, state in ((timedelta(seconds=5), "ok"), (timedelta(days=1), "fail")):
        ended = {"ingest": (here + ahead).isoformat()}
        found = {f.subject: f for f in doctor_service._freshness({**told, "ended": ended}, here)}
        assert found["inbox"].state == state
    assert "set back" in found["inbox"].detail


def said(monkeypatch: pytest.MonkeyPatch, address: Address, answer: Exception | int) -> str:
    """What is told of a service that answers every page of its own like this."""

    def get(_self: Address, path: str) -> tuple[int, bytes]:
        if isinstance(answer, Exception):
            raise answer
        return (200 if path == "/healthz" else answer), b""

    monkeypatch.setattr(Address, "get", get)
    (found,) = examine_service(address)
    assert (found.state, found.subject) == ("fail", "service")
    return found.detail


def test_the_advice_is_about_what_was_given_and_what_came_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plain, known = Address("http://x"), Address("http://x", token="t")
    assert "give --token-file" in said(monkeypatch, plain, 401)
    assert "does not know this token" in said(monkeypatch, known, 401)
    assert "serve --results` does so" in said(monkeypatch, plain, 404)
    assert "serve --results" not in said(monkeypatch, plain, 500)
    unsigned = ssl.SSLCertVerificationError("self-signed certificate")
    secure = Address("https://x")
    assert "give who signed its certificate with --ca-file" in said(monkeypatch, secure, unsigned)
    named = Address("https://x", authority=tmp_path)
    assert "not of who stands in --ca-file" in said(monkeypatch, named, unsigned)
    assert "give http://" in said(monkeypatch, secure, ssl.SSLError("wrong version"))
    for cut in (ConnectionResetError(), RemoteDisconnected(), BadStatusLine("\x15\x03")):
        assert "then give https://" in said(monkeypatch, plain, cut)
    assert said(monkeypatch, plain, ConnectionRefusedError("refused")).endswith("refused")
