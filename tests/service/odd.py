"""Stands in for a worker whose libraries break at some files: its first word says how.

A program of tests that are about processes: ``python -c "from tests.service import odd; …"``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.pipeline import ingest
from detector.pipeline.live import LiveScorer
from detector.service import alone, limits, stages, worker
from detector.sources import reading

# A process that is safe from its folder finds the tests by name only where it is told where.
_HERE: Final = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r}); "
WORKER: Final = _HERE + "from tests.service import odd; odd.work()"
FALLING: Final = _HERE + "from tests.service import odd; odd.fall()"
DIES: Final = "ODD_DIES"
ALONE: Final = _HERE + "from tests.service import odd; odd.one()"


def _panic() -> None:
    raise pl.exceptions.PanicException("index out of bounds: a canary")


def _endless() -> None:
    re.match(r"(a+)+$", "a" * 64 + "b")


def _greedy() -> None:
    held = [bytearray(1 << 28) for _ in range(64)]
    raise AssertionError(len(held))


def _wrong() -> None:
    raise TypeError("unhashable type: a canary")


ODD: Final[dict[bytes, Callable[[], Any]]] = {
    b"abort": os.abort, b"endless": _endless, b"greedy": _greedy, b"panic": _panic,
    b"wrong": _wrong,
}  # fmt: skip


def _patch() -> None:
    sound = reading.read_parts

    def read_parts(path: Path, *rest: Any) -> Iterator[Any]:
        ODD.get(path.read_bytes()[:64].split(b"\n")[0], lambda: None)()
        yield from sound(path, *rest)

    reading.read_parts = read_parts
    alone._WORK = ALONE
    # The limits of a test are those of a small machine.
    limits._SECONDS, limits._BYTES = 1.0, 1 << 30


def work() -> None:
    """Be a worker."""
    _patch()
    worker.serve_lines()


def fall() -> None:
    """Be a worker that aborts at the stages that a file names, as long as it names them."""
    named = Path(os.environ[DIES])
    score, settled = LiveScorer.score, ingest.settled

    def at(stage: str, work: Callable[..., Any], *, when: Callable[..., object]) -> Any:
        def done(*given: Any, **more: Any) -> Any:
            if when(*given) and named.exists() and stage in named.read_text().split():
                os.abort()
            return work(*given, **more)

        return done

    LiveScorer.score = at("score", score, when=lambda *_: True)  # type: ignore[method-assign]
    ingest.settled = at("settle", settled, when=lambda _making, parts, *_: parts)
    # A test does not wait: it says when a pause is over.
    over = named.with_name("over")
    pause = property(lambda fall: 3600.0 if fall.times > 1 and not over.exists() else 0.0)
    stages.Fall.pause = pause  # type: ignore[method-assign, assignment]
    worker.serve_lines()


def one() -> None:
    """Try one file."""
    _patch()
    alone.serve_one()
