"""Models of a population: the label-free one, and the same with a taught prior."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.errors import DataError, ModelError, UsageError
from detector.pipeline.prepare import Prepared
from detector.results import Run
from features.build import REGISTRY
from models.account.model import AccountScores, FeatureSpec, ProxyModel
from models.account.prior import KIND as PRIOR_KIND
from models.account.prior import Prior, TaughtWorld
from models.account.rings import SHAPE_FEATURES, RingModel, ring_rows
from models.errors import ModelFormatError
from models.files import store
from models.files.card import ModelCard
from models.files.registry import prior_path
from models.forest.forest import ArrayForest

MIN_ACCOUNTS: Final = 2
UNTAUGHT: Final = "none"
# What `enduse learn` makes of reviewers' decisions, beside the model they were about.
LEARNT: Final = "learnt"
DECISIONS_FOLDER: Final = "decisions"
FROZEN_FOLDER: Final = "frozen"
# The prior that ships with the product, taught on simulated worlds of the dev ranges.
SHIPPED: Final = "simulated"
SHIPPED_FOLDER: Final = Path(__file__).resolve().parent.parent / "priors"
CARD_FILE: Final = "card.md"
RING_KIND: Final = "ring-model"


@dataclass(frozen=True)
class CaseModel:
    """What scores accounts and rings, and the reference population of both."""

    accounts: ProxyModel
    rings: RingModel


@dataclass(frozen=True)
class Trained:
    """A trained population: case models by prior name, ``none`` (label-free) always there.

    ``later`` holds priors taught after training: the tails of these are measured on the logs
    that are scored. ``card`` says what the population was; None where nobody wrote it down.
    ``frozen`` is where the first model of its folder stands, to be compared with.
    """

    cases: Mapping[str, CaseModel]
    later: Mapping[str, Prior] = field(default_factory=dict)
    card: ModelCard | None = None
    frozen: Path | None = None

    @property
    def model_id(self) -> str:
        """Identity of the accounts' model that scores without a word about priors."""
        return self.cases[_first_of(self.cases)].accounts.model_id

    @property
    def stored_id(self) -> str:
        """The id under which a folder of models keeps it: that of its label-free model."""
        return self.cases[UNTAUGHT].accounts.model_id

    def choose(self, prior: str | None) -> str:
        """The prior asked for; without a word what was learnt, else the shipped one.

        Raises
        ------
        UsageError
            Where the model holds no such prior.
        """
        known = [*self.cases, *self.later]
        if prior is None:
            return _first_of(known)
        if prior not in known:
            raise UsageError(
                f"the model holds no prior '{prior}' (it has {', '.join(known)}); "
                "teach one with `enduse teach` or choose one of these"
            )
        return prior

    def made(self, run: Run, prior: str | None) -> bool:
        """Whether a run's scores are those that this model gives with a prior."""
        name = self.choose(prior)
        if name in self.cases:
            return run.model_id == self.cases[name].accounts.model_id
        return (run.model.stored_id, run.model.prior) == (self.stored_id, name)

    def case(self, prior: str, prepared: Prepared, threads: int) -> CaseModel:
        """The case model of a prior that ``choose`` named."""
        if prior in self.cases:
            return self.cases[prior]
        plain = self.cases[UNTAUGHT].accounts
        return apply_prior(plain, self.later[prior], prepared, threads)


def _first_of(known: Collection[str]) -> str:
    return next(name for name in (LEARNT, SHIPPED, UNTAUGHT) if name in known)


def specs() -> list[FeatureSpec]:
    """The features of this version, as the models know them."""
    return [FeatureSpec(f.name, f.family, f.direction) for f in REGISTRY]


def train(
    prepared: Prepared,
    *,
    seed: int,
    threads: int,
    priors: Mapping[str, Prior],
) -> Trained:
    """Learn what is usual in a population, and take taught priors' tails over it."""
    if prepared.table.height < MIN_ACCOUNTS:
        raise DataError(
            f"{prepared.table.height} account to learn from; a forest compares accounts and "
            f"needs at least {MIN_ACCOUNTS}: score with --model instead"
        )
    plain = ProxyModel.fit(
        prepared.values, specs(), prepared.peers,
        groups=prepared.groups, exclude=prepared.excluded, seed=seed, threads=threads,
    )  # fmt: skip
    cases = {UNTAUGHT: with_rings(plain, prepared, None, threads)}
    for name, prior in priors.items():
        cases[name] = apply_prior(plain, prior, prepared, threads)
    return Trained(cases)


def apply_prior(plain: ProxyModel, prior: Prior, prepared: Prepared, threads: int) -> CaseModel:
    """Put a prior's taught forests into a population's model."""
    prior.check([spec.name for spec in plain.specs])
    taught = plain.with_joint(
        prior.accounts, prepared.values, prepared.peers, taught=True,
        groups=prepared.groups, exclude=prepared.excluded, threads=threads,
    )  # fmt: skip
    return with_rings(taught, prepared, prior.rings, threads)


def with_rings(
    accounts: ProxyModel, prepared: Prepared, forest: ArrayForest | None, threads: int
) -> CaseModel:
    """Measure the reference population's rings."""
    scored = accounts.score(prepared.values, prepared.peers, threads=threads, contributions=False)
    own = own_suspicion(scored, forest)
    rows = ring_matrix(prepared, own)
    return CaseModel(accounts, RingModel.fit(rows, prepared.ring_of, own, forest))


def ring_shape(rings: pl.DataFrame) -> dict[str, NDArray[np.float64]]:
    """``SHAPE_FEATURES`` of a ring table, one (rings,) array each."""
    derived = rings.with_columns(
        surplus_bits=pl.col("bits") - pl.col("prior_bits"),
        signup_closeness=(1.0 / (1.0 + pl.col("signup_days"))).fill_null(0.0),
    )
    return {
        name: derived[name].cast(pl.Float64).fill_null(0.0).to_numpy() for name in SHAPE_FEATURES
    }


def own_suspicion(scores: AccountScores, rings: ArrayForest | None) -> NDArray[np.float64]:
    """What rings know of their members: log odds where rings are taught, else the level."""
    return scores.level if rings is None else scores.raw


def ring_matrix(prepared: Prepared, own: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rings' rows, from their shape and their members' suspicion."""
    return ring_rows(ring_shape(prepared.rings), prepared.ring_of, own)


def taught_world(prepared: Prepared, planted: NDArray[np.int64], *, seed: int) -> TaughtWorld:
    """A population with truth (see `TaughtWorld`), in the columns that a prior is taught on."""
    baseline = ProxyModel.fit(
        prepared.values, specs(), prepared.peers,
        groups=prepared.groups, exclude=prepared.excluded, seed=seed, n_estimators=1,
    )  # fmt: skip
    directed = baseline.directed(prepared.values, prepared.peers)
    return TaughtWorld(directed, planted, prepared.ring_of, ring_shape(prepared.rings))


def shipped_priors() -> dict[str, Prior]:
    """The priors that ship with the product.

    Raises
    ------
    ModelError
        Where a shipped prior is damaged.
    """
    folder = SHIPPED_FOLDER / SHIPPED
    return {SHIPPED: load_prior(folder)} if folder.is_dir() else {}


def load_prior(path: Path) -> Prior:
    """Read a prior's folder.

    Raises
    ------
    ModelError
        Where it is missing or damaged.
    """
    try:
        return Prior.load(path)
    except (ModelFormatError, OSError) as error:
        raise ModelError(f"prior '{path}': {error}") from error


def save(trained: Trained, path: Path) -> None:
    """Write a model folder: the label-free model, its rings, and each prior below ``priors``.

    The card goes into each manifest, and for people into ``card.md``. The first model of a
    folder is kept as its frozen reference when another takes its place.
    """
    _freeze(path)
    if LEARNT not in trained.cases:
        _retire_learnt(path)
    for name, case in trained.cases.items():
        save_case(case, prior_path(path, name), trained.card)
    if trained.card is not None:
        store.write_whole(path / CARD_FILE, trained.card.to_markdown().encode())


def _freeze(path: Path) -> None:
    """Keep what stands in a model folder as its reference, unless one is kept already."""
    frozen, staging = path / FROZEN_FOLDER, path / f".{FROZEN_FOLDER}"
    if frozen.exists() or not (path / store.MANIFEST).is_file():
        return
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    for file in path.iterdir():
        if file.is_file() and file.name != CARD_FILE:
            shutil.copy2(file, staging)
    staging.rename(frozen)


def _retire_learnt(path: Path) -> None:
    """Put aside what was learnt about the model that is replaced: its rows are not the new's."""
    shutil.rmtree(prior_path(path, LEARNT), ignore_errors=True)
    decisions, old = path / DECISIONS_FOLDER, path / f"{DECISIONS_FOLDER}.old"
    if decisions.is_dir():
        shutil.rmtree(old, ignore_errors=True)
        decisions.rename(old)


def save_case(case: CaseModel, folder: Path, card: ModelCard | None) -> None:
    """Write one case model into its folder."""
    case.accounts.save(folder, card={} if card is None else card.to_dict())
    _save_rings(case.rings, folder / "rings")


def load(path: Path) -> Trained:
    """Read a model folder with its priors.

    Raises
    ------
    ModelFormatError
        Where anything does not fit.
    """
    cases, later = {UNTAUGHT: _load_case(path)}, {}
    taught = path / "priors"
    for folder in sorted(taught.iterdir()) if taught.is_dir() else []:
        if store.read_manifest(folder).get("kind") == PRIOR_KIND:
            later[folder.name] = load_prior(folder)
        else:
            cases[folder.name] = _load_case(folder)
    frozen = path / FROZEN_FOLDER
    return Trained(cases, later, _load_card(path), frozen if frozen.is_dir() else None)


def _load_card(path: Path) -> ModelCard | None:
    card = store.read_manifest(path)["meta"].get("card")
    return ModelCard.from_dict(card) if isinstance(card, dict) and "features" in card else None


def _load_case(folder: Path) -> CaseModel:
    return CaseModel(ProxyModel.load(folder), _load_rings(folder / "rings"))


def _save_rings(rings: RingModel, path: Path) -> None:
    arrays = {} if rings.forest is None else rings.forest.to_arrays("forest.")
    arrays["reference"] = rings.reference
    meta = {"population": rings.population, "taught": rings.forest is not None}
    store.write(path, RING_KIND, arrays, meta)


def _load_rings(path: Path) -> RingModel:
    arrays, meta = store.read(path, RING_KIND)
    reference, population = arrays.get("reference"), meta.get("population")
    if reference is None or reference.dtype != np.float64 or not isinstance(population, int):
        raise ModelFormatError(f"'{path}' is not a ring model: its reference is missing")
    if (np.diff(reference) < 0).any() or len(reference) > population:
        raise ModelFormatError(f"'{path}' is not a ring model: its reference is not in order")
    forest = ArrayForest.from_arrays(arrays, "forest.") if meta.get("taught") is True else None
    return RingModel(forest, reference.astype(np.float64), population)
