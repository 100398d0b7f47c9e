"""The console beside the rest: slow clients keep nobody waiting, and it calls nobody."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from detector.cases.record.store import SYSTEM, Store
from detector.cases.team import tokens
from detector.console import beside
from detector.exporter.server import MetricsServer
from detector.http import Bounds
from tests.cases.planted import RING, plant
from tests.console.programs import Program, program

SLOW = 200
STARTS = (
    b"GET /metrics HTTP/1.1\r\nX", b"POST /login HTTP/1.1\r\nContent-Length: 900\r\n\r\nname=",
    b"POST /api/v1/import HTTP/1.1\r\nContent-Type: text/csv\r\nContent-Length: 90", b"",
)  # fmt: skip


def test_slow_clients_keep_neither_a_scrape_nor_a_page_waiting(store: Store, clock: Any) -> None:
    pages = beside(store, clock=clock)
    server = MetricsServer(
        "127.0.0.1:0", lambda: f"x {len(pages.figures().cases)}\n".encode(),
        bounds=Bounds(request_seconds=30.0), more=pages.pages,
    )  # fmt: skip
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        address = ("127.0.0.1", server.server_port)
        slow = [socket.create_connection(address) for _ in range(SLOW)]
        try:
            for number, one in enumerate(slow):
                one.sendall(STARTS[number % len(STARTS)])
            reader = program(server.server_port, store, "ann")
            for path in ("/metrics", "/login", "/api/v1/cases"):
                began = time.monotonic()
                assert reader.ask("GET", path).status == 200
                # Far from the 30 s that the slow ones may take; how fast it is, benchmarks say.
                assert time.monotonic() - began < 10.0, path
            # They were not let go for it: they are all still here.
            assert len(server._clients) >= SLOW
        finally:
            for one in slow:
                one.close()
            server.shutdown()
            thread.join()


# In a process of its own: a hook stays for good, and sees every connection that Python makes.
_HOOKED = """
import sys
def hook(event, given):
    named = event == "socket.getaddrinfo" and given[0] != "127.0.0.1"  # where it listens
    if named or event in ("socket.connect", "socket.sendto", "subprocess.Popen"):
        sys.stderr.write(f"CALLED {event} {given!r}\\n")
sys.addaudithook(hook)
sys.argv[:] = ["enduse", "serve", "--results", RUN, "--cases", CASES, "--listen", "127.0.0.1:0"]
from detector.cli import main
raise SystemExit(main(sys.argv[1:]))
"""


@pytest.mark.long
def test_the_server_makes_no_connection_of_its_own(store: Store, sample_run: Path) -> None:
    with store.writing(datetime.now(UTC)) as tx:
        plant(tx, "C-000901", RING)
        until = datetime.now(UTC) + timedelta(days=1)
        token = tokens.issue(tx, SYSTEM, "ann", [], until)
    store.close()
    code = _HOOKED.replace("RUN", repr(str(sample_run))).replace("CASES", repr(str(store.folder)))
    with subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, text=True
    ) as process:  # fmt: skip
        assert process.stderr is not None
        said = []
        for line in iter(process.stderr.readline, ""):
            said.append(line)
            if "serving on" in line:
                break
        port = int(said[-1].split("serving on ")[1].split("/metrics")[0].rpartition(":")[2])
        client = Program(port, {"Authorization": f"Bearer {token}"})
        statuses = [
            client.ask("GET", path).status
            for path in ("/metrics", "/login", "/queue", "/api/v1/cases", "/api/v1/cases/C-000901")
        ]
        assert client.send("/cases/C-000901/comments", {"text": "x"}, 1).status == 200
        process.terminate()
        said += process.communicate(timeout=20)[1].splitlines()
    assert statuses == [200, 200, 303, 200, 200]
    assert [line for line in said if line.startswith("CALLED")] == []
