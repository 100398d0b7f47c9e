"""Reviewers' decisions into a model's second leaf array, and out of it again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector import modelfolder
from detector.errors import ModelError, UsageError
from detector.modelfolder import LEARNT, UNTAUGHT
from detector.pipeline import training
from detector.pipeline.engine import Engine, LocalEngine
from detector.pipeline.prepare import Prepared, Progress, Stages
from detector.pipeline.training import SHIPPED, Trained
from detector.sources import InputFile, Logs, Source, read_logs
from detector.sources.discover import Found
from detector.sources.frames import as_source
from detector.sources.listing import extension
from detector.sources.place import LocalPlace
from detector.sources.text import printable
from features.decided import decided
from models.account.case import CaseModel
from models.account.feedback import (
    MIN_DECISIONS,
    Decisions,
    HeldOut,
    check_held_out,
    learned_values,
)
from models.account.fitting import with_joint
from models.errors import ModelFormatError
from models.files import store
from models.forest.forest import ArrayForest

# A victim of stolen keys did show the signs: that is neither a hit nor a false alarm.
LABELS: Final[Mapping[str, int]] = {"confirmed_proxy": 1, "cleared": -1}
# Reviewers decide after the logs end; a label is never too late to be learnt.
_ANY_TIME: Final = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Learnt:
    """What one call changed: account ids, figures on held-out decisions, and the new model."""

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    undone: tuple[str, ...]
    unknown: tuple[str, ...]
    decisions: int
    confirmed: int
    held_out: HeldOut
    model_id: str


def read_labels(path: Path, as_of: datetime, *, max_bad: float = 0.05) -> dict[str, int]:
    """Decisions that teach: +1 confirmed, -1 cleared, by account; see `read_decisions`."""
    words = read_decisions(path, as_of, max_bad=max_bad)
    return {key: LABELS[word] for key, word in words.items() if word in LABELS}


def read_decisions(path: Path, as_of: datetime, *, max_bad: float = 0.05) -> dict[str, str]:
    """Read reviewers' decisions, by account; the latest one counts.

    Parameters
    ----------
    path
        A file in the form of the ``labels`` table, or a log folder that holds the table.
    as_of
        A clearing that had run out by then counts no more.

    Raises
    ------
    UsageError
        Where there is no such file or it is of no known kind.
    DataError
        Where it is not a table of labels.
    """
    logs = _labels_alone(path, max_bad)
    if "labels" not in logs:
        raise UsageError(f"'{path}' holds no table of labels; name the file with decisions")
    rows = pl.concat(list(logs.parts("labels")))
    lasting = decided(rows).filter(pl.col("expires_at").is_null() | (pl.col("expires_at") > as_of))
    return dict(lasting.select("account_id", "decision").iter_rows())


def _labels_alone(path: Path, max_bad: float) -> Logs:
    """A log folder, or a single file as if it were a folder of labels alone."""
    if path.is_dir():
        return read_logs(path, _ANY_TIME, max_bad=max_bad)
    if not path.is_file() or extension(path.name) is None:
        what = "is of no known kind" if path.is_file() else "does not exist"
        raise UsageError(f"'{path}' {what}; expected CSV, JSON lines or Parquet of labels")
    place = LocalPlace(path.parent)
    file = InputFile(path.name, "labels", path.stat().st_size, place.sha256(path.name))
    return Logs(Found(place, {"labels": [file]}), _ANY_TIME, max_bad=max_bad)


def learn(
    model: Path,
    logs: Mapping[str, pl.LazyFrame] | Source,
    labels: Mapping[str, int],
    *,
    at: str,
    force: bool = False,
    threads: int = 1,
    progress: Progress | None = None,
    engine: Engine | None = None,
) -> Learnt:
    """Put decisions into a model's learnt leaves; the model without them stays as it is.

    Accounts that ``logs`` do not hold are named in the result and teach nothing.

    Raises
    ------
    ModelError
        Where ranking of held-out decisions gets worse, or cannot be told, unless ``force``;
        nothing is changed then.
    UsageError
        Where ``logs`` hold none of the accounts.
    """
    trained, log = _open(model)
    prepared = _measured(logs, engine, progress)
    place = {key: row for row, key in enumerate(prepared.table["account_id"])}
    known = {key: label for key, label in sorted(labels.items()) if key in place}
    if labels and not known:
        raise UsageError(strangers(sorted(labels)))
    before = dict(zip(log.keys, log.labels.tolist(), strict=True))
    changed = {key: label for key, label in known.items() if before.get(key) != label}
    rows = np.array([place[key] for key in changed], dtype=np.int64)
    directed = _base(trained).accounts.joint_rows(prepared.values[rows], prepared.peers[rows])
    for (key, label), row in zip(changed.items(), directed, strict=True):
        log = (log.take_back(key) if key in before else log).add(key, row, label)
    held = _check(trained, log, place, prepared)
    if not (held.helps or force):
        raise ModelError(_refusal(log, held))
    told = Learnt(
        added=tuple(key for key in changed if key not in before),
        replaced=tuple(key for key in changed if key in before),
        undone=(),
        unknown=tuple(sorted(set(labels) - set(known))),
        decisions=len(log.keys), confirmed=int((log.labels == 1).sum()), held_out=held,
        model_id=_store(model, trained, log, prepared, threads),
    )  # fmt: skip
    _note(model, told, at, forced=force)
    return told


def undo(
    model: Path,
    key: str,
    logs: Mapping[str, pl.LazyFrame] | Source | None,
    *,
    at: str,
    threads: int = 1,
    progress: Progress | None = None,
    engine: Engine | None = None,
) -> Learnt:
    """Take one decision back; the last one leaves the model as if nothing had been learnt.

    Raises
    ------
    UsageError
        Where nothing was decided about ``key``, or decisions remain and ``logs`` is None.
    """
    trained, log = _open(model)
    if key not in log.keys:
        raise UsageError(
            f"nothing was learnt about '{key}'; the model in '{model}' holds {len(log.keys)} "
            f"decisions, listed in {modelfolder.history(model).relative_to(model)}"
        )
    log, held = log.take_back(key), HeldOut(0, math.nan, math.nan)
    if not log.keys:
        modelfolder.forget_learnt(model)
        modelfolder.write_log(model, log)
        model_id = _base(trained).accounts.model_id
    elif logs is None:
        raise UsageError(
            "other decisions remain, and their leaves are made anew: give "
            "--logs LOGS or --state DIR"
        )
    else:
        prepared = _measured(logs, engine, progress)
        place = {name: row for row, name in enumerate(prepared.table["account_id"])}
        held = _check(trained, log, place, prepared)
        model_id = _store(model, trained, log, prepared, threads)
    confirmed = int((log.labels == 1).sum())
    told = Learnt((), (), (key,), (), len(log.keys), confirmed, held, model_id)
    _note(model, told, at, forced=False)
    return told


def _measured(
    logs: Mapping[str, pl.LazyFrame] | Source, engine: Engine | None, progress: Progress | None
) -> Prepared:
    return (engine or LocalEngine()).prepare(as_source(logs), None, Stages(progress))


def _open(model: Path) -> tuple[Trained, Decisions]:
    try:
        trained = training.load(model)
        log = modelfolder.read_log(model, len(_base(trained).accounts.joint_names))
    except (ModelFormatError, OSError) as error:
        raise ModelError(str(error)) from error
    _forest(trained)
    return trained, log


def _forest(trained: Trained) -> ArrayForest:
    """The joint forest whose leaves decisions move."""
    joint = _base(trained).accounts.joint
    if not isinstance(joint, ArrayForest):
        raise UsageError(
            f"decisions are learnt in the leaves of a forest, and the model's view is "
            f"'{joint.kind}': train one with --view {ArrayForest.kind}"
        )
    return joint


def _base(trained: Trained) -> CaseModel:
    """What decisions are put on: the model as it scores without them."""
    return trained.cases[SHIPPED if SHIPPED in trained.cases else UNTAUGHT]


def _check(
    trained: Trained, log: Decisions, place: Mapping[str, int], prepared: Prepared
) -> HeldOut:
    return check_held_out(_forest(trained), log, groups=_together(log, place, prepared.groups))


def _together(
    log: Decisions, place: Mapping[str, int], groups: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The ring of each decision; accounts that are in the logs no more stand alone."""
    alone = int(groups.max()) + 1 if len(groups) else 0
    return np.array(
        [groups[place[key]] if key in place else alone + at for at, key in enumerate(log.keys)],
        dtype=np.int64,
    )


def strangers(keys: list[str]) -> str:
    """The sentence about decided accounts none of which the logs hold."""
    first, count = printable(keys[0]), len(keys)
    which = "the decided account" if count == 1 else f"none of the {count} decided accounts"
    return (
        f"{which} {'is not' if count == 1 else 'is'} in the logs, "
        f"{'namely' if count == 1 else 'first'} {first}; write the ids as the logs do (where a "
        "state holds pseudonyms, as OUT/scores.parquet of that state has them)"
    )


def _refusal(log: Decisions, held: HeldOut) -> str:
    confirmed = int((log.labels == 1).sum())
    if math.isnan(held.before):
        return (
            f"{confirmed} confirmed and {len(log.keys) - confirmed} cleared decisions are too few "
            f"to tell whether learning helps; {MIN_DECISIONS} of each are needed: collect more, "
            "or use --force. Nothing was changed"
        )
    return (
        f"learning would make it worse: on held-out decisions the AUROC falls from "
        f"{held.before:.3f} to {held.after:.3f}; use --force to learn all the same. "
        "Nothing was changed"
    )


def _store(model: Path, trained: Trained, log: Decisions, prepared: Prepared, threads: int) -> str:
    """Make the leaves anew from the whole log, measure their tails, and write both."""
    base, joint = _base(trained), _forest(trained)
    accounts = with_joint(
        base.accounts, joint.with_values(learned_values(joint, log)), base.accounts.joint_names,
        prepared.values, prepared.peers, taught=base.accounts.taught,
        groups=prepared.groups, exclude=prepared.excluded, threads=threads,
    )  # fmt: skip
    case = training.with_rings(accounts, prepared, base.rings.forest, threads)
    # The log first: leaves can always be made from it, it can never be made from leaves.
    modelfolder.write_log(model, log)
    modelfolder.write_case(model, LEARNT, case, trained.card)
    return accounts.model_id


def _note(model: Path, told: Learnt, at: str, *, forced: bool) -> None:
    """Add a line to the history; it is only ever added to."""
    path = modelfolder.history(model)
    before = path.read_bytes() if path.exists() else b""
    line = json.dumps({"at": at, "forced": forced, **as_dict(told)}, sort_keys=True)
    store.write_whole(path, before + line.encode() + b"\n")


def as_dict(told: Learnt) -> dict[str, Any]:
    """Plain JSON values; a figure that cannot be told is null."""

    def figure(value: float) -> float | None:
        return None if math.isnan(value) else value

    held = told.held_out
    return {
        "added": list(told.added),
        "replaced": list(told.replaced),
        "undone": list(told.undone),
        "unknown": list(told.unknown),
        "decisions": told.decisions,
        "confirmed": told.confirmed,
        "held_out": {"before": figure(held.before), "after": figure(held.after)},
        "model_id": told.model_id,
    }
