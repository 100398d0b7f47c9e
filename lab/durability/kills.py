"""``kill -9``, at a random call that changes the disk or at a random moment.

Run as ``python -m lab.durability.kills STORY WORLD CALL`` a process does the work of a story and
kills itself at that call, in the middle of it where it writes; 0 lets it live.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lab.durability.calls import watched
from lab.durability.stories import STORIES, Story, copied, differing

_ROOT: Final = Path(__file__).resolve().parents[2]
_LONGEST: Final = 120


@dataclass
class Killed:
    """What came of the kills of one story."""

    kills: int = 0
    at_a_call: int = 0
    too_late: int = 0
    before: int = 0
    after: int = 0
    faults: list[str] = field(default_factory=list)


def kill(name: str, work: Path, kills: int, seed: int = 0) -> Killed:
    """Kill the work of a story so often; what is left is the old or the new, and goes on."""
    story, chance, told = STORIES[name], random.Random(seed), Killed()
    before, world = work / "before", work / "world"
    before.mkdir(parents=True)
    story.make(before)
    old = story.seen(before)
    calls, span = _measured(name, copied(before, world))
    new, clean = story.seen(world), story.kept(world)
    while told.kills < kills and told.too_late < 4 * kills:
        call = chance.randint(1, calls) if told.kills % 2 == 0 else 0
        child = _started(name, copied(before, world), call)
        _let_go(child)
        if not call:
            time.sleep(chance.uniform(0, span))
            child.send_signal(signal.SIGKILL)
        child.communicate(timeout=_LONGEST)
        if child.returncode != -signal.SIGKILL:
            told.too_late += 1
            continue
        told.kills += 1
        told.at_a_call += bool(call)
        fault = _judged(story, world, (old, new), clean, told)
        told.faults += [f"at {f'call {call}' if call else 'a moment'}: {fault}"] if fault else []
    return told


def _measured(name: str, world: Path) -> tuple[int, float]:
    """How many calls the work makes, and how long it takes."""
    child, began = _started(name, world, 0), time.monotonic()
    _let_go(child)
    said, wrong = child.communicate(timeout=_LONGEST)
    if child.returncode:
        raise RuntimeError(f"{name} undisturbed: {wrong}")
    return int(said), time.monotonic() - began


def _started(name: str, world: Path, call: int) -> subprocess.Popen[str]:
    """A process that has read what it needs, and waits for a line."""
    child = subprocess.Popen(
        [sys.executable, "-m", "lab.durability.kills", name, str(world), str(call)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=_ROOT, env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )  # fmt: skip
    if child.stdout is None or child.stdout.readline() != "ready\n":
        raise RuntimeError(f"{name}: {child.communicate()[1]}")
    return child


def _let_go(child: subprocess.Popen[str]) -> None:
    if child.stdin is not None:
        child.stdin.write("\n")
        child.stdin.flush()


def _judged(
    story: Story, world: Path, states: tuple[str, str], clean: dict[str, str], told: Killed
) -> str | None:
    try:
        seen = story.seen(world)
        if seen not in states:
            return "what is left is neither the old nor the new"
        told.after += seen == states[1]
        told.before += seen == states[0] != states[1]
        story.ready(world)()
        if story.seen(world) != states[1]:
            return "done again it is another"
        if story.same_bytes and seen != states[1] and story.kept(world) != clean:
            return f"done again it leaves other files: {differing(story.kept(world), clean)}"
    except Exception as error:  # noqa: BLE001 - whatever a reader meets is told
        return f"{type(error).__name__}: {error}"
    return None


def main() -> None:
    """Do the work, and die at a call."""
    name, world, call = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    go, made = STORIES[name].ready(world), Counter[str]()

    def watch(name: str, given: tuple[Any, ...], do: Callable[[], Any]) -> Any:
        made["calls"] += 1
        if made["calls"] == call:
            if name == "write":
                os.write(given[0], bytes(given[1])[: len(given[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return do()

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with watched(watch):
        go()
    sys.stdout.write(f"{made['calls']}\n")


if __name__ == "__main__":
    main()
