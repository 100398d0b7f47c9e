"""Models of a population: the label-free one, and the same with a taught prior."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from html import escape
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector import modelfolder
from detector.errors import DataError, ModelError, UsageError
from detector.modelfolder import LEARNT, UNTAUGHT
from detector.pipeline.binding import as_it_reads, bound, specs
from detector.pipeline.chance import reference
from detector.pipeline.ownview import own_view
from detector.pipeline.prepare import Prepared
from detector.results import Run
from detector.words import NONE, plural, visible
from features.build import REGISTRY
from models.account.case import CaseModel
from models.account.columns import check_known, own_families
from models.account.fitting import fit_model, grow_model, measured, with_joint
from models.account.learnt import NEVER, Learnt
from models.account.model import ProxyModel
from models.account.prior import Prior, TaughtWorld
from models.account.rings import SHAPE_FEATURES, Cases, RingModel, ring_rows
from models.account.said import RawViews
from models.account.scores import AccountScores
from models.account.view import FOREST, VIEWS, ViewMaker
from models.errors import ModelFormatError
from models.files.card import ModelCard
from models.files.prior import load_prior as read_prior
from models.forest.forest import ArrayForest

MIN_ACCOUNTS: Final = 2
# The prior that ships with the product, taught on simulated worlds of the dev ranges.
SHIPPED: Final = "simulated"
SHIPPED_FOLDER: Final = Path(__file__).resolve().parent.parent / "priors"


@dataclass(frozen=True, repr=False)
class Trained:
    """A trained population: case models by prior name, ``none`` (label-free) always there.

    ``later`` holds priors taught after training: the tails of these are measured on the logs
    that are scored. ``card`` says what the population was; None where nobody wrote it down.
    ``frozen`` is where the first model of its folder stands, to be compared with. ``raw`` is what
    the label-free views say of the accounts it learnt from, for a run that scores these at once.
    ``learnt_from`` are digests (``digests_of``) of the accounts it learnt from, None where they
    were not kept.
    """

    cases: Mapping[str, CaseModel]
    later: Mapping[str, Prior] = field(default_factory=dict)
    card: ModelCard | None = None
    frozen: Path | None = None
    learnt_from: modelfolder.Digests | None = None
    raw: RawViews | None = None

    def __repr__(self) -> str:
        """One line: its id, what it learnt from, by what it scores, and its priors."""
        card, priors = self.card, [name for name in (*self.cases, *self.later) if name != UNTAUGHT]
        learnt = "" if card is None else f" of {card.accounts} accounts to {card.window_end[:10]}"
        columns = "column" if len(self.added) == 1 else "columns"
        own = f", {len(self.added)} {columns} of your own" if self.added else ""
        return (
            f"<Trained {self.model_id}{learnt}: view '{self.view}', "
            f"priors {', '.join(priors) or 'none'}{own}>"
        )

    def _repr_html_(self) -> str:
        """What a notebook shows: what it is, and what it was made from."""
        card, accounts = self.card, self.cases[UNTAUGHT].accounts
        facts = {
            "Model": self.model_id,
            "View": self.view,
            "Priors": ", ".join(name for name in (*self.cases, *self.later) if name != UNTAUGHT),
            "Features": f"{len(accounts.specs)} in {len(accounts.families)} families",
            "Your own": ", ".join(self.added),
            "Learnt from": "" if card is None else f"{card.accounts - card.excluded} accounts",
            "Time": "" if card is None else f"{card.window_start[:10]} to {card.window_end[:10]}",
        }
        rows = "".join(
            f"<tr><th>{name}</th><td>{escape(visible(said) or NONE)}</td></tr>"
            for name, said in facts.items()
        )
        return f"<table><tbody>{rows}</tbody></table>"

    @property
    def added(self) -> tuple[str, ...]:
        """Columns that do not ship with the features; whoever scores has to give them again."""
        return self.cases[UNTAUGHT].accounts.added

    @property
    def model_id(self) -> str:
        """Identity of the accounts' model that scores without a word about priors."""
        return self.cases[_first_of(self.cases, self.cases)].accounts.model_id

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
            return _first_of(self.cases, known)
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
        """The case model of a prior that ``choose`` named, as it reads prepared columns.

        Raises
        ------
        ModelFormatError
            Where it does not fit them.
        """
        if prior in self.cases:
            return bound(self.cases[prior], prepared.registry)
        plain = bound(self.cases[UNTAUGHT], prepared.registry).accounts
        return apply_prior(plain, self.later[prior], prepared, threads)


_NO_PRIOR: Final = (
    "a prior is taught on forests, and the view here is '{view}': leave the prior out, or "
    "give 'none'"
)


def _first_of(cases: Collection[str], known: Collection[str]) -> str:
    """What scores without a word: what was learnt, what ships, what it was trained with."""
    others = [name for name in cases if name != UNTAUGHT]
    return next(name for name in (LEARNT, SHIPPED, *others, UNTAUGHT) if name in known)


def train(
    prepared: Prepared,
    *,
    seed: int,
    threads: int,
    priors: Mapping[str, Prior],
    view: ViewMaker = ArrayForest,
    own_weight: float = 0.0,
) -> Trained:
    """Learn what is usual in a population, and take taught priors' tails over it.

    ``own_weight`` is what columns of one's own add to the log odds of priors, which cannot know
    them: see `own_say`.

    Raises
    ------
    DataError
        Where there are too few accounts to compare.
    ModelFormatError
        Where a prior and this version mean different things by a feature.
    """
    if prepared.table.height < MIN_ACCOUNTS:
        raise DataError(
            f"{plural(prepared.table.height, 'account', 'accounts')} to learn from, and at least "
            f"{MIN_ACCOUNTS} are needed to compare: look at a later as-of or at more logs, or "
            "score with a model that was trained on others"
        )
    grown = grow_model(
        prepared.values, specs(prepared.registry), prepared.peers, view=view,
        groups=prepared.groups, exclude=prepared.excluded, seed=seed,
    )  # fmt: skip
    raw = grown.raw_views(grown.own(prepared.values), prepared.peers, threads)
    plain = measured(grown, raw, prepared.peers, groups=prepared.groups, exclude=prepared.excluded)
    cases = {UNTAUGHT: with_rings(plain, prepared, None, threads, raw)}
    for name, prior in priors.items():
        say = own_say(plain, own_weight)
        cases[name] = apply_prior(plain, prior, prepared, threads, raw, say)
    return Trained(cases, raw=raw)


def apply_prior(
    plain: ProxyModel,
    prior: Prior,
    prepared: Prepared,
    threads: int,
    known: RawViews | None = None,
    learnt: Learnt | None = None,
) -> CaseModel:
    """Put a prior's taught forests into a population's model.

    The prior reads the features that it knows. A new one has no say in the accounts' log odds;
    its family's own view, trained on these logs, knows it.
    """
    check_known(prior.sides(plain.specs), plain.specs, "prior")
    taught = with_joint(
        plain, prior.accounts, prior.features, prepared.values, prepared.peers, taught=True,
        groups=prepared.groups, exclude=prepared.excluded, threads=threads, known=known,
        learnt=learnt,
    )  # fmt: skip
    return with_rings(taught, prepared, prior.rings, threads, known)


def own_say(plain: ProxyModel, weight: float) -> Learnt | None:
    """What families of own columns add to a prior's log odds; None where nothing does.

    They add ``weight`` for each tenfold in which an account's values are rarer than its peers'.
    """
    mine = own_families(plain.specs)
    if weight == 0.0 or not mine.any():
        return None
    return Learnt(np.where(mine, weight, 0.0), NEVER)


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
        prepared.values, specs(prepared.registry), prepared.peers,
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
    trained = load_open(path, VIEWS)
    return replace(trained, cases={k: bound(v, REGISTRY) for k, v in trained.cases.items()})


def load_open(path: Path, views: Mapping[str, ViewMaker]) -> Trained:
    """Read a model folder that may read columns of one's own, or be of a view of one's own.

    What it was trained with and this version has is bound; its own columns are asked for when
    it scores.

    Raises
    ------
    ModelFormatError
        Where anything does not fit.
    """
    stored = modelfolder.read(path, views)
    cases = {name: as_it_reads(case) for name, case in stored.cases.items()}
    return Trained(cases, stored.later, stored.card, stored.frozen, stored.learnt_from)


def digests_of(ids: Collection[str], trained: Trained) -> modelfolder.Digests:
    """Four bytes for each account id, keyed by the label-free model they are kept for.

    Two of a million accounts are taken for one another about once in four thousand; whoever
    holds an id can ask whether it was learnt from, so they are guarded as the model is.
    """
    key = trained.cases[UNTAUGHT].accounts.model_id.encode()
    told = b"".join(blake2b(one.encode(), digest_size=4, key=key).digest() for one in ids)
    return np.frombuffer(told, dtype="<i4").astype(np.int32)


def with_learnt_from(trained: Trained, prepared: Prepared) -> Trained:
    """Note which accounts a model learnt from; those that were left out are not among them.

    What it says of them is let go: it may score others.
    """
    ids = prepared.table["account_id"].filter(pl.Series(~prepared.excluded))
    return replace(trained, learnt_from=np.unique(digests_of(ids.to_list(), trained)), raw=None)


def check_view(view: str | ViewMaker | None, model: Trained | None, prior: object) -> ViewMaker:
    """The maker of the view to train, or that a model has.

    Raises
    ------
    UsageError
        Where there is no such view, the model has another, or a prior is asked of one that
        has no leaves.
    """
    if isinstance(view, str) and view not in VIEWS:
        raise UsageError(f"there is no view {view!r}; choose one of {', '.join(VIEWS)}")
    maker = VIEWS[view or FOREST] if view is None or isinstance(view, str) else own_view(view)
    kind = maker.kind if model is None or view is not None else model.view
    if model is not None and kind != model.view:
        raise UsageError(
            f"the model's view is '{model.view}', not '{kind}': leave the view out, or "
            f"train a model with view {kind}"
        )
    if kind != FOREST and prior not in (None, UNTAUGHT):
        raise UsageError(_NO_PRIOR.format(view=kind))
    return maker
