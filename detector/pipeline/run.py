"""One run: prepare, score, rings and cases, queues, lanes, record; written once, on any engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Final

import polars as pl

from detector import policy
from detector.errors import ModelError
from detector.modelfolder import UNTAUGHT
from detector.pipeline import training
from detector.pipeline.binding import notes
from detector.pipeline.card import drift, model_record, training_card
from detector.pipeline.chance import by_chance
from detector.pipeline.engine import Engine, LocalEngine
from detector.pipeline.findings import in_words
from detector.pipeline.followups import follow_ups
from detector.pipeline.holders import holders_of
from detector.pipeline.lists import entries_of, lists_of_source
from detector.pipeline.prepare import Prepared, Stages
from detector.pipeline.record import Told, run_record, timelines
from detector.pipeline.scoring import PLACES, Assessed, assembled, score_rings
from detector.pipeline.screening import HiddenScreener, Screener, screener
from detector.pipeline.training import Trained
from detector.pipeline.watching import drift_since, watch
from detector.pipeline.week import since
from detector.policy.lane import Findings, Known, Lane, leads_of, policy_of, ran
from detector.policy.packs import load_packs
from detector.results import Results
from detector.sources import Source
from features.blocks import each, of_each
from features.rollups import Rollups
from features.tables import SEEN_WHOLE, TABLES
from models.account.case import CaseModel
from models.account.chance import Chance
from models.account.prior import Prior
from models.account.said import RawViews
from models.account.view import FOREST, VIEWS, ViewMaker
from models.errors import ModelFormatError

#: What an own column adds to a prior's log odds for each tenfold in which its value is rarer
#: than peers': about the most that a p-value of 0.01 can say (Sellke, Bayarri and Berger,
#: "Calibration of p values for testing precise null hypotheses", The American Statistician 2001).
OWN_WEIGHT: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What every run is asked, in plain values: a service hands them to its worker.

    Attributes
    ----------
    seed
        Of what is learnt, where nothing was learnt before.
    alpha
        Largest tail p-value of the proxy queue.
    threads
        Of the forest; the scores are the same bits on any number.
    prior
        Taught leaf values to use; default: what was learnt, else what ships.
    policy_packs
        Folder of packs that replace those that ship; see ``detector.policy.packs``.
    policy_list_days
        Age in days from which a list clears nobody.
    """

    seed: int = 0
    alpha: float = 0.01
    threads: int = 1
    prior: str | None = None
    policy_packs: str | None = None
    policy_list_days: int = 14


@dataclass(frozen=True, kw_only=True)
class Asked(Terms):
    """What a run is asked: its terms, and what no other process can be handed.

    Attributes
    ----------
    as_of
        What is dated at or after it is invisible; default: that of the source.
    previous
        An earlier run, to keep ring ids and to name changes.
    lanes
        What is asked beside behaviour; default: all that `detector.policy.LANES` names.
    view
        What scores the rows of a model that is trained here; see `models.account.view`.
    priors
        Taught priors of a model that is trained here; None: those that ship.
    own_weight
        What columns of one's own add to their log odds; see `training.own_say`.
    """

    as_of: datetime | None = None
    previous: Results | None = None
    lanes: Sequence[Lane] = field(default_factory=lambda: policy.LANES)
    view: ViewMaker = VIEWS[FOREST]
    priors: Mapping[str, Prior] | None = None
    own_weight: float = OWN_WEIGHT


@dataclass(frozen=True)
class Scorer:
    """The models of a run: all that was trained, the prior that scores, and what it scores by."""

    trained: Trained
    prior: str
    case: CaseModel
    learnt_here: bool


def score_source(
    source: Source, model: Trained | None, asked: Asked, engine: Engine, stages: Stages
) -> Results:
    """Score every account and ring of a source; without a model, train on it first.

    Raises
    ------
    DataError
        Where the source cannot be scored.
    ModelError
        Where the model does not fit this version's features.
    """
    prepared = engine.prepare(source, asked.as_of, stages)
    trained = model
    if trained is None:
        with stages.stage("train", 0.75):
            trained = train(prepared, asked)
    with stages.stage("score", 0.85):
        scorer = choose(trained, prepared, asked, learnt_here=model is None)
        found = ask_lanes(source, prepared, asked)
        known = trained.raw if scorer.learnt_here else None
        assessed = assess(scorer.case, prepared, asked, engine, found, known)
    # What views say of each account is not asked for again.
    scorer = replace(scorer, trained=replace(trained, raw=None))
    del trained, known
    with stages.stage("explain", 0.95):
        blocks, rings = assembled(prepared, assessed, engine.explainer())
        table = prepared.keep(blocks)
        # All that is said of each account stands in the table now.
        chance = assessed.scored.chance
        del assessed, blocks
        scores = of_each(table, lambda block: block.select(PLACES))
        table = prepared.keep(in_words(prepared, table))
        lines = timelines(prepared.rollups, scores)
        lists, listed = follow_ups(prepared, scorer.case.accounts, scores)
        held = holders_of(source, prepared.rollups, scores)
    (law, law_told), (leads, leads_told) = policy_of(found), leads_of(found)
    told = replace(
        _told(scorer, prepared, scores, asked, engine, chance),
        followups=listed, policy=law_told, evidence=leads_told, lanes=ran(found),
    )  # fmt: skip
    record = run_record(source, prepared, scores, rings, stages, told)
    features, before = prepared.table, asked.previous
    # What ties accounts need not be held beside the whole score table where nobody asks for it.
    changed = None if before is None else partial(since, before, population=prepared.population)
    del prepared, scores
    results = Results(
        pl.concat(each(table)), rings, features, source.quarantine, lines, record, lists, law,
        leads, held.facts, held.identity, held.links,
    )  # fmt: skip
    return results if changed is None else changed(results)


def train(prepared: Prepared, asked: Asked) -> Trained:
    """Train with priors, unless they are not asked for or have no leaves to teach.

    Raises
    ------
    ModelError
        Where a prior does not fit, or a view cannot be made of these rows.
    """
    plain_only = asked.prior == UNTAUGHT or asked.view.kind != FOREST
    priors = {} if plain_only else asked.priors
    try:
        trained = training.train(
            prepared, seed=asked.seed, threads=asked.threads, view=asked.view,
            priors=training.shipped_priors() if priors is None else priors,
            own_weight=asked.own_weight,
        )  # fmt: skip
        plain = trained.cases[UNTAUGHT].accounts
        return replace(trained, card=training_card(prepared, plain))
    except (ModelFormatError, ValueError) as error:
        raise ModelError(str(error)) from error


def choose(
    trained: Trained, prepared: Prepared, asked: Asked, *, learnt_here: bool = False
) -> Scorer:
    """The models that score.

    Raises
    ------
    ModelError
        Where they do not fit this version's features.
    """
    name = trained.choose(asked.prior)
    try:
        case = trained.case(name, prepared, asked.threads)
    except (ModelFormatError, ValueError) as error:
        raise ModelError(str(error)) from error
    return Scorer(trained, name, case, learnt_here)


def assess(
    case: CaseModel,
    prepared: Prepared,
    asked: Asked,
    engine: Engine | None = None,
    findings: Sequence[Findings] = (),
    known: RawViews | None = None,
) -> Assessed:
    """What the models say of accounts and rings, and what else decides on queues.

    ``known`` is what some of their views have said of these accounts before.

    Raises
    ------
    ModelError
        Where the model cannot score this population.
    """
    worker = engine or LocalEngine()
    try:
        accounts = worker.score(case.accounts, prepared, asked.threads, known)
    except (ModelFormatError, ValueError) as error:
        raise ModelError(str(error)) from error
    scored = score_rings(case, prepared, accounts)
    return Assessed(scored, asked.alpha, asked.previous, findings)


def ask_lanes(source: Source, prepared: Prepared, asked: Asked) -> list[Findings]:
    """What each lane finds.

    Raises
    ------
    PackError
        Where a policy pack is none.
    """
    if not asked.lanes:
        return []
    known = known_to_lanes(source, prepared.rollups, prepared.table["account_id"], asked)
    found = [lane(known) for lane in asked.lanes]
    if isinstance(known.screen, Screener | HiddenScreener):
        known.screen.keep()
    return found


def known_to_lanes(source: Source, rollups: Rollups, accounts: pl.Series, asked: Asked) -> Known:
    """The tables of a source as they were known at as-of, the rules, and the lists."""
    as_of, present = rollups.as_of, frozenset(source.tables())
    lists = lists_of_source(source)

    @cache
    def table(name: str) -> pl.DataFrame:
        if name in SEEN_WHOLE:
            # A state keeps no row of these.
            raise LookupError(f"the table {name} grows: a lane reads its sums in known.rollups")
        record = TABLES[name]
        parts = source.parts(name) if name in present else []
        known = [record.known(rows, as_of) for rows in parts]
        return pl.concat([record.schema.create_empty(), *known])

    screens = screener(source, entries_of(lists), as_of.date())
    return Known(
        as_of, present, accounts, rollups, table,
        packs=load_packs(None if asked.policy_packs is None else Path(asked.policy_packs)),
        lists=lists, list_days=asked.policy_list_days,
        screen=screens, compare=screens.compare, unseen=screens.unseen,
    )  # fmt: skip


def _told(
    scorer: Scorer,
    prepared: Prepared,
    scores: pl.DataFrame,
    asked: Asked,
    engine: Engine,
    chance: Chance,
) -> Told:
    accounts = scorer.case.accounts
    moved = (
        drift_since(asked.previous, prepared.values, prepared.registry)
        if scorer.learnt_here
        else drift(accounts, prepared)
    )
    return Told(
        engine=engine.name, seed=asked.seed, alpha=asked.alpha, threads=asked.threads,
        model_id=accounts.model_id,
        model=model_record(
            scorer.trained, accounts, prior=scorer.prior, learnt_here=scorer.learnt_here
        ),
        drift=moved,
        watched=watch(scorer.trained, prepared, scores, asked.previous, asked.threads),
        chance=by_chance(
            scores, chance, asked.alpha, own_logs=_own_logs(scorer, prepared)
        ),
        notes=notes(scorer.case),
    )  # fmt: skip


def _own_logs(scorer: Scorer, prepared: Prepared) -> bool:
    """Whether p-values are measured on the very accounts that are scored."""
    card, known = scorer.trained.card, scorer.case.chance is not None
    again = card is not None and card.window_end == prepared.rollups.as_of.isoformat()
    return scorer.learnt_here or again or not known or scorer.prior not in scorer.trained.cases
