"""Worlds opened for weeks of review: on their last day, or week after week."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from detector.errors import DataError
from detector.evaluate.looks import Look, with_labels
from detector.evaluate.weeks import Told
from detector.pipeline.prepare import Prepared, Stages, prepare
from detector.pipeline.training import SHIPPED, train
from detector.sources import read_logs
from models.account.prior import Prior

WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class Opening:
    """How worlds are opened: the prior that judges them, the seed of what is learnt, threads."""

    prior: Prior
    seed: int = 0
    threads: int = 1

    def look(self, prepared: Prepared) -> Look:
        """A population and a model that is trained on it."""
        trained = train(
            prepared, seed=self.seed, threads=self.threads, priors={SHIPPED: self.prior}
        )
        return Look(prepared, trained.cases[SHIPPED], self.threads)

    def last(self, folder: Path) -> Look:
        """A world on its last day."""
        return self.look(prepare(read_logs(folder), None, Stages()))

    def weekly(self, folder: Path, weeks: int) -> Iterator[Callable[[Told], Look]]:
        """A world in each of its last weeks; the model is trained anew in each.

        Raises
        ------
        DataError
            Where the logs begin later than the first of them.
        """
        last = read_logs(folder).as_of
        for back in reversed(range(weeks)):
            moment = last - back * WEEK
            plain = prepare(read_logs(folder, moment), moment, Stages())
            if plain.rollups["usage"].is_empty():
                raise DataError(_too_early(moment, last, weeks))
            yield self._after(plain)

    def _after(self, plain: Prepared) -> Callable[[Told], Look]:
        def look(told: Mapping[str, tuple[str, datetime]]) -> Look:
            return self.look(with_labels(plain, told))

        return look


def _too_early(moment: datetime, last: datetime, weeks: int) -> str:
    return (
        f"the logs end at {last:%Y-%m-%d}, and of {weeks} weekly looks the first is at "
        f"{moment:%Y-%m-%d}, when they hold no charge yet: ask for fewer weeks"
    )
