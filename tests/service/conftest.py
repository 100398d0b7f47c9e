"""A service on a free port, in its own process, and a small inbox."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter,EffectiveCost,BillingCurrency\n"
)
CARD = "account_id,kind,value_hash,first_seen,last_seen\n"


def stamp(day: datetime, hours: int) -> str:
    return f"{day + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def usage_day(day: datetime, accounts: int) -> str:
    rows = [
        f"{stamp(day, h)},{stamp(day, h + 1)},{n:04d},Usage,Compute,{8 if n < 4 else 1},Hours,"
        f"{'p5.48xlarge' if n < 4 else 'm5.large'},3.5,USD\n"
        for n in range(accounts)
        for h in range(5, 24, 6)
    ]
    return HEAD + "".join(rows)


@pytest.fixture(scope="session")
def inbox_files() -> Callable[..., dict[str, str]]:
    """``inbox_files(days, ring)``: usage that ends now, accounts, and a card that four share."""

    def make(days: int = 3, *, ring: bool = True, accounts: int = 60) -> dict[str, str]:
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        files = {
            f"usage/{n}.csv": usage_day(today - timedelta(days=n), accounts)
            for n in range(1, days + 1)
        }
        born = f"{today - timedelta(days=400):%Y-%m-%dT%H:%M:%SZ}"
        files["accounts.csv"] = "account_id,created_at\n" + "".join(
            f"{n:04d},{born}\n" for n in range(accounts)
        )
        if ring:
            seen = f"{today - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"
            files["account_links.csv"] = CARD + "".join(
                f"{n:04d},{kind},shared,{seen},{seen}\n"
                for n in range(4)
                for kind in ("payment", "device", "ssh_key", "phone")
            )
        return files

    return make


class Service:
    """A running ``enduse serve`` and its pages."""

    def __init__(self, process: subprocess.Popen[str], base: str) -> None:
        self.process, self.base = process, base

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        request = urllib.request.Request(self.base + path, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def json(self, path: str) -> Any:
        status, text = self.get(path)
        assert status == 200, text
        return json.loads(text)

    def wait(self, holds: Callable[[], bool], seconds: float = 60.0) -> None:
        until = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < until, self.get("/metrics")[1]
            assert self.process.poll() is None, "the service ended"
            time.sleep(0.1)

    def ready(self, number: int = 1) -> None:
        self.wait(lambda: self.number() >= number)

    def number(self) -> int:
        status, text = self.get("/api/v1/queue?limit=1")
        return json.loads(text)["snapshot"] if status == 200 else 0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """``start(*options)``: ``enduse serve`` on the test's inbox and state."""
    running: list[subprocess.Popen[str]] = []
    (tmp_path / "inbox").mkdir(exist_ok=True)

    def run(*more: str, environment: dict[str, str] | None = None) -> Service:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "detector", "serve", "--inbox", str(tmp_path / "inbox"),
                "--state", str(tmp_path / "state"), "--listen", "127.0.0.1:0", "--poll", "0.2",
                *more,
            ],
            stderr=subprocess.PIPE, text=True,
            env={**os.environ, "ENDUSE_PSEUDONYM_KEY": "k" * 32, **(environment or {})},
        )  # fmt: skip
        running.append(process)
        assert process.stderr is not None
        said = ""
        while "serving on" not in said:
            said = process.stderr.readline()
            assert said, "the service did not start"
        return Service(process, said.split()[-1])

    yield run
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(10)
        if process.stderr is not None:
            process.stderr.close()


@pytest.fixture
def drop(tmp_path: Path) -> Callable[[dict[str, str]], None]:
    """``drop(files)``: let files land in the inbox, each whole."""

    def put(files: dict[str, str]) -> None:
        for path, text in files.items():
            place = tmp_path / "inbox" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            beside = place.with_name(f".{place.name}")
            beside.write_text(text)
            beside.replace(place)

    return put
