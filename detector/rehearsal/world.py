"""The world of a rehearsal: made or copied into its folder, and scored week by week."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from detector.errors import DataError, OutputError
from detector.pipeline import Trained, score_logs, train_logs
from detector.results import Results
from detector.simulate import simulate
from detector.sources import read_logs

WEEK: Final = timedelta(days=7)
#: Days of a world before the first week that is reviewed.
BEFORE: Final = 28
_PLACE: Final = "world"


@dataclass(frozen=True)
class World:
    """Where the logs and the truth of a world are, and where its runs are written."""

    logs: Path
    truth: Path
    runs: Path


def made(folder: Path, preset: str, accounts: int, weeks: int, seed: int) -> World:
    """Make a world beside the cases that will be of it."""
    place = folder / _PLACE
    days = BEFORE + 7 * weeks
    truth = simulate(preset, accounts, days, seed, place / "logs")
    return _opened(place, truth)


def copied(folder: Path, logs: Path, truth: Path) -> World:
    """Copy a world there: decisions are added to its logs, and the given ones stay as they are.

    Raises
    ------
    OutputError
        Where it cannot be copied.
    """
    place = folder / _PLACE
    try:
        shutil.copytree(logs, place / "logs")
        shutil.copyfile(truth, place / f"logs.truth{truth.suffix}")
    except (OSError, shutil.Error) as error:
        raise OutputError(f"{logs} could not be copied to {place} ({error})") from error
    return _opened(place, place / f"logs.truth{truth.suffix}")


def _opened(place: Path, truth: Path) -> World:
    """A world whose labels are a folder, to which decisions are added."""
    logs = place / "logs"
    for file in [one for one in logs.glob("labels.*") if one.is_file()]:
        (logs / "labels").mkdir(exist_ok=True)
        file.rename(logs / "labels" / file.name)
    return World(logs, truth, place / "runs")


def mondays(world: World, weeks: int) -> list[datetime]:
    """When each week begins: the last moments of the logs, a week apart, the last one theirs.

    Raises
    ------
    DataError
        Where the logs begin later than the first.
    """
    last = read_logs(world.logs).as_of
    found = [last - back * WEEK for back in reversed(range(weeks))]
    if read_logs(world.logs, found[0])["usage"].head(1).collect().is_empty():
        raise DataError(
            f"the logs end at {last:%Y-%m-%d} and hold no charge before {found[0]:%Y-%m-%d}: ask "
            "for fewer weeks"
        )
    return found


def scored(world: World, moments: list[datetime], seed: int) -> Iterator[Path]:
    """Score the world at each moment, by a model that the first trained; the folder of each run.

    What was decided meanwhile is in the logs, as tables of labels, when a run is asked for.
    """
    model: Trained | None = None
    before: Results | None = None
    for number, moment in enumerate(moments, 1):
        if model is None:
            model = train_logs(read_logs(world.logs, moment), moment, seed=seed)
        before = score_logs(read_logs(world.logs, moment), model, moment, previous=before)
        out = world.runs / f"week-{number:02d}"
        before.write(out)
        yield out
