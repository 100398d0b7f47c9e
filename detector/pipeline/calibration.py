"""Accounts that reviewers cleared as the yardstick of false discoveries.

A q-value promises a rate, so the accounts it rests on must be clean, reviewed, and unknown to
the model. Clean and reviewed is what whoever names the file says; here it is held against
every decision in the file and in the logs. Unknown is checked: a model folder keeps digests of
the accounts it learnt from, and cleared accounts that are among them are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector import modelfolder
from detector.errors import ModelError, UsageError
from detector.modelfolder import Digests
from detector.pipeline import training
from detector.pipeline.decisions import strangers
from detector.pipeline.engine import Engine, LocalEngine
from detector.pipeline.prepare import Prepared, Progress, Stages
from detector.pipeline.training import Trained
from detector.sources import Source
from detector.sources.given import as_source
from detector.sources.text import printable
from features.evidence import confirmed
from models.account.case import CaseModel
from models.errors import CalibrationRefused, ModelFormatError
from models.population.conformal import Calibration

CLEARED = "cleared"


@dataclass(frozen=True)
class Calibrated:
    """What a calibration rests on.

    Attributes
    ----------
    accounts
        Cleared accounts that were used.
    learnt_from
        Cleared accounts that were left out, as the model learnt from them.
    unknown
        Cleared accounts that the logs do not hold.
    models
        Id of each model that was calibrated, by the name of its prior.
    """

    accounts: int
    learnt_from: int
    unknown: tuple[str, ...]
    models: Mapping[str, str]


def calibrate(
    model: Path,
    logs: Mapping[str, pl.LazyFrame] | Source,
    decisions: Mapping[str, str],
    *,
    at: str,
    threads: int = 1,
    progress: Progress | None = None,
    engine: Engine | None = None,
) -> Calibrated:
    """Store what the statistic of clean accounts is, for every case model of a folder.

    Raises
    ------
    ModelError
        Where an account is not clean, too few are left, or the model does not say which
        accounts it learnt from; nothing is changed then.
    UsageError
        Where ``logs`` hold none of the accounts.
    """
    trained, learnt_from = _open(model)
    odd = sorted(key for key, word in decisions.items() if word != CLEARED)
    if odd:
        raise ModelError(_not_clean(odd, "the file says so"))
    prepared = (engine or LocalEngine()).prepare(as_source(logs), None, Stages(progress))
    rows, unknown = _rows(prepared, decisions)
    told = _held_out(trained, learnt_from, prepared, rows)
    try:
        cases = {
            name: replace(case, calibration=_fitted(case, prepared, told, threads))
            for name, case in trained.cases.items()
        }
    except CalibrationRefused as error:
        raise ModelError(f"{error}{_left_out(len(rows) - len(told))}") from error
    meta = {"accounts": len(told), "at": at, "as_of": prepared.rollups.as_of.isoformat()}
    for name, case in cases.items():
        modelfolder.write_calibration(model, name, case, meta)
    ids = {name: case.accounts.model_id for name, case in cases.items()}
    return Calibrated(len(told), len(rows) - len(told), unknown, ids)


def as_dict(found: Calibrated) -> dict[str, Any]:
    """Plain JSON values."""
    return {**asdict(found), "unknown": list(found.unknown)}


def _open(model: Path) -> tuple[Trained, Digests]:
    try:
        trained = training.load(model)
    except (ModelFormatError, OSError) as error:
        raise ModelError(str(error)) from error
    if trained.learnt_from is None:
        raise ModelError(
            f"the model in '{model}' does not say which accounts it learnt from, as an earlier "
            "version trained it; train it again, on other accounts than those to calibrate on"
        )
    return trained, trained.learnt_from


def _rows(
    prepared: Prepared, decisions: Mapping[str, str]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Rows of the cleared accounts, and those that the logs do not hold."""
    place = {key: row for row, key in enumerate(prepared.table["account_id"])}
    known = sorted(key for key in decisions if key in place)
    if not known:
        raise UsageError(strangers(sorted(decisions)) if decisions else _NOBODY)
    bad = sorted(set(known) & set(confirmed(prepared.rollups)["account_id"]))
    if bad:
        raise ModelError(_not_clean(bad, "the logs' own labels say so"))
    rows = np.array([place[key] for key in known], dtype=np.int64)
    return rows, tuple(sorted(set(decisions) - set(known)))


def _held_out(
    trained: Trained, learnt_from: Digests, prepared: Prepared, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The rows of accounts that the model did not learn from."""
    ids = prepared.table["account_id"].gather(rows).to_list()
    learnt = np.isin(training.digests_of(ids, trained), learnt_from)
    return rows[~learnt]


def _fitted(
    case: CaseModel, prepared: Prepared, rows: NDArray[np.int64], threads: int
) -> Calibration:
    values, peers = prepared.values[rows], prepared.peers[rows]
    scores = case.accounts.score(values, peers, threads=threads, contributions=False)
    return Calibration.fit(scores.statistic, peers)


_NOBODY = (
    "no account in the file is cleared, or every clearing has run out; name a table of labels "
    "with the decision 'cleared'"
)


def _not_clean(ids: list[str], who: str) -> str:
    count = f"{len(ids)} account{'s are' if len(ids) > 1 else ' is'}"
    return (
        f"{count} not cleared, {who}, first {printable(ids[0])}; one bad account in a thousand "
        "destroys the guarantee, so the file must hold cleared accounts alone. Nothing was changed"
    )


def _left_out(learnt: int) -> str:
    why = f" ({learnt} more were left out: the model learnt from them)" if learnt else ""
    return f"{why}. Nothing was changed"
