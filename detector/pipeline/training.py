"""Models of a population: the label-free one, and the same with a taught prior."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector import modelfolder
from detector.errors import DataError, ModelError, UsageError
from detector.modelfolder import LEARNT, UNTAUGHT
from detector.pipeline.chance import reference
from detector.pipeline.prepare import Prepared
from detector.results import Run
from detector.sources.text import printable
from features.build import REGISTRY
from models.account.case import CaseModel
from models.account.columns import FeatureSpec, check_known
from models.account.fitting import fit_model, grow_model, measured, with_joint
from models.account.model import ProxyModel
from models.account.prior import Prior, TaughtWorld
from models.account.rings import SHAPE_FEATURES, Cases, RingModel, ring_rows
from models.account.said import RawViews
from models.account.scores import AccountScores
from models.account.view import FOREST, VIEWS
from models.errors import ModelFormatError
from models.files.card import ModelCard
from models.files.prior import load_prior as read_prior
from models.forest.forest import ArrayForest

MIN_ACCOUNTS: Final = 2
# The prior that ships with the product, taught on simulated worlds of the dev ranges.
SHIPPED: Final = "simulated"
SHIPPED_FOLDER: Final = Path(__file__).resolve().parent.parent / "priors"
# Names of features that a sentence lists.
_NAMED: Final = 5


@dataclass(frozen=True)
class Trained:
    """A trained population: case models by prior name, ``none`` (label-free) always there.

    ``later`` holds priors taught after training: the tails of these are measured on the logs
    that are scored. ``card`` says what the population was; None where nobody wrote it down.
    ``frozen`` is where the first model of its folder stands, to be compared with.
    ``learnt_from`` are digests (`digests_of`) of the accounts it learnt from, None where they
    were not kept.
    """

    cases: Mapping[str, CaseModel]
    later: Mapping[str, Prior] = field(default_factory=dict)
    card: ModelCard | None = None
    frozen: Path | None = None
    learnt_from: modelfolder.Digests | None = None

    @property
    def model_id(self) -> str:
        """Identity of the accounts' model that scores without a word about priors."""
        return self.cases[_first_of(self.cases)].accounts.model_id

    @property
    def stored_id(self) -> str:
        """The id under which a folder of models keeps it: that of its label-free model."""
        return self.cases[UNTAUGHT].accounts.model_id

    @property
    def view(self) -> str:
        """Name of the view that scores: see `models.account.view.VIEWS`."""
        return self.cases[UNTAUGHT].accounts.joint.kind

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
        if self.view != FOREST and prior != UNTAUGHT:
            raise UsageError(_NO_PRIOR.format(view=self.view))
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


_NO_PRIOR: Final = (
    "a prior is taught on forests, and the view here is '{view}': leave --prior out, or give "
    "--prior none"
)


def _first_of(known: Collection[str]) -> str:
    return next(name for name in (LEARNT, SHIPPED, UNTAUGHT) if name in known)


def specs() -> list[FeatureSpec]:
    """The features of this version, as the models know them."""
    return [FeatureSpec(f.name, f.family, f.direction, f.place, f.both, f.spread) for f in REGISTRY]


def train(
    prepared: Prepared,
    *,
    seed: int,
    threads: int,
    priors: Mapping[str, Prior],
    view: str = FOREST,
) -> Trained:
    """Learn what is usual in a population, and take taught priors' tails over it.

    Raises
    ------
    DataError
        Where there are too few accounts to compare.
    ModelFormatError
        Where a prior and this version mean different things by a feature.
    """
    if prepared.table.height < MIN_ACCOUNTS:
        raise DataError(
            f"{prepared.table.height} account to learn from; a forest compares accounts and "
            f"needs at least {MIN_ACCOUNTS}: score with --model instead"
        )
    grown = grow_model(
        prepared.values, specs(), prepared.peers, view=VIEWS[view],
        groups=prepared.groups, exclude=prepared.excluded, seed=seed,
    )  # fmt: skip
    raw = grown.raw_views(grown.own(prepared.values), prepared.peers, threads)
    plain = measured(grown, raw, prepared.peers, groups=prepared.groups, exclude=prepared.excluded)
    cases = {UNTAUGHT: with_rings(plain, prepared, None, threads, raw)}
    for name, prior in priors.items():
        cases[name] = apply_prior(plain, prior, prepared, threads, raw)
    return Trained(cases)


def apply_prior(
    plain: ProxyModel,
    prior: Prior,
    prepared: Prepared,
    threads: int,
    known: RawViews | None = None,
) -> CaseModel:
    """Put a prior's taught forests into a population's model.

    The prior reads the features that it knows. A new one has no say in the accounts' log odds;
    its family's own view, trained on these logs, knows it.
    """
    check_known(prior.sides(plain.specs), plain.specs, "prior")
    taught = with_joint(
        plain, prior.accounts, prior.features, prepared.values, prepared.peers, taught=True,
        groups=prepared.groups, exclude=prepared.excluded, threads=threads, known=known,
    )  # fmt: skip
    return with_rings(taught, prepared, prior.rings, threads, known)


def with_rings(
    accounts: ProxyModel,
    prepared: Prepared,
    forest: ArrayForest | None,
    threads: int,
    known: RawViews | None = None,
) -> CaseModel:
    """Measure the reference population's rings, and what its accounts reach with them."""
    scored = accounts.score(
        prepared.values, prepared.peers, threads=threads, contributions=False, known=known
    )
    as_they_are, placeless = cases_of(prepared, scored, forest)
    rings = RingModel.fit(as_they_are, placeless, prepared.ring_of, forest)
    said = rings.calm().opinion(placeless, scored.placeless_level, scored.agreed)
    return CaseModel(accounts, rings, reference(prepared, scored, said))


def ring_shape(rings: pl.DataFrame) -> dict[str, NDArray[np.float64]]:
    """``SHAPE_FEATURES`` of a ring table, one (rings,) array each."""
    derived = rings.with_columns(
        surplus_bits=pl.col("bits") - pl.col("prior_bits"),
        signup_closeness=(1.0 / (1.0 + pl.col("signup_days"))).fill_null(0.0),
    )
    return {
        name: derived[name].cast(pl.Float64).fill_null(0.0).to_numpy() for name in SHAPE_FEATURES
    }


def cases_of(
    prepared: Prepared, scores: AccountScores, rings: ArrayForest | None
) -> tuple[Cases, Cases]:
    """The cases of a population, as they are and with ordinary places.

    Rings know of their members log odds where rings are taught, else the level.
    """
    own = (scores.level, scores.placeless_level)
    if rings is not None:
        own = (scores.raw, scores.placeless_raw)
    shape = ring_shape(prepared.rings)
    as_they_are, placeless = (Cases(ring_rows(shape, prepared.ring_of, one), one) for one in own)
    return as_they_are, placeless


def taught_world(prepared: Prepared, planted: NDArray[np.int64], *, seed: int) -> TaughtWorld:
    """A population with truth (see `TaughtWorld`), in the columns that a prior is taught on."""
    baseline = fit_model(
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
        return read_prior(path)
    except (ModelFormatError, OSError) as error:
        raise ModelError(f"prior '{path}': {error}") from error


def save(trained: Trained, path: Path) -> None:
    """Write a model folder: see `detector.modelfolder`."""
    modelfolder.write(path, trained.cases, trained.card, trained.learnt_from)


def load(path: Path) -> Trained:
    """Read a model folder, bound by name to the features of this version.

    Raises
    ------
    ModelFormatError
        Where anything does not fit.
    """
    stored = modelfolder.read(path)
    cases = {name: _bound(case) for name, case in stored.cases.items()}
    return Trained(cases, stored.later, stored.card, stored.frozen, stored.learnt_from)


def _bound(case: CaseModel) -> CaseModel:
    """A case model that reads this version's features.

    Where it lacks some, its statistic is another than the one it was calibrated on.
    """
    accounts = case.accounts.bound_to(specs())
    return replace(
        case, accounts=accounts, calibration=None if accounts.lacking else case.calibration
    )


def digests_of(ids: Collection[str], trained: Trained) -> modelfolder.Digests:
    """Four bytes for each account id, keyed by the label-free model they are kept for.

    Two of a million accounts are taken for one another about once in four thousand; whoever
    holds an id can ask whether it was learnt from, so they are guarded as the model is.
    """
    key = trained.cases[UNTAUGHT].accounts.model_id.encode()
    told = b"".join(blake2b(one.encode(), digest_size=4, key=key).digest() for one in ids)
    return np.frombuffer(told, dtype="<i4").astype(np.int32)


def with_learnt_from(trained: Trained, prepared: Prepared) -> Trained:
    """Note which accounts a model learnt from; those that were left out are not among them."""
    ids = prepared.table["account_id"].filter(pl.Series(~prepared.excluded))
    return replace(trained, learnt_from=np.unique(digests_of(ids.to_list(), trained)))


def check_view(view: str | None, model: Trained | None, prior: str | None) -> str:
    """The name of the view to train, or that a model has.

    Raises
    ------
    UsageError
        Where there is no such view, the model has another, or a prior is asked of one that
        has no leaves.
    """
    if view is not None and view not in VIEWS:
        raise UsageError(f"there is no view {view!r}; choose one of {', '.join(VIEWS)}")
    chosen = view or (FOREST if model is None else model.view)
    if model is not None and chosen != model.view:
        raise UsageError(
            f"the model's view is '{model.view}', not '{chosen}': leave --view out, or train a "
            f"model with --view {chosen}"
        )
    if chosen != FOREST and prior not in (None, UNTAUGHT):
        raise UsageError(_NO_PRIOR.format(view=chosen))
    return chosen


def notes(case: CaseModel) -> list[str]:
    """What a run says about what its model does not know, or lacks."""
    model, said = case.accounts, []
    both = {spec.name for spec in model.specs if spec.both}
    against = [name for name in model.unknown if name not in both]
    for_accounts = [name for name in model.unknown if name in both]
    if against:
        said.append(_unheard(against, model, ", only in its family's tail"))
    if for_accounts:
        said.append(_unheard(for_accounts, model, ""))
    if model.lacking:
        said.append(
            f"the model knows {_listed(model.lacking)}, which this version does not compute: "
            "missing for every account"
        )
    if case.chance is None:
        said.append(
            "an earlier version trained the model: it does not say how rare own and ring together "
            "are, so p-values are measured on these logs; train the model anew"
        )
    return said


def _unheard(unknown: Sequence[str], model: ProxyModel, instead: str) -> str:
    """What a run says of columns without a say in the score, and what the prior's have instead."""
    prior = all(name in model.names for name in unknown)
    what, anew = ("prior", "teach the prior") if prior else ("model", "train the model")
    also = instead if prior else ""
    return (
        f"the {what} does not know {_listed(unknown)}: no say in the score{also}; "
        f"{anew} anew to use what is new"
    )


def _listed(names: Sequence[str]) -> str:
    first = ", ".join(printable(name) for name in names[:_NAMED])
    more = ", …" if len(names) > _NAMED else ""
    return f"{len(names)} {'feature' if len(names) == 1 else 'features'} ({first}{more})"
