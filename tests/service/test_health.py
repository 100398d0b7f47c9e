"""Freshness is honest: what did not happen is not told as done; what fails, since when."""

from __future__ import annotations

import errno
import json
import os
from http import HTTPStatus
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector.errors import OutputError, StateDamaged, StateError, StateHeld, Unreachable
from detector.exporter import MEMORY
from detector.service import Options, Serving
from detector.service.api import Shown, site_of
from detector.service.health import Health, died
from detector.service.live import LiveService
from detector.service.reasons import reason_of
from detector.service.worker import Told

from .test_hostile import RUN


class Clock:
    def __init__(self) -> None:
        self.now = 1_780_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def serving(root: Path, **more: Any) -> Serving:
    return Serving(Options("inbox", str(root)), "127.0.0.1:0", b"k" * 32, **more)


def published(root: Path, number: int, *rings: str, at: int = 1_780_000_000) -> str:
    folder = root / "runs" / f"{number:08d}-{number:08d}"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(RUN))
    os.utime(folder / "run.json", (at, at))
    few = range(len(rings))
    pl.DataFrame(
        {
            "account_id": [f"a{ring}" for ring in rings], "rank": few, "score": [0.5 for _ in few],
            "queue": ["proxy" for _ in few], "p_value": [0.001 for _ in few],
            "ring_id": list(rings), "change": [None for _ in few], "typology": ["T01" for _ in few],
            "families": [["F01"] for _ in few], "coverage": [1.0 for _ in few],
        },
        schema_overrides={"change": pl.String},
    ).write_parquet(folder / "scores.parquet")  # fmt: skip
    return str(folder)


def readiness(shown: Shown) -> tuple[int, str]:
    asked: Any = None
    reply = site_of(lambda: shown)["/readyz"].answer(asked)
    return reply.status, reply.body.decode().strip()


def line(service: LiveService, name: str) -> list[str]:
    text = service.shown().metrics.decode()
    return [one for one in text.splitlines() if one.startswith(name)]


def test_a_stage_fails_since_its_first_look_until_one_ends_well(clock: Clock) -> None:
    health = Health(clock)
    health.take({}, {}, {"score": "no_space"})
    clock.now += 60
    health.take({}, {}, {"score": "other"})
    fault = health.watch().faults["score"]
    assert (fault.since, fault.reason) == (1_780_000_000.0, "other")
    assert health.watch().failed["score"] == 2
    # A look that ended early says nothing of the stages after.
    health.take({}, {}, {"ingest": "state_held"})
    assert set(health.watch().faults) == {"ingest", "score"}
    health.take({}, {"ingest": clock.now}, {})
    assert health.watch().faults == {}


def test_ends_of_the_worker_are_counted_and_forgiven_once_it_looks(clock: Clock) -> None:
    health = Health(clock)
    for _ in range(3):
        health.take({}, {}, died())
    assert health.watch().deaths == 3
    assert health.watch().faults["worker"].reason == "died"
    health.take({}, {}, {"ingest": "no_space"})
    assert set(health.watch().faults) == {"ingest"}
    assert health.watch().deaths == 3


def test_readiness_ends_where_looks_end_well_no_more(tmp_path: Path, clock: Clock) -> None:
    service = LiveService(serving(tmp_path), clock=clock)
    assert readiness(service.shown()) == (HTTPStatus.SERVICE_UNAVAILABLE, "no scores yet")
    service.tell(Told(run=published(tmp_path, 1, "r1"), ended={"ingest": clock.now}))
    clock.now += 900
    assert readiness(service.shown()) == (HTTPStatus.OK, "ready")
    clock.now += 1
    said = "no look at the inbox ended well for 901 s, more than 900 s"
    assert readiness(service.shown()) == (HTTPStatus.SERVICE_UNAVAILABLE, said)
    service.tell(Told(failed={"ingest": "full"}))
    assert readiness(service.shown())[0] == HTTPStatus.SERVICE_UNAVAILABLE
    service.tell(Told(ended={"ingest": clock.now}))
    assert readiness(service.shown()) == (HTTPStatus.OK, "ready")


def test_the_run_of_before_is_ready_only_for_as_long_after_a_start(
    tmp_path: Path, clock: Clock
) -> None:
    published(tmp_path, 1, "r1")
    (tmp_path / "latest").symlink_to("runs/00000001-00000001")
    service = LiveService(serving(tmp_path, ready_seconds=30.0), clock=clock)
    assert readiness(service.shown()) == (HTTPStatus.OK, "ready")
    clock.now += 31
    assert readiness(service.shown())[0] == HTTPStatus.SERVICE_UNAVAILABLE


def test_the_limit_comes_from_the_poll_where_it_is_not_set() -> None:
    assert serving(Path()).fresh_seconds == 900.0
    assert serving(Path(), poll=600.0).fresh_seconds == 6000.0
    assert serving(Path(), poll=600.0, ready_seconds=5.0).fresh_seconds == 5.0


def test_a_score_counts_where_its_run_can_be_shown(tmp_path: Path, clock: Clock) -> None:
    service = LiveService(serving(tmp_path), clock=clock)
    damaged = tmp_path / "runs" / "00000002-00000002"
    damaged.mkdir(parents=True)
    ended = {"ingest": clock.now, "score": clock.now}
    service.tell(Told(run=str(damaged), ended=ended))
    assert set(service.shown().ended) == {"ingest"}
    assert service.shown().failing == ("publish",)
    service.tell(Told(run=published(tmp_path, 1, "r1"), ended=ended))
    assert set(service.shown().ended) == {"ingest", "score"}


def test_a_restart_tells_no_ring_again_and_a_new_one_once(tmp_path: Path, clock: Clock) -> None:
    name = 'enduse_first_seen_timestamp_seconds{queue="proxy"}'
    service = LiveService(serving(tmp_path), clock=clock)
    service.tell(Told(run=published(tmp_path, 1, "r1")))
    assert line(service, name) == [f"{name} 1.78e+09"]
    # The memory of the newest run was lost with a kill: that of the one before stands in.
    second = published(tmp_path, 2, "r1", at=1_780_000_100)
    (tmp_path / "latest").symlink_to("runs/00000002-00000002")
    again = LiveService(serving(tmp_path), clock=clock)
    assert line(again, name) == [f"{name} 1.78e+09"]
    assert (Path(second) / MEMORY).is_file()
    again.tell(Told(run=published(tmp_path, 3, "r1", "r2", at=1_780_000_200)))
    assert line(again, name) == [f"{name} 1.7800002e+09"]
    assert line(again, "enduse_first_seen_cases") == [
        'enduse_first_seen_cases{queue="proxy"} 1.0', 'enduse_first_seen_cases{queue="victim"} 0.0',
    ]  # fmt: skip


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (OSError(errno.ENOSPC, "x"), "no_space"),
        (caused(StateError("not written"), OSError(errno.EDQUOT, "x")), "no_space"),
        (caused(OutputError("not written"), OSError(errno.EROFS, "x")), "no_permission"),
        (StateDamaged("x"), "state_damaged"),
        (StateHeld("x"), "state_held"),
        (StateError("x"), "state"),
        (Unreachable("x"), "unreachable"),
        (MemoryError(), "no_memory"),
        (KeyError("x"), "other"),
    ],
)
def test_what_is_wrong_has_a_word(error: Exception, word: str) -> None:
    assert reason_of(error) == word
