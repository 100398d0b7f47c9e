"""A certificate that is renewed under a service is taken without a restart, a broken one is not."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from detector.http import PageServer, Web, read_web, serve_until
from detector.http.certificates import Certificates


@pytest.fixture
def web(certificate: Path, tmp_path: Path) -> Web:
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_bytes((certificate / name).read_bytes())
    return Web(tmp_path / "cert.pem", tmp_path / "key.pem")


@pytest.fixture
def served(web: Web, monkeypatch: pytest.MonkeyPatch) -> Iterator[PageServer]:
    monkeypatch.setattr("detector.http.certificates._LOOK_SECONDS", 0.05)
    server, stop = PageServer("127.0.0.1:0", {}, web), threading.Event()
    thread = threading.Thread(target=serve_until, args=(stop, server, lambda s: s.wait(30)))
    thread.start()
    yield server
    stop.set()
    thread.join()


def shown(server: PageServer) -> str:
    """The certificate that a client sees."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", server.server_port), 5) as plain,
        context.wrap_socket(plain) as secure,
    ):
        der = secure.getpeercert(binary_form=True)
        assert der is not None
        return ssl.DER_cert_to_PEM_cert(der)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def renew(folder: Path) -> str:
    """A new pair, moved into place one file after the other; what clients are to see."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-subj", "/CN=new", "-days", "2", "-keyout", "key.new", "-out", "cert.new"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    for name in ("cert", "key"):
        (folder / f"{name}.new").replace(folder / f"{name}.pem")
    return ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert((folder / "cert.pem").read_text()))


def test_a_broken_one_keeps_the_old_and_a_good_one_is_taken(
    served: PageServer, web: Web, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    old, counts, memory = shown(served), served.counts.certificates, served.gate.memory
    (tmp_path / "cert.pem").write_text("-----BEGIN CERTIFICATE-----\nno\x1b[2J")
    until(lambda: counts.read()["refused"] == 1)
    assert shown(served) == old
    assert "the certificate before stays" in caplog.text
    new = renew(tmp_path)
    until(lambda: counts.read()["taken"] == 1)
    assert shown(served) == new != old
    assert served.gate.memory is memory
    assert served.web is web
    assert served.counts.reloads.read() == {"taken": 0, "refused": 0}


@pytest.mark.parametrize("config", ["good", "broken"])
def test_a_reload_at_the_same_time_takes_it_or_leaves_it_to_be_taken(
    config: str, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detector.http.certificates._LOOK_SECONDS", 0.3)
    file, stop, again = tmp_path / "web.toml", threading.Event(), threading.Event()
    file.write_text("[tls]\ncertificate = 'cert.pem'\nkey = 'key.pem'\n")
    server, new = PageServer("127.0.0.1:0", {}, read_web(file)), []

    def work(stop: threading.Event) -> None:
        new.append(renew(tmp_path))
        if config == "broken":
            file.write_text("[nonsense]\n")
        again.set()
        until(lambda: sum(server.counts.reloads.read().values()) == 1)
        if config == "broken":
            until(lambda: server.counts.certificates.read()["taken"] == 1)
        else:
            time.sleep(0.8)
        new.append(shown(server))
        stop.set()
        stop.wait(5)

    late = threading.Timer(20, stop.set)
    late.start()
    serve_until(stop, server, work, web_config=file, reload=again)
    late.cancel()
    assert new[0] == new[1]
    taken = {"good": (1, 0), "broken": (0, 1)}[config]
    assert (server.counts.reloads.read()["taken"], server.counts.certificates.read()["taken"]) == (
        taken
    )


def test_what_is_being_written_is_waited_for_and_each_state_is_told_once(
    web: Web, tmp_path: Path
) -> None:
    now = iter(range(100))
    seen = Certificates(web, clock=lambda: float(next(now)))
    path, found = tmp_path / "key.pem", []
    for text in ("a", "ab", "abc", None, None, None):
        if text is not None:
            path.write_text(text)
        found.append(seen.renewed(web))
        next(now)
    assert found == [False, False, False, True, False, False]
    path.unlink()
    assert [seen.renewed(web), next(now) and seen.renewed(web)] == [False, True]
    assert not seen.renewed(Web())
