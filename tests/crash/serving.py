"""Killing a live service at random moments: run as a program for the full count.

``python tests/crash/serving.py --kills 100``; the test suite does the same a few times.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from detector import read_logs, score_logs, train_logs
from detector.errors import DataError
from detector.pipeline import load_model, save_model
from detector.results import Results
from detector.state import check

KEY = b"a key of the tests"
HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter,EffectiveCost,BillingCurrency\n"
)
CARD = "account_id,kind,value_hash,first_seen,last_seen\n"
SEEN = "2026-02-01T00:00:00Z,2026-02-02T00:00:00Z"
HOURS = 8


def make_logs(folder: Path, accounts: int = 40) -> Path:
    """Accounts, cards that four of them share, and usage: a day, then hour by hour."""
    (folder / "usage").mkdir(parents=True)
    born = "".join(f"{n:03d},2026-01-01T00:00:00Z\n" for n in range(accounts))
    (folder / "accounts.csv").write_text("account_id,created_at\n" + born)
    cards = [
        f"{n:03d},{k},one,{SEEN}\n" for n in range(4) for k in ("payment", "device", "ssh_key")
    ]
    (folder / "account_links.csv").write_text(CARD + "".join(cards))
    (folder / "usage" / "0.csv").write_text(HEAD + "".join(_rows("03", range(24), accounts)))
    for hour in range(1, HOURS):
        text = HEAD + "".join(_rows("04", [hour], accounts // 4))
        (folder / "usage" / f"{hour}.csv").write_text(text)
    return folder


def _rows(day: str, hours: Any, accounts: int) -> list[str]:
    return [
        f"2026-02-{day}T{h:02d}:00:00Z,2026-02-{day}T{h:02d}:59:59Z,{n:03d},Usage,Compute,"
        f"{1 + (n + h) % 7},Hours,{'p5.48xlarge' if n < 6 else 'm5.large'},{n + h}.25,USD\n"
        for h in hours
        for n in range(accounts)
    ]


def kill_serving(work: Path, rounds: int, seed: int = 0) -> dict[str, int]:
    """Kill a whole service at random moments while files arrive; runs stay whole and right.

    A reader looks at what is shown all the time: every run must be whole, and must be what a
    batch makes of the very inputs that the run names.
    """
    chance = random.Random(seed)
    logs, site = make_logs(work / "logs"), Site(work)
    save_model(train_logs(read_logs(logs, hash_key=KEY)), site.model)
    arriving = sorted(p.relative_to(logs) for p in logs.rglob("*.csv"))
    with Reader(site) as reader:
        span = _until_shown(site, logs, arriving[:3])
        for number in range(rounds):
            for name in arriving[: 3 + number * len(arriving) // rounds]:
                site.land((logs / name).read_bytes(), name)
            _restate_one(site, chance)
            service = site.serve()
            time.sleep(chance.uniform(0.3, 1.5 * span))
            os.killpg(service.pid, signal.SIGKILL)
            service.wait()
        for name in arriving:
            site.land((logs / name).read_bytes(), name)
        service = site.serve()
        batch = score_logs(read_logs(site.inbox, hash_key=KEY), load_model(site.model))
        until = time.monotonic() + 120
        while not _shows(site.state, batch):
            assert time.monotonic() < until, "live scores did not become those of a batch"
            time.sleep(0.5)
        service.terminate()
        assert service.wait(10) == 0
    reader.compare_all()
    assert [f for f in check(site.state)[1] if f.kind == "damaged"] == []
    return {"killed": rounds, "looks": reader.looks, "runs compared": len(reader.runs)}


def _until_shown(site: Site, logs: Path, first: list[Path]) -> float:
    """Seconds from the start of a service to its first run: kills are to fall around it."""
    for name in first:
        site.land((logs / name).read_bytes(), name)
    began = time.monotonic()
    service = site.serve()
    while shown_run(site.state) is None:
        assert time.monotonic() < began + 120, "no run was shown"
        time.sleep(0.05)
    span = time.monotonic() - began
    os.killpg(service.pid, signal.SIGKILL)
    service.wait()
    return span


class Site:
    """An inbox, a state and a model; the vault remembers every content that ever landed."""

    def __init__(self, work: Path) -> None:
        self.inbox, self.state, self.model = work / "inbox", work / "state", work / "model"
        self.vault = work / "vault"
        self.vault.mkdir(parents=True)

    def land(self, data: bytes, name: Path) -> None:
        """Let a file land whole."""
        target = self.inbox / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.vault / hashlib.sha256(data).hexdigest()).write_bytes(data)
        beside = target.with_name(f".{target.name}")
        beside.write_bytes(data)
        beside.replace(target)

    def serve(self) -> subprocess.Popen[bytes]:
        """A service in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "detector", "serve", "--inbox", str(self.inbox), "--state",
             str(self.state), "--listen", "127.0.0.1:0", "--poll", "0.1", "--model",
             str(self.model)],
            start_new_session=True, stderr=subprocess.DEVNULL,
            env={**os.environ, "ENDUSE_PSEUDONYM_KEY": KEY.decode()},
        )  # fmt: skip


def _restate_one(site: Site, chance: random.Random) -> None:
    """An hour comes again with less in it, or a second time under another name."""
    hours = sorted(p for p in site.inbox.glob("usage/*.csv"))
    if not hours:
        return
    hour = chance.choice(hours)
    if chance.random() < 0.5:
        site.land(hour.read_bytes(), Path("usage") / f"copy-{hour.name[-5:]}")
    else:
        lines = hour.read_bytes().splitlines(keepends=True)
        site.land(b"".join(lines[: max(5, len(lines) - 7)]), hour.relative_to(site.inbox))


class Reader(threading.Thread):
    """Reads the run that is shown, again and again; a part of a run fails it."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self._site = site
        self.looks, self.runs = 0, dict[str, Results]()
        self._ending, self._failed = threading.Event(), list[BaseException]()

    def __enter__(self) -> Reader:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self.join()
        if self._failed:
            raise self._failed[0]

    def run(self) -> None:
        """Look until the end."""
        try:
            while not self._ending.is_set():
                run = shown_run(self._site.state)
                if run is not None:
                    self.looks += 1
                    assert run.run["accounts"]["total"] == run.scores.height == run.features.height
                    inputs = json.dumps(run.run["inputs"], sort_keys=True)
                    earlier = self.runs.setdefault(inputs, run)
                    assert earlier.scores.equals(run.scores), "the same inputs, other scores"
                time.sleep(0.02)
        except BaseException as error:  # noqa: BLE001 - told to whoever waits for the thread
            self._failed.append(error)

    def compare_all(self) -> None:
        """Every run that was seen is what a batch makes of the inputs that it names."""
        model = load_model(self._site.model)
        for run in self.runs.values():
            folder = Path(tempfile.mkdtemp(dir=self._site.vault.parent))
            for held in run.run["inputs"]:
                (folder / held["path"]).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(self._site.vault / held["sha256"], folder / held["path"])
            batch = score_logs(read_logs(folder, hash_key=KEY), model)
            for name in ("scores", "rings", "features"):
                assert getattr(run, name).equals(getattr(batch, name)), name


def _shows(state: Path, batch: Results) -> bool:
    run = shown_run(state)
    return run is not None and run.scores.equals(batch.scores)


def shown_run(state: Path) -> Results | None:
    """The run that ``latest`` names; a part of one is a failure, whatever the moment."""
    try:
        named = os.readlink(state / "latest")
    except OSError:
        return None
    try:
        return Results.read(state / named)
    except (DataError, OSError):
        # Runs leave after three newer ones: this one must not be what is shown any more.
        assert os.readlink(state / "latest") != named, f"a part of the run {named} is shown"
        return None


def main() -> None:
    """Run the count that the documentation promises."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    kills = parser.parse_args().kills
    with tempfile.TemporaryDirectory() as work:
        print(json.dumps({"serving": kill_serving(Path(work), kills)}))


if __name__ == "__main__":
    main()
