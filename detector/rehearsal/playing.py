"""A rehearsal from its first event to its last."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from detector.cases.deciding.opened import members_of
from detector.cases.leaving.labels import labels_of, write_labels
from detector.cases.measuring.judged import golden_lower
from detector.cases.record.store import SYSTEM, Store, Writing
from detector.cases.runs.draws import keyed
from detector.cases.runs.intake import sync_folder
from detector.cases.showing.rehearsing import Truth as Told
from detector.cases.showing.rehearsing import begin, end, leave_to_learn
from detector.cases.team import people
from detector.rehearsal import world as worlds
from detector.rehearsal.desk import Desk
from detector.rehearsal.team import COUNSEL, LEAD, OFFICE, Reviewer, Skill, names_of, roles_of
from detector.rehearsal.telling import WeekTold, told
from detector.rehearsal.truth import Truth
from detector.rehearsal.week import Staff, work
from detector.rehearsal.world import World

_WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Script:
    """What is rehearsed.

    Attributes
    ----------
    weeks, team
        How many weeks, and how many reviewers beside the lead.
    skill
        How often each of them is right.
    seed
        Of the world and of all that is drawn: the same seed gives the same rehearsal.
    trainee, share
        Who finds a share of the cases open to judge; nobody where there is no name.
    """

    weeks: int = 4
    team: int = 3
    skill: Skill = field(default_factory=lambda: Skill(0.9))
    seed: int = 0
    trainee: str | None = None
    share: float = 0.25


@dataclass(frozen=True)
class Played:
    """What a rehearsal was: its weeks, the run that it ended with, and the cases left to learn."""

    weeks: tuple[WeekTold, ...]
    last_run: Path
    to_learn: tuple[str, ...]


def rehearse(
    folder: Path,
    script: Script,
    make: Callable[[Path], World],
    facts: Mapping[str, object],
    progress: Callable[[str, float], None] | None = None,
) -> Played:
    """Let a team review a world for some weeks, in a folder of cases of its own.

    Parameters
    ----------
    folder
        Of the cases; must not exist, or be empty.
    make
        Makes or copies the world into the folder.
    facts
        What the first event says of the world.
    progress
        Called with a stage and the share done, 0 to 1.

    Raises
    ------
    CasesError
        Where the folder is not empty.
    DataError
        Where the world cannot be read, or is shorter than the weeks.
    """
    names_of(script.team)
    with Store.create(folder) as store:
        try:
            world = make(folder)
            moments = worlds.mondays(world, script.weeks)
            truth = Truth.of(world.truth)
        except BaseException:
            shutil.rmtree(folder)  # nothing is in it but what this made: the next try finds none
            raise
        desk = Desk(store, truth, moments[0], set())
        staff = _begun(store, script, facts, moments[0])
        weeks: list[WeekTold] = []
        run = folder
        for number, run in enumerate(worlds.scored(world, moments, script.seed), 1):
            weeks.append(_a_week(desk, staff, script, world, run, number, moments[number - 1]))
            if progress is not None:
                progress("week", number / script.weeks)
        return Played(tuple(weeks), run, _ended(desk, moments[-1] + _WEEK))


def _begun(store: Store, script: Script, facts: Mapping[str, object], now: datetime) -> Staff:
    with store.writing(now) as tx:
        begin(tx, facts)
        keyed(tx, hashlib.sha256(f"rehearsal {script.seed}".encode()).digest())
        for name, roles in roles_of(script.team).items():
            people.add(tx, SYSTEM, name, roles)
        if script.trainee is not None:
            people.add(tx, SYSTEM, script.trainee, ["reviewer"])
        return _staff(tx, script)


def _staff(tx: Writing, script: Script) -> Staff:
    def one(name: str) -> Reviewer:
        return Reviewer(people.actor_of(tx.connection, name), script.skill, script.seed)

    reviewers = [one(name) for name in names_of(script.team)]
    office = people.actor_of(tx.connection, OFFICE)
    return Staff(reviewers, one(LEAD), office, one(COUNSEL), script.seed)


def _a_week(
    desk: Desk, staff: Staff, script: Script, world: World, run: Path, number: int,
    begin: datetime,
) -> WeekTold:  # fmt: skip
    desk.until(begin)
    sync_folder(desk.store, run, desk.now)
    if script.trainee is not None:
        _keep(desk, round(1 / script.share))
    happened = work(desk, staff, begin)
    with desk.store.reading() as connection:
        labels = labels_of(connection, golden_lower, for_rehearsal=True)
        week = told(connection, desk.truth, labels, happened, week=number, begin=begin,
                    now=desk.now, kept=desk.kept)  # fmt: skip
    write_labels(world.logs, "labels", labels, SYSTEM)
    return week


def _keep(desk: Desk, every: int) -> None:
    """Keep the first and every so many-th case that was ever opened from the team."""
    rows = desk.rows("SELECT case_id FROM cases WHERE queue IS NOT 'policy' ORDER BY case_id")
    untouched = set(desk.waiting("new")) | desk.kept
    desk.kept |= {row["case_id"] for row in rows[::every] if row["case_id"] in untouched}


def _ended(desk: Desk, now: datetime) -> tuple[str, ...]:
    """End it; what was kept and is still open is left to learn on, with its truth."""
    desk.until(now)
    left = []
    for row in desk.rows("SELECT case_id FROM cases WHERE state = 'new' ORDER BY case_id"):
        if row["case_id"] not in desk.kept:
            continue
        with desk.turn() as tx:
            members = sorted(members_of(tx, row["case_id"]))
            words = {account: desk.truth.of_account(account) for account in members}
            leave_to_learn(tx, row["case_id"], Told(desk.truth.of_case(members), words))
        left.append(row["case_id"])
    with desk.turn() as tx:
        end(tx)
    desk.store.fold()
    return tuple(left)
