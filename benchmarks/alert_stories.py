"""Does whoever is on call hear of it: ``python benchmarks/alert_stories.py [--stories a,b]``.

Each story breaks a running site (a real service, Prometheus, Alertmanager and webhook with the
files of deploy/), waits until the message comes, mends it and waits until it is taken back. What
the rules give in minutes is divided by `--faster`; the table gives what was measured and what that
is in minutes of the rules as they are shipped. Exits 1 where a message does not come within 15 of
those minutes, is not taken back, or anything is told as mended because the service went down.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from benchmarks.alert_site import Note, Site, lists, open_site, usage, wait

MINUTES: Final = 15.0
_CLEAR_MINUTES: Final = 45.0
# What a process needs to start is not divided.
_STARTS: Final = 90.0
_DISK_MEGABYTES: Final = 48
STANDING: Final = frozenset({"EnduseRingAppeared"})
Mend = Callable[[], None]


@dataclass(frozen=True)
class Story:
    """What is broken, and the alert that is to tell it with which word."""

    alert: str
    severity: str
    word: str
    broken: Callable[[Site], Mend]


@dataclass(frozen=True)
class Told:
    """How a story went; None where no message came.

    ``others`` fired beside it, ``lost`` were told as mended while the service was down.
    """

    name: str
    story: Story
    came: float | None
    cleared: float | None
    summary: str
    others: tuple[str, ...]
    lost: tuple[str, ...]


def crash_loop(site: Site) -> Mend:
    """Something kills each worker as soon as it is there, as the kernel does for memory."""
    stop = threading.Event()

    def kill() -> None:
        while not stop.wait(0.05):
            for number in site.workers():
                os.kill(number, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()

    def mend() -> None:
        stop.set()
        killer.join()

    return mend


def failing_after_restart(site: Site) -> Mend:
    """It is started anew with another option than its state was made with."""
    site.stop()
    site.start("--pseudonymise")

    def mend() -> None:
        site.stop()
        site.start()

    return mend


def damaged_manifest(site: Site) -> Mend:
    """The manifest is cut off."""
    path = site.state / "manifest.json"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    site.land("usage/4.csv", usage(4))
    return lambda: replaced(path, whole)


def replaced(path: Path, data: bytes) -> None:
    """Put a file back as a whole."""
    beside = path.with_name(f"{path.name}.mended")
    beside.write_bytes(data)
    beside.replace(path)


def dead_thread(site: Site) -> Mend:
    """The thread of looks ends by a fault; nobody starts the process anew."""
    site.fault.touch()
    code = site.ended(60)
    if code == 0:
        raise AssertionError("a service whose thread ended left with exit code 0")

    def mend() -> None:
        site.fault.unlink()
        site.start()

    return mend


def service_down(site: Site) -> Mend:
    """The service is stopped."""
    site.stop()
    return site.start


def restart_loop(site: Site) -> Mend:
    """The process ends again and again, and is started each time at once."""
    for _ in range(3):
        site.stop()
        site.start()
        wait(lambda: site.status("/healthz") == 200, 60, "it answers")
        time.sleep(2 * 30 / site.factor)
    return lambda: None


def full_disk(site: Site) -> Mend:
    """No space is left where the state is."""
    filler = site.state.parent / "filler"
    with filler.open("wb", buffering=0) as held:
        try:
            while True:
                held.write(bytes(1 << 12))
        except OSError:
            pass
    site.land("usage/5.csv", usage(5, accounts=600))
    return filler.unlink


def future_row(site: Site) -> Mend:
    """One row among those of a day is dated 2099."""
    day = usage(7)
    far = "2099-01-01T00:00:00Z,2099-01-01T01:00:00Z,0001,Usage,Compute,1,Hours,m5.large,3.5,USD\n"
    site.land("usage/7.csv", day + far)
    return lambda: site.land("usage/7.csv", day)


def stale_list(site: Site) -> Mend:
    """A list of restricted parties is two hundred days old."""
    for name, text in lists(200).items():
        site.land(name, text)

    def mend() -> None:
        for name, text in lists(0).items():
            site.land(name, text)

    return mend


def set_aside(site: Site) -> Mend:
    """A delivery is no CSV."""
    site.land("usage/6.csv", "\x00\x01 this is no export\n" * 9)
    return lambda: site.land("usage/6.csv", usage(6))


def list_refused(site: Site) -> Mend:
    """A list of restricted parties cannot be read."""
    site.land("lists/ours.csv", "")

    def mend() -> None:
        for name, text in lists(0).items():
            site.land(name, text)

    return mend


STORIES: Final = {
    "crash loop": Story("EnduseWorkerDying", "page", "dies", crash_loop),
    "failing after a restart": Story("EnduseIngestFailing", "page", "state", failing_after_restart),
    "damaged manifest": Story("EnduseIngestFailing", "page", "state_damaged", damaged_manifest),
    "dead thread": Story("EnduseDown", "page", "does not answer", dead_thread),
    "restart loop": Story("EnduseRestarting", "page", "started anew", restart_loop),
    "full disk": Story("EnduseIngestFailing", "page", "no_space", full_disk),
    "future row": Story("EnduseRowsLater", "page", "past the clock", future_row),
    "stale list": Story("EnduseListStale", "ticket", "EL", stale_list),
    "set aside": Story("EnduseInputsSetAside", "ticket", "usage", set_aside),
    "service down": Story("EnduseDown", "page", "does not answer", service_down),
}


def told(site: Site, name: str) -> Told:
    """Break, wait, mend, wait."""
    story, hook = STORIES[name], site.hook
    minutes = site.factor / 60
    # What an earlier story left is taken back by now; rings that are new stay so for a day.
    wait(lambda: hook.firing() <= STANDING, _CLEAR_MINUTES / minutes + _STARTS, "all is quiet")
    began, starting = time.monotonic(), site.starting
    mend = story.broken(site)
    # A process starts no faster than it does: that is not multiplied.
    broken, started = time.monotonic(), site.starting - starting
    wanted = MINUTES / minutes + _STARTS
    came = _awaited(lambda: hook.of(story.alert, firing=True, since=began), wanted)
    heard = [note for note in hook.notes if note.at >= began]
    others = tuple(sorted({n.name for n in heard if n.firing} - {story.alert}))
    # Whatever was told as mended while the service is down was not mended.
    lost = tuple(sorted({n.name for n in heard if not n.firing} if site.is_down() else ()))
    mended = time.monotonic()
    mend()
    if came is None:
        return Told(name, story, None, None, "", others, lost)
    gone = _awaited(
        lambda: hook.of(story.alert, firing=False, since=mended), _CLEAR_MINUTES / minutes + _STARTS
    )
    wait(lambda: site.status("/readyz") == 200, 120, "the site is well again")
    cleared = None if gone is None else gone.at - mended
    took = came.at - began - (started if came.at > broken else 0.0)
    return Told(name, story, took, cleared, came.summary, others, lost)


def _awaited(holds: Callable[[], Note | None], seconds: float) -> Note | None:
    until = time.monotonic() + seconds
    while (held := holds()) is None and time.monotonic() < until:
        time.sleep(0.1)
    return held


@contextmanager
def small_disk(root: Path) -> Iterator[bool]:
    """A disk of its own for the state; whether there is one (root alone may mount it)."""
    place = root / "disk"
    place.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MEGABYTES}m", "tmpfs", str(place)]
    mounted = shutil.which("mount") is not None and not subprocess.call(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=False)


def shown(one: Told, factor: float) -> tuple[str, bool]:
    """A line of the table, and whether it is as it should be."""

    def minutes(seconds: float | None) -> str:
        return (
            "never" if seconds is None else f"{seconds:5.1f} s = {seconds * factor / 60:4.1f} min"
        )

    named = one.story.word in one.summary
    in_time = one.came is not None and one.came * factor / 60 <= MINUTES
    fine = in_time and named and one.cleared is not None and not one.lost
    line = (f"{one.name:24} {one.story.severity:6} {one.story.alert:22} {minutes(one.came):>20} "
            f"{minutes(one.cleared):>20} {'ok' if fine else 'MISSED'} {one.summary}")  # fmt: skip
    beside = f"  (beside it: {', '.join(one.others)})" if one.others else ""
    lost = f"  (told as mended though down: {', '.join(one.lost)})" if one.lost else ""
    return line + beside + lost, fine


def _print(one: Told, factor: float) -> bool:
    line, fine = shown(one, factor)
    print(line, flush=True)
    return fine


def main() -> int:
    """Tell all stories, or those asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", default=",".join(STORIES), help="names, with commas between")
    parser.add_argument("--faster", type=float, default=20.0, help="what minutes are divided by")
    options = parser.parse_args()
    names = options.stories.split(",")
    unknown = sorted(set(names) - STORIES.keys())
    if unknown:
        parser.error(f"no such story: {', '.join(unknown)}; there are {', '.join(STORIES)}")
    print(f"minutes are divided by {options.faster:g}; the bar is {MINUTES:g} minutes")
    with tempfile.TemporaryDirectory() as folder, small_disk(Path(folder)) as own:
        possible = [name for name in names if own or name != "full disk"]
        with open_site(Path(folder), options.faster) as site:
            well = [_print(told(site, name), options.faster) for name in possible]
    for name in sorted(set(names) - set(possible)):
        print(f"{name:24} left out: only root can mount a disk of its own")
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
