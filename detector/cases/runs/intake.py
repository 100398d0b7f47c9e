"""Runs taken in: their candidates become cases, or go on in those there are, in one transaction.

A run is taken once, by the hash of its tables. Whatever order runs come in, the newest says what
is in a queue now; an older one adds what was seen then (see `backfill`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from detector.cases.record.moments import text_of
from detector.cases.record.store import Store, Writing
from detector.cases.runs.backfill import take_older
from detector.cases.runs.draws import key_of
from detector.cases.runs.entries import This
from detector.cases.runs.known import candidates_of
from detector.cases.runs.sampling import Draw, draws
from detector.cases.runs.suppressed import standing
from detector.cases.runs.taking import Taken, Taking, of_week
from detector.cases.settings import read_settings
from detector.cases.showing.rehearsing import refuse_run
from detector.errors import DataError
from detector.results import Results
from detector.results.published import signature_of
from detector.results.reviewed import read_reviewed
from detector.results.run import read_run

_HASHED: Final = ("scores", "rings", "policy")


def sync_folder(store: Store, out: Path | str, now: datetime) -> Taken:
    """Take the run in a folder; nothing where it was taken before.

    Raises
    ------
    DataError
        Where the folder is no run, a table cannot be read, or it was replaced meanwhile; nothing
        is taken then.
    """
    folder = Path(out)
    try:
        before = signature_of(folder)
        sha256 = hash_of(folder)
        with store.reading() as connection:
            row = connection.execute("SELECT run FROM runs WHERE sha256 = ?", (sha256,)).fetchone()
            if row is None:
                refuse_run(connection)
        if row is not None:
            return Taken(row["run"], already=True)
        results = read_reviewed(folder)
        chosen = _drawn(store, results, now)
        if chosen:
            results = read_reviewed(folder, [one.account_id for one in chosen])
        if signature_of(folder) != before:
            raise DataError(f"{folder} was replaced by a newer run while it was read; try again")
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(
            f"the run in '{folder}' cannot be read ({type(error).__name__}); nothing was taken. "
            "Score again, and sync after that"
        ) from error
    with store.writing(now) as tx:
        return take_run(tx, results, sha256, chosen)


def in_order(folders: Iterable[Path]) -> list[Path]:
    """Folders of runs by their as-of: taken so, nothing has to be made anew.

    Raises
    ------
    DataError
        Where one of them is no run.
    """
    return sorted(folders, key=lambda folder: read_run(folder).as_of)


def hash_of(folder: Path) -> str:
    """The hash of a run: its scores, rings and lane L's rows."""
    whole = hashlib.sha256()
    for name in _HASHED:
        path = folder / f"{name}.parquet"
        if path.is_file():
            with path.open("rb") as handle:
                whole.update(hashlib.file_digest(handle, "sha256").digest())
    return whole.hexdigest()


def _drawn(store: Store, results: Results, now: datetime) -> Sequence[Draw]:
    """The week's sample, where no run of the week has drawn one."""
    with store.writing(now) as tx:
        newest = tx.one("SELECT max(as_of) AS as_of FROM runs")
        if newest is not None and (newest["as_of"] or "") > text_of(results.run.as_of):
            return ()
        counts = of_week(tx, results.run.as_of)
        if any(told["counts"].get("samples") for told in counts):
            return ()
        rows = tx.all("SELECT DISTINCT account_id FROM case_accounts")
        known = {row["account_id"] for row in rows} | standing(tx.connection, tx.at).accounts()
        for one in candidates_of(results)[0]:
            known |= one.accounts
        return draws(results, key_of(tx), read_settings(tx.connection), known)


def take_run(tx: Writing, results: Results, sha256: str, drawn: Sequence[Draw] = ()) -> Taken:
    """Take a run into the cases.

    Parameters
    ----------
    results
        With all that is to be kept of whoever is in a queue, in a ring with one, or drawn.
    sha256
        By which it is known again.
    drawn
        The week's sample.
    """
    row = tx.one("SELECT run FROM runs WHERE sha256 = ?", sha256)
    if row is not None:
        return Taken(row["run"], already=True)
    last = tx.one("SELECT max(run) AS run, max(as_of) AS as_of FROM runs")
    as_of = text_of(results.run.as_of)
    this = This(
        1 + int((last["run"] if last else None) or 0), as_of, results.run.model_id,
        older=bool(last and last["as_of"] and last["as_of"] > as_of),
    )  # fmt: skip
    taking = Taking(tx, results, this)
    if this.older:
        take_older(taking)
    else:
        taking.take(drawn)
    return taking.recorded(sha256)
