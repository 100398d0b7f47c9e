"""Thousands of made requests to the API of cases: none may end in a 5xx but 503.

    pip install schemathesis            # in an environment of its own: nothing here imports it
    python benchmarks/console_fuzz.py --schemathesis /PATH/TO/schemathesis [--examples 100]

Serves a folder of planted cases and has Schemathesis ask it what its OpenAPI document tells, right
and wrong, with a token of somebody who reviews, leads, is counsel and writes letters. Server
errors, replies that the document does not tell of, and replies without a token that was needed
are faults; the exit code is theirs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.cases.record.store import SYSTEM, Store
from detector.cases.team import people, tokens
from detector.console import site_of
from detector.exporter.server import MetricsServer
from tests.cases import runs
from tests.cases.planted import RING, plant

_ROLES = ("reviewer", "lead", "counsel", "letters", "viewer", "identifier")
#: Three of four requests are about a case that there is, in a version that it may have.
_HOOKS = """
import json, zlib, schemathesis

KNOWN = json.load(open("known.json"))

def one_of(words, given):
    place = zlib.crc32(repr(given).encode())
    return words[place % len(words)] if place % 4 else None

@schemathesis.hook
def map_path_parameters(context, path_parameters):
    for name, given in (path_parameters or {}).items():
        path_parameters[name] = one_of(KNOWN[name], given) or given
    return path_parameters

@schemathesis.hook
def map_headers(context, headers):
    if headers and "If-Match" in headers:
        given = headers["If-Match"]
        headers["If-Match"] = one_of(["1", '"1"', '"2"', "3"], given) or given
    return headers
"""
_CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,ignored_auth"


def planted(folder: Path) -> tuple[Store, str]:
    """A folder of cases that runs showed and of planted ones, and a token that may do anything."""
    now = datetime.now(UTC)
    store = Store.create(folder)
    with store.writing(now) as tx:
        people.add(tx, SYSTEM, "ann", _ROLES)
        token = tokens.issue(tx, SYSTEM, "ann", [], now + timedelta(days=1))
    for day in range(2):
        runs.take(store, now, runs.run(day, "abc", "de"))
    with store.writing(now) as tx:
        plant(tx, "C-000101", RING)
        for number in range(102, 140):
            plant(tx, f"C-{number:06}", rank=number)
        tx.connection.execute("UPDATE snapshots SET body = NULL WHERE length(body) < 20")
    return store, token


def known(store: Store, home: Path) -> None:
    """Tell Schemathesis which cases and snapshots there are."""
    with store.reading() as connection:
        rows = connection.execute("SELECT case_id, snapshot FROM cases").fetchall()
    told = {"case_id": [row[0] for row in rows], "sha256": [row[1] for row in rows]}
    (home / "known.json").write_text(json.dumps(told))
    (home / "hooks.py").write_text(_HOOKS)


def main() -> int:
    """Serve, and have Schemathesis ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schemathesis", required=True, type=Path)
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        store, token = planted(Path(home) / "cases")
        known(store, Path(home))
        with store, MetricsServer("127.0.0.1:0", lambda: b"", more=site_of(store)) as server:
            before = store.head().seq
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                return subprocess.run(
                    [given.schemathesis, "run", "-H", f"Authorization: Bearer {token}",
                     "--checks", _CHECKS, "-n", str(given.examples), "--seed", str(given.seed),
                     "--continue-on-failure", "--generation-database", "none",
                     f"http://127.0.0.1:{server.server_port}/api/v1/openapi.json"],
                    check=False, cwd=home, env={**os.environ, "SCHEMATHESIS_HOOKS": "hooks"},
                ).returncode  # fmt: skip
            finally:
                server.shutdown()
                thread.join()
                print(f"events of what was done: {store.head().seq - before}")


if __name__ == "__main__":
    raise SystemExit(main())
