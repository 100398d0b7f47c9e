"""Killing an ingest at random points, and a disk that fails: run as a program for the full count.

``python tests/crash/crashes.py --full`` kills 200 ingests, flips 500 bits and fails every
write call; the test suite does the same a few times. ``serving.py`` kills services.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from detector.errors import StateError
from detector.pipeline.ingest import ingest
from detector.pipeline.stored import open_state
from detector.state import Disk, check

KEY = b"a key of the tests"
HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n"
)
CHILD = """
import os, signal, sys
from pathlib import Path
from detector.pipeline.ingest import ingest
from detector.state import Disk

class Deadly(Disk):
    left = int(sys.argv[3])

    def count(self, half):
        self.left -= 1
        if self.left == 0:
            half()
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self, path, data, mode=0o644):
        self.count(lambda: path.write_bytes(data[: len(data) // 2]))
        super().write(path, data, mode)

    def replace(self, source, target):
        self.count(lambda: None)
        super().replace(source, target)

    def sync(self, folder):
        self.count(lambda: None)
        super().sync(folder)

    def remove(self, path):
        self.count(lambda: None)
        super().remove(path)

disk = Deadly()
print("ready", flush=True)
sys.stdin.readline()
ingest(Path(sys.argv[1]), Path(sys.argv[2]), hash_key=b"a key of the tests", wait=60, disk=disk)
print(-disk.left, flush=True)
"""


def make_logs(folder: Path, days: int = 6, rows: int = 40) -> Path:
    """One usage file a day, and accounts."""
    (folder / "usage").mkdir(parents=True)
    names = "".join(f"{n:03d},2026-01-01T00:00:00Z\n" for n in range(rows))
    (folder / "accounts.csv").write_text("account_id,created_at\n" + names)
    for day in range(1, days + 1):
        lines = [
            f"2026-02-{day:02d}T{n % 24:02d}:00:00Z,2026-02-{day:02d}T{n % 24:02d}:59:59Z,{n:03d},"
            f"Usage,Compute,{day + n / 4},Hours,p4d.24xlarge\n"
            for n in range(rows)
        ]
        (folder / "usage" / f"{day}.csv").write_text(HEAD + "".join(lines))
    return folder


def shown(state: Path) -> list[tuple[Any, ...]]:
    """All the state holds of usage."""
    with open_state(state) as logs:
        return logs.rolled("usage", logs.as_of)["usage"].rows()


def restate(logs: Path) -> None:
    """Change a day and add one."""
    first = logs / "usage" / "1.csv"
    first.write_text(first.read_text().replace(",Compute,1.", ",Compute,7."))
    shutil.copy(logs / "usage" / "2.csv", logs / "usage" / "9.csv")
    text = (logs / "usage" / "9.csv").read_text().replace("-02-02T", "-02-09T")
    (logs / "usage" / "9.csv").write_text(text)


def kill_at_random(work: Path, rounds: int, seed: int = 0) -> dict[str, int]:
    """Kill an ingest at random moments; the state is the old or the new one, never a third.

    Every other kill is at a random call that changes the disk, before it or half way through
    its write: by the clock alone, a busy machine would never come to the last ones.
    """
    chance = random.Random(seed)
    logs, state = make_logs(work / "logs"), work / "state"
    ingest(logs, state, hash_key=KEY)
    old = shown(state)
    shutil.copytree(state, work / "before")
    restate(logs)
    shutil.copytree(state, work / "clean")
    calls, span = _measured(logs, work / "clean")
    new = shown(work / "clean")
    outcome = {"before": 0, "after": 0, "killed": 0, "at a call": 0, "too late": 0}
    while outcome["killed"] < rounds and outcome["too late"] < 4 * rounds:
        shutil.rmtree(state)
        shutil.copytree(work / "before", state)
        at_call = outcome["killed"] % 2
        call = chance.randint(1, calls) if at_call else 0
        hit = _killed(logs, state, call, chance.uniform(0, span))
        outcome["killed" if hit else "too late"] += 1
        outcome["at a call"] += at_call
        seen = shown(state)
        assert seen in (old, new), "a third state"
        outcome["before" if seen == old else "after"] += 1
        ingest(logs, state, hash_key=KEY)
        assert shown(state) == new, "the rerun did not converge"
        assert [f for f in check(state)[1] if f.kind == "damaged"] == []
    return outcome


def _measured(logs: Path, state: Path) -> tuple[int, float]:
    """How often an ingest changes the disk, and how long it takes, in a process of its own."""
    child, began = start(logs, state), time.monotonic()
    go(child)
    said, _ = child.communicate(timeout=120)
    return int(said), time.monotonic() - began


def start(logs: Path, state: Path, call: int = 0) -> subprocess.Popen[str]:
    """An ingest in its own process, loaded and waiting for a line; it dies at that disk call."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(logs), str(state), str(call)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def go(child: subprocess.Popen[str]) -> None:
    """Let it begin."""
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


def _killed(logs: Path, state: Path, call: int, after: float) -> bool:
    """Kill an ingest at a call that changes the disk, or after a time; tell whether it died."""
    child = start(logs, state, call)
    go(child)
    if not call:
        time.sleep(after)
        child.send_signal(signal.SIGKILL)
    child.communicate()
    return child.returncode == -signal.SIGKILL


def flip_bits(work: Path, rounds: int, seed: int = 0) -> int:
    """Flip a bit, or cut, at random places: each is found, and the file named."""
    chance = random.Random(seed)
    state = work / "state"
    ingest(make_logs(work / "logs"), state, hash_key=KEY)
    files = sorted(p for p in state.rglob("*") if p.is_file() and p.stat().st_size)
    for _ in range(rounds):
        victim = chance.choice(files)
        before = victim.read_bytes()
        place = chance.randrange(len(before))
        flipped = before[:place] + bytes([before[place] ^ 1 << chance.randrange(8)])
        victim.write_bytes(flipped + (before[place + 1 :] if chance.random() < 0.7 else b""))
        try:
            found = [f.path for f in check(state)[1] if f.kind == "damaged"]
        except StateError as error:
            found = [str(error).split(" ")[0]]
        assert found == [str(victim)]
        victim.write_bytes(before)
    return rounds


class FailingDisk(Disk):
    """Fails at the n-th call that changes the disk; a write fails half way."""

    def __init__(self, fail_at: int, code: int) -> None:
        self.calls, self.fail_at, self.code = 0, fail_at, code

    def _count(self) -> bool:
        self.calls += 1
        return self.calls == self.fail_at

    def write(self, path: Path, data: bytes, mode: int = 0o644) -> None:
        if self._count():
            super().write(path, data[: len(data) // 2], mode)
            raise OSError(self.code, os.strerror(self.code))
        super().write(path, data, mode)

    def replace(self, source: Path, target: Path) -> None:
        if self._count():
            raise OSError(self.code, os.strerror(self.code))
        super().replace(source, target)

    def sync(self, folder: Path) -> None:
        if self._count():
            raise OSError(self.code, os.strerror(self.code))
        super().sync(folder)

    def remove(self, path: Path) -> None:
        if self._count():
            raise OSError(self.code, os.strerror(self.code))
        super().remove(path)


def fail_everywhere(work: Path, step: int) -> int:
    """Let the disk fail at every ``step``-th call in turn; tell how many calls there were."""
    logs, state = make_logs(work / "logs", days=3, rows=12), work / "state"
    ingest(logs, state, hash_key=KEY)
    old = shown(state)
    shutil.copytree(state, work / "before")
    restate(logs)
    clean = FailingDisk(0, 0)
    shutil.copytree(state, work / "clean")
    ingest(logs, work / "clean", hash_key=KEY, disk=clean)
    new = shown(work / "clean")
    for point in range(1, clean.calls + 1, step):
        code = (errno.ENOSPC, errno.EIO)[point % 2]
        shutil.rmtree(state)
        shutil.copytree(work / "before", state)
        said = _sentence(logs, state, FailingDisk(point, code))
        assert said is None or os.strerror(code) in said
        assert shown(state) in (old, new)
        ingest(logs, state, hash_key=KEY)
        assert shown(state) == new
    return clean.calls


def _sentence(logs: Path, state: Path, disk: Disk) -> str | None:
    try:
        ingest(logs, state, hash_key=KEY, disk=disk)
    except StateError as error:
        return str(error)
    return None


def main() -> None:
    """Run the counts the documentation promises."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="200 kills, every call")
    full = parser.parse_args().full
    with tempfile.TemporaryDirectory() as work:
        print(json.dumps({"ingest": kill_at_random(Path(work) / "a", 200 if full else 8)}))
        print(json.dumps({"flips": flip_bits(Path(work) / "d", 500 if full else 20)}))
        print(json.dumps({"write calls": fail_everywhere(Path(work) / "b", 1 if full else 7)}))


if __name__ == "__main__":
    main()
