"""Reviewers' decisions into a model's learnt odds, and out of them again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector import modelfolder
from detector.errors import ModelError, UsageError
from detector.modelfolder import UNTAUGHT
from detector.pipeline import training
from detector.pipeline.engine import Engine, LocalEngine
from detector.pipeline.prepare import Prepared, Progress, Stages
from detector.pipeline.training import SHIPPED, Trained
from detector.sources import Source
from detector.sources.given import as_source, labels_alone
from detector.sources.text import printable
from features.decided import decided
from models.account.case import CaseModel
from models.account.decisions import Decisions
from models.account.fitting import with_joint
from models.account.heldout import HeldOut, check_held_out
from models.account.model import ProxyModel
from models.account.offset import leaf_shares
from models.account.offset import learn as learn_offset
from models.account.said import RawViews
from models.errors import ModelFormatError
from models.files import store
from models.forest.forest import ArrayForest

# A victim of stolen keys did show the signs: that is neither a hit nor a false alarm.
LABELS: Final[Mapping[str, int]] = {"confirmed_proxy": 1, "cleared": -1}


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
    logs = labels_alone(path, max_bad)
    if "labels" not in logs:
        raise UsageError(f"'{path}' holds no table of labels; name the file with decisions")
    rows = pl.concat(list(logs.parts("labels")))
    lasting = decided(rows).filter(pl.col("expires_at").is_null() | (pl.col("expires_at") > as_of))
    return dict(lasting.select("account_id", "decision").iter_rows())


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
        Where decisions held out of learning are ranked worse after it, unless ``force``;
        nothing is changed then.
    UsageError
        Where ``logs`` hold none of the accounts.
    """
    trained, log = _open(model)
    prepared = _measured(logs, engine, progress)
    place = _places(prepared)
    known = {key: label for key, label in sorted(labels.items()) if key in place}
    if labels and not known:
        raise UsageError(strangers(sorted(labels)))
    before = dict(zip(log.keys, log.labels.tolist(), strict=True))
    changed = {key: label for key, label in known.items() if before.get(key) != label}
    log = with_decisions(log, changed, _base(trained).accounts, prepared)
    made = Correction.of(_base(trained), log, prepared, threads)
    held = made.check()
    if held.harms and not force:
        raise ModelError(_refusal(held))
    told = Learnt(
        added=tuple(key for key in changed if key not in before),
        replaced=tuple(key for key in changed if key in before),
        undone=(),
        unknown=tuple(sorted(set(labels) - set(known))),
        decisions=len(log.keys), confirmed=int((log.labels == 1).sum()), held_out=held,
        model_id=_store(model, trained, made, threads),
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
            "other decisions remain, and what they teach is made anew: give "
            "--logs LOGS or --state DIR"
        )
    else:
        made = Correction.of(_base(trained), log, _measured(logs, engine, progress), threads)
        held = made.check()
        model_id = _store(model, trained, made, threads)
    confirmed = int((log.labels == 1).sum())
    told = Learnt((), (), (key,), (), len(log.keys), confirmed, held, model_id)
    _note(model, told, at, forced=False)
    return told


def _measured(
    logs: Mapping[str, pl.LazyFrame] | Source, engine: Engine | None, progress: Progress | None
) -> Prepared:
    return (engine or LocalEngine()).prepare(as_source(logs), None, Stages(progress))


def with_decisions(
    log: Decisions, labels: Mapping[str, int], accounts: ProxyModel, prepared: Prepared
) -> Decisions:
    """The log with decisions about accounts of a population; a new one replaces the one before."""
    place = _places(prepared)
    rows = np.array([place[key] for key in labels], dtype=np.int64)
    values, peers = prepared.values[rows], prepared.peers[rows]
    seen = zip(
        accounts.joint_rows(values, peers), accounts.family_levels(values, peers), strict=True
    )
    for (key, label), (row, levels) in zip(labels.items(), seen, strict=True):
        log = (log.take_back(key) if key in log.keys else log).add(key, row, levels, label)
    return log


@dataclass(frozen=True)
class Correction:
    """A log of decisions beside the population that they are about.

    ``base`` is the model as it scores without them, ``raw`` what it says of everybody, ``cases``
    numbers the decisions by ring of today's logs, and ``share`` is how common each leaf is.
    """

    base: CaseModel
    forest: ArrayForest
    log: Decisions
    cases: NDArray[np.int64]
    share: NDArray[np.float64]
    prepared: Prepared
    raw: RawViews

    @classmethod
    def of(cls, base: CaseModel, log: Decisions, prepared: Prepared, threads: int) -> Correction:
        """Put them together."""
        forest, accounts, values = taught_leaves(base), base.accounts, prepared.values
        share = leaf_shares(forest, accounts.joint_rows(values, prepared.peers))
        raw = accounts.raw_views(accounts.own(values), prepared.peers, threads)
        return cls(base, forest, log, _together(log, prepared), share, prepared, raw)

    def after(self, log: Decisions) -> Correction:
        """The same population with another log of decisions about it."""
        return replace(self, log=log, cases=_together(log, self.prepared))

    def check(self) -> HeldOut:
        """What learning does to the ranking of decisions that are held out of it."""
        return check_held_out(self.forest, self.log, self.cases, self.share)

    def case(self, threads: int) -> CaseModel:
        """The model with what the decisions teach, and its tails measured anew."""
        offset = learn_offset(self.forest, self.log, self.cases, self.share)
        accounts, prepared = self.base.accounts, self.prepared
        taught = with_joint(
            accounts, offset.forest(self.forest), accounts.joint_names,
            prepared.values, prepared.peers, taught=True, groups=prepared.groups,
            exclude=prepared.excluded, threads=threads, known=self.raw, learnt=offset.learnt(),
        )  # fmt: skip
        return training.with_rings(taught, prepared, self.base.rings.forest, threads, self.raw)


def taught_leaves(base: CaseModel) -> ArrayForest:
    """The forest whose log odds decisions correct.

    Raises
    ------
    UsageError
        Where the model has none.
    """
    joint = base.accounts.joint
    if not isinstance(joint, ArrayForest):
        raise UsageError(
            f"decisions are learnt in the leaves of a forest, and the model's view is "
            f"'{joint.kind}': train one with --view {ArrayForest.kind}"
        )
    if not base.accounts.taught:
        raise UsageError(
            f"decisions correct the odds of the prior '{SHIPPED}', and the model holds none: "
            "train one with this version"
        )
    return joint


def _open(model: Path) -> tuple[Trained, Decisions]:
    try:
        trained = training.load(model)
        taught_leaves(_base(trained))
        log = modelfolder.read_log(model, _base(trained).accounts)
    except (ModelFormatError, OSError) as error:
        raise ModelError(str(error)) from error
    return trained, log


def _base(trained: Trained) -> CaseModel:
    """What decisions are put on: the model as it scores without them."""
    return trained.cases[SHIPPED if SHIPPED in trained.cases else UNTAUGHT]


def _places(prepared: Prepared) -> dict[str, int]:
    return {key: row for row, key in enumerate(prepared.table["account_id"])}


def _together(log: Decisions, prepared: Prepared) -> NDArray[np.int64]:
    """The ring of each decision; accounts that are in the logs no more stand alone."""
    place, groups = _places(prepared), prepared.groups
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


def _refusal(held: HeldOut) -> str:
    return (
        f"learning would make it worse: on held-out decisions the AUROC falls from "
        f"{held.before:.3f} to {held.after:.3f}; use --force to learn all the same. "
        "Nothing was changed"
    )


def _store(model: Path, trained: Trained, made: Correction, threads: int) -> str:
    """Make what is learnt anew from the whole log, and write both."""
    case = made.case(threads)
    # The log first: what is learnt can always be made from it, it never from what is learnt.
    modelfolder.write_log(model, made.log)
    modelfolder.write_learnt(model, case, trained.card)
    return case.accounts.model_id


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
