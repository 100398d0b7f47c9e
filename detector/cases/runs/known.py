"""The cases that a run may be about, looked up by the accounts of its candidates."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

import polars as pl

from detector.cases.record.store import Writing, as_json
from detector.cases.runs.planning import Accounts, Candidate, Known
from detector.cases.runs.suppressed import Identifier
from detector.dossier import STOLEN, CaseKey, case_keys
from detector.results import Results


def candidates_of(results: Results) -> tuple[list[Candidate], Mapping[str, CaseKey]]:
    """The candidates of a run in the order of its queues, and their keys by name."""
    keys = case_keys(results)
    queued = set(results.scores.filter(pl.col("queue").cast(pl.String) != "none")["account_id"])
    rings = _rings(results, {key.ring_id for key in keys if key.ring_id is not None})
    typologies = dict(results.scores.select("account_id", "typology").iter_rows())
    shared = _shared(results, rings)
    found = []
    for key in keys:
        accounts = rings.get(key.ring_id or "") or frozenset({key.lead_id})
        found.append(Candidate(
            key.lead_id, key.queue, accounts, accounts & queued,
            STOLEN if key.queue == "victim" else typologies.get(key.lead_id),
            shared.get(key.ring_id or "", frozenset()),
        ))  # fmt: skip
    return found, {key.lead_id: key for key in keys}


def _rings(results: Results, names: set[str]) -> dict[str, Accounts]:
    """Accounts of rings as `detector.dossier` takes them."""
    scored = results.scores.select("account_id", "ring_id")
    told = results.rings.filter(pl.col("ring_id").is_in(sorted(names)))
    there = set(scored["account_id"])
    found = {row["ring_id"]: frozenset(row["account_ids"] or ()) & there
             for row in told.select("ring_id", "account_ids").iter_rows(named=True)}  # fmt: skip
    mine = scored.filter(pl.col("ring_id").is_in(sorted(names - found.keys())))
    rest = mine.group_by("ring_id").agg("account_id")
    return found | {name: frozenset(ids) for name, ids in rest.iter_rows()}


def _shared(results: Results, rings: Mapping[str, Accounts]) -> Mapping[str, frozenset[Identifier]]:
    """By ring, the identifiers that two of its accounts show."""
    pairs = [(name, account) for name in sorted(rings) for account in sorted(rings[name])]
    schema = {"ring_id": pl.String(), "account_id": pl.String()}
    members = pl.DataFrame(pairs, schema=schema, orient="row")
    rows = (
        members.join(results.links.select("account_id", "kind", "value"), on="account_id")
        .group_by("ring_id", "kind", "value")
        .agg(holders=pl.col("account_id").n_unique())
        .filter(pl.col("holders") > 1)
    )
    found: dict[str, set[Identifier]] = {}
    for ring, kind, value, _ in rows.iter_rows():
        found.setdefault(ring, set()).add((kind, value))
    return {ring: frozenset(held) for ring, held in found.items()}


_CASES = """
SELECT case_id, state, kind FROM cases WHERE state NOT IN ('merged', 'erased')
AND ifnull(kind, '') NOT IN ('golden', 'training') AND case_id IN (
    SELECT case_id FROM case_accounts WHERE account_id IN (SELECT value FROM json_each(?1))
    AND (left_run IS NULL OR ?2))
"""
_TOUCHED = """
SELECT DISTINCT case_id FROM events WHERE case_id IN (SELECT value FROM json_each(?))
AND person <> 'enduse'
"""
_JUDGED = """
SELECT DISTINCT case_id FROM judgements WHERE case_id IN (SELECT value FROM json_each(?))
"""
_SETTLED = """
SELECT case_id, outcome FROM settlements WHERE case_id IN (SELECT value FROM json_each(?))
AND superseded_by IS NULL ORDER BY settlement_id
"""
_ACCOUNTS = """
SELECT case_id, account_id FROM case_accounts WHERE left_run IS NULL
AND case_id IN (SELECT value FROM json_each(?))
"""


def known_of(tx: Writing, accounts: Iterable[str], *, ever: bool = False) -> dict[str, Known]:
    """Cases that hold one of these accounts, other than golden, merged and erased ones.

    With ``ever`` also those that held one and no longer do.
    """
    rows = tx.all(_CASES, as_json(sorted(set(accounts))), ever)
    ids = as_json(sorted(row["case_id"] for row in rows))
    touched = {row["case_id"] for row in tx.all(_TOUCHED, ids)}
    judged = {row["case_id"] for row in tx.all(_JUDGED, ids)}
    settled = {row["case_id"]: row["outcome"] for row in tx.all(_SETTLED, ids)}
    members: dict[str, set[str]] = {}
    for row in tx.all(_ACCOUNTS, ids):
        members.setdefault(row["case_id"], set()).add(row["account_id"])
    return {
        row["case_id"]: Known(
            row["case_id"], row["state"], frozenset(members.get(row["case_id"], ())),
            settled.get(row["case_id"]), _is_touched(row, touched), row["case_id"] in judged,
        )
        for row in rows
    }  # fmt: skip


def _is_touched(row: sqlite3.Row, touched: set[str]) -> bool:
    """Whether a person did something with it; a sample is drawn, so it is never joined unasked."""
    return row["case_id"] in touched or row["state"] != "new" or row["kind"] == "sample"


def asked_of(connection: sqlite3.Connection) -> frozenset[frozenset[str]]:
    """Pairs of cases of which a lead was asked whether they are one, and did not say so."""
    rows = connection.execute(
        "SELECT case_id, other_id FROM proposals WHERE kind = 'merge' "
        "AND state IN ('open', 'declined')"
    )
    return frozenset(frozenset((row["case_id"], row["other_id"])) for row in rows)
