"""What is interrupted: a world before, a change to it that may be repeated, what readers see."""

from __future__ import annotations

import hashlib
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from unittest.mock import patch

import polars as pl

from detector import read_logs, train_logs
from detector.errors import DataError, ModelError, StateError
from detector.pipeline import load_model, save_model
from detector.pipeline.ingest import ingest
from detector.pipeline.rebuilding import rebuild
from detector.pipeline.stored import open_state
from detector.results import RINGS_SCHEMA, SCORES_SCHEMA, TIMELINES_SCHEMA, Results, Run
from detector.service.publication import last_run, publish
from detector.state import Store, changes, check, forget, packs, retain

KEY: Final = b"a key of the tests"
NOW: Final = datetime(2026, 2, 20, tzinfo=UTC)
NOTHING: Final = "nothing"
_HEAD: Final = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter,EffectiveCost,BillingCurrency\n"
)
_ROWS: Final = 12
_RUN: Final = {
    "schema_version": 1, "version": "0", "as_of": NOW.isoformat(), "engine": "local", "seed": 0,
    "alpha": 0.01, "threads": 1, "model_id": "m", "model": {}, "counts": {}, "timings": {},
    "accounts": {"total": 1, "queues": {"none": 1}}, "rings": {"total": 0}, "gpu_hours": {},
    "tokens": {}, "watermarks": {},
}  # fmt: skip


class Story(ABC):
    """One kind of work.

    ``same_bytes``: done again after a fault it leaves the very files of an undisturbed run.
    """

    same_bytes = True

    @abstractmethod
    def make(self, world: Path) -> None:
        """Lay out the world before."""

    @abstractmethod
    def ready(self, world: Path) -> Callable[[], object]:
        """Read what is needed; the call that comes back does the work."""

    @abstractmethod
    def seen(self, world: Path) -> str:
        """A digest of what a reader sees; whatever is half there raises."""

    @abstractmethod
    def kept(self, world: Path) -> dict[str, str]:
        """The files that are the same after each undisturbed run, with their digests."""


class _OfState(Story):
    """Work on a state folder; readers see rows of usage and where they end."""

    def seen(self, world: Path) -> str:
        try:
            with open_state(world / "state", clock=NOW) as logs:
                rows = logs.rolled("usage", logs.as_of)["usage"].rows()
                told = repr((logs.as_of, logs.counts["usage"], rows))
        except (DataError, StateError) as error:
            return _absent(error)
        harm = [f for f in check(world / "state")[1] if f.kind == "damaged"]
        if harm:
            raise AssertionError(f"damaged: {harm}")
        return hashlib.sha256(told.encode()).hexdigest()

    def kept(self, world: Path) -> dict[str, str]:
        folders = ("parts/", "packs/", "kept/", "lists/", "changes/", "staging/")
        own = ("manifest.json", "rest.json", *folders)
        return {n: d for n, d in digests(world / "state").items() if n.startswith(own)}


def _absent(error: Exception) -> str:
    """A state that is not there, or says so; anything else is a fault."""
    said = str(error)
    if "there is no state folder" in said or "the state holds no usage" in said:
        return NOTHING
    if "state rebuild" in said:
        return "refused"
    raise error


class FirstIngest(_OfState):
    """Logs into a folder that is not there yet."""

    same_bytes = False  # the salt is new each time

    def make(self, world: Path) -> None:
        make_logs(world / "logs")

    def ready(self, world: Path) -> Callable[[], object]:
        return lambda: ingest(world / "logs", world / "state", hash_key=KEY, clock=NOW, wait=60)


class Ingest(FirstIngest):
    """A day that changed and one that is new, into a state that is there."""

    same_bytes = True

    def make(self, world: Path) -> None:
        super().make(world)
        super().ready(world)()
        days = world / "logs" / "usage"
        (days / "1.csv").write_text(
            (days / "1.csv").read_text().replace(",Compute,1.", ",Compute,7.")
        )
        (days / "9.csv").write_text(_day(9))


class Beside(Ingest):
    """The same, where the manifest is large enough for a change beside it."""

    most = 9

    def make(self, world: Path) -> None:
        super().make(world)
        new = world / "logs" / "usage" / "9.csv"
        held = new.read_bytes()
        new.write_text(_day(4))
        with self._large():
            FirstIngest().ready(world)()
        new.write_bytes(held)

    def ready(self, world: Path) -> Callable[[], object]:
        def go() -> None:
            with self._large():
                FirstIngest.ready(self, world)()

        return go

    def _large(self) -> AbstractContextManager[object]:
        return patch.multiple(changes, LEAST=2, SHARE=0, MOST=self.most)


class WholeAgain(Beside):
    """The same, after so many changes that the manifest is written whole and they go."""

    most = 1


class Compact(FirstIngest):
    """Parts of one day become a pack; readers see what they saw."""

    same_bytes = True

    def make(self, world: Path) -> None:
        super().make(world)
        for n in range(2, 4):
            more = _day(1).replace(",Compute,1.", f",Compute,{n}.")
            (world / "logs" / "usage" / f"1-{n}.csv").write_text(more)
        hold = timedelta(0)
        ingest(world / "logs", world / "state", hash_key=KEY, clock=NOW, wait=60, hold=hold)

    def ready(self, world: Path) -> Callable[[], object]:
        def go() -> None:
            store = Store(world / "state")
            with patch.multiple(packs, LEAST=2), store.writing(60):
                packs.compact(store)

        return go


class Rebuild(FirstIngest):
    """The manifest of a state is lost and made again."""

    same_bytes = True

    def make(self, world: Path) -> None:
        super().make(world)
        super().ready(world)()
        (world / "state" / "manifest.json").unlink()

    def ready(self, world: Path) -> Callable[[], object]:
        return lambda: rebuild(world / "state", wait=60)


class Retain(FirstIngest):
    """What is older than some days leaves a state."""

    def make(self, world: Path) -> None:
        super().make(world)
        super().ready(world)()

    def ready(self, world: Path) -> Callable[[], object]:
        # Done again it leaves one more receipt.
        return lambda: retain(world / "state", 1, now=NOW, wait=60)


class Forget(Retain):
    """An input is taken out of a state."""

    same_bytes = True

    def ready(self, world: Path) -> Callable[[], object]:
        def go() -> None:
            try:
                forget(world / "state", "usage/2.csv", wait=60)
            except StateError as error:
                if "was deleted before" not in str(error):
                    raise

        return go


class Score(Story):
    """A second run takes the place of the first in a results folder."""

    def make(self, world: Path) -> None:
        a_run(0.25).write(world / "out")
        a_run(0.75).write(world / "new")

    def ready(self, world: Path) -> Callable[[], object]:
        made = Results.read(world / "new")
        return lambda: made.write(world / "out")

    def seen(self, world: Path) -> str:
        return of_folder(world / "out")

    def kept(self, world: Path) -> dict[str, str]:
        return digests(world, but="logs/")


class Publish(Score):
    """A run of a service is published, and ``latest`` is turned to it."""

    same_bytes = False  # done again it has another number

    def make(self, world: Path) -> None:
        super().make(world)
        publish(world / "state", 1, Results.read(world / "out"), "before")

    def ready(self, world: Path) -> Callable[[], object]:
        made = Results.read(world / "new")
        return lambda: publish(world / "state", 2, made, "after")

    def seen(self, world: Path) -> str:
        run = last_run(world / "state")
        if run is None or run.record is None:
            raise AssertionError("no whole run is shown")
        return of_folder(run.folder)


class Model(Score):
    """A model is trained where another stood."""

    def make(self, world: Path) -> None:
        logs = make_logs(world / "logs")
        save_model(train_logs(read_logs(logs, clock=NOW), seed=1), world / "model")
        save_model(train_logs(read_logs(logs, clock=NOW), seed=2), world / "new")

    def ready(self, world: Path) -> Callable[[], object]:
        made = load_model(world / "new")
        return lambda: save_model(made, world / "model")

    def seen(self, world: Path) -> str:
        try:
            load_model(world / "model")
        except ModelError as error:
            raise AssertionError(str(error)) from error
        # The first model is kept beside its follower, and again once it is done twice.
        return of_folder(world / "model", but="frozen/")


STORIES: Final[dict[str, Story]] = {
    "first ingest": FirstIngest(), "ingest": Ingest(), "beside": Beside(),
    "whole again": WholeAgain(), "compact": Compact(), "rebuild": Rebuild(), "retain": Retain(),
    "forget": Forget(), "score": Score(), "publish": Publish(), "model": Model(),
}  # fmt: skip


def a_run(score: float) -> Results:
    """A small run."""
    row = {
        "account_id": "a-1", "rank": 1, "score": score, "raw_score": 0.1, "base": 0.0,
        "p_value": 0.5, "queue": "none", "families": ["F01"], "reasons": [],
        "counter_evidence": [], "coverage": 1.0, "lane_l": [], "lane_e": [], "model_id": "m",
        "as_of": NOW,
    }  # fmt: skip
    return Results(
        scores=pl.DataFrame([row], schema=SCORES_SCHEMA),
        rings=RINGS_SCHEMA.to_frame(),
        features=pl.DataFrame({"account_id": ["a-1"]}),
        quarantine=pl.DataFrame({"table": []}, schema={"table": pl.String}),
        timelines=TIMELINES_SCHEMA.to_frame(),
        run=Run.whole(_RUN, "run.json"),
    )


def make_logs(folder: Path) -> Path:
    """Accounts, and three days of usage, a file each."""
    (folder / "usage").mkdir(parents=True)
    born = "".join(f"{n:03d},2026-01-01T00:00:00Z\n" for n in range(_ROWS))
    (folder / "accounts.csv").write_text("account_id,created_at\n" + born)
    for day in range(1, 4):
        (folder / "usage" / f"{day}.csv").write_text(_day(day))
    return folder


def _day(day: int) -> str:
    lines = [
        f"2026-02-{day:02d}T{n:02d}:00:00Z,2026-02-{day:02d}T{n:02d}:59:59Z,{n:03d},"
        f"Usage,Compute,{day + n / 4},Hours,p4d.24xlarge,{n}.25,USD\n"
        for n in range(_ROWS)
    ]
    return _HEAD + "".join(lines)


def digests(folder: Path, but: str = " ") -> dict[str, str]:
    """Each file of a folder, and what a link names; empty where there is none."""
    told = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            told[name] = f"to {path.readlink()}"
        elif path.is_file() and not name.startswith(but):
            told[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return told


def of_folder(folder: Path, but: str = " ") -> str:
    """One digest of a folder's files."""
    return hashlib.sha256(repr(digests(folder, but)).encode()).hexdigest()


def copied(before: Path, world: Path) -> Path:
    """A fresh copy of a world, with the times of its files."""
    shutil.rmtree(world, ignore_errors=True)
    shutil.copytree(before, world, symlinks=True)
    return world


def differing(found: dict[str, str], clean: dict[str, str]) -> list[str]:
    """Names of the files that are not as they should be."""
    return sorted(dict(found.items() ^ clean.items()))
