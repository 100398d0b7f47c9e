"""What lane L asked, for ``run.json``: rules, lists, and what was asked of nobody and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from detector.policy.lane import Known
from detector.policy.law import flags
from detector.policy.law.judging import counts, with_quiet
from detector.policy.law.listed import gaps, holding, stale, unseen
from detector.policy.lists import Lists, in_force
from detector.policy.packs.shape import EndUseRule, ListRule, OwnershipRule, ProposalRule, Rule
from detector.policy.packs.telling import doubts
from detector.results.lawqueue import SILENCED
from detector.results.runparts import RunList, RunPolicy
from features.tables import names

_MOST: Final = 100


def policy_told(known: Known, rows: pl.DataFrame, screened: int, quiet: pl.DataFrame) -> RunPolicy:
    """The record of a run's lane L.

    Parameters
    ----------
    screened
        How many names were.
    quiet
        ``rule``, ``condition`` and how many accounts (``len``) rules about everybody left
        without a row.
    """
    day = known.as_of.date()
    unasked = dict(not_asked(known))
    everybody = dict(_of_everybody(known, unasked))
    lists = known.lists
    return RunPolicy(
        packs=known.packs.hashes(),
        unverified=tuple(
            f"{doubt['pack']}: {doubt['fact']} ({doubt['source']})"
            for doubt in doubts(known.packs, known.as_of)[:_MOST]
        ),
        lists=() if lists is None else tuple(_files(lists, known)),
        refused=() if lists is None else tuple(one.sentence for one in lists.refused),
        stale=() if lists is None else (*stale(lists, day, known.list_days), *unseen(known)),
        names=screened,
        counts=with_quiet(counts(rows, known.accounts.len(), everybody), quiet, known),
        not_asked=unasked,
        silenced=rows.filter(SILENCED).height,
    )


def _files(lists: Lists, known: Known) -> Iterator[RunList]:
    day = known.as_of.date()
    held = (
        lists.entries.filter(in_force(day)).group_by("file", "source").len().sort("file", "source")
    )
    for file in lists.files:
        rows = held.filter(pl.col("file") == file.name).select("source", "len")
        yield RunList(
            file=file.name, sha256=file.sha256,
            day=None if file.day is None else file.day.isoformat(),
            age=None if file.day is None else (day - file.day).days,
            publisher=file.publisher, rows=dict(rows.iter_rows()),
        )  # fmt: skip


def not_asked(known: Known) -> Iterator[tuple[str, str]]:
    """Rules that hold and of which nobody was asked, and why."""
    held = set() if known.lists is None else set(holding(known.lists, known.as_of.date()))
    for pack, rule in known.packs.rules():
        if isinstance(rule, ProposalRule) or not pack.state(known.as_of, rule.id).rules:
            continue
        why = _why_not(known, rule, held)
        if why:
            yield rule.id, why


def _why_not(known: Known, rule: Rule, held: set[str]) -> str | None:
    if isinstance(rule, ListRule):
        if known.lists is None:
            return "there is no lists/ in the logs"
        return None if held & set(rule.lists) else "no entry of its list is there"
    if isinstance(rule, OwnershipRule):
        owning = names(lambda table: "owner_name" in table.schema.columns())
        if not known.present.intersection(owning):
            return "no table of owners was sent"
        if rule.owners_on and known.lists is None:
            return "there is no lists/ in the logs to look owners up in"
    if isinstance(rule, EndUseRule) and not flags.asked(rule):
        return "no table shows it; people must ask"
    return None


def _of_everybody(known: Known, unasked: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Rules that ask of every account, and what those are told of whom nothing was found."""
    told = gaps(known)
    for pack, rule in known.packs.rules():
        listed = isinstance(rule, ListRule)
        if listed and rule.id not in unasked and pack.state(known.as_of, rule.id).rules:
            yield rule.id, "unknown" if told else "clear"
