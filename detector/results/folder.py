"""The output folder of a scoring run: its tables, their types, and how they are published.

A score set is all or nothing: it is written beside the target and moved into place whole.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

import polars as pl

from detector.disk import Disk, beside, failure
from detector.errors import DataError, OutputError
from detector.results.groups import write_in_groups
from detector.results.notebook import line, page
from detector.results.run import RUN_FILE, Run, read_run
from detector.results.tables import (
    FACTS_SCHEMA,
    FOLLOWUPS_SCHEMA,
    LEADS_SCHEMA,
    LINKS_SCHEMA,
    POLICY_SCHEMA,
    REQUIRED,
    SCORES_SCHEMA,
    TABLES,
    flat_csv,
)
from detector.results.unshown import unshown
from detector.words import plural


@dataclass(frozen=True, repr=False)
class Results:
    """One scored run: its tables and what was run.

    Columns and types stand in ``docs/tables.md`` and ``detector.results.tables``; of every table
    but ``scores``, ``rings`` and ``run`` an earlier version may have written none.

    Parameters
    ----------
    scores
        One row per account, by rank: ``score`` (0 to 1, larger = more suspicious), ``p_value``
        (0 to 1, smaller = rarer among peers), ``queue``, ``reasons`` that add up with ``base`` to
        ``raw_score``, and what else a case is made of.
    rings
        One row per ring of linked accounts, by rank, with the ties that hold it.
    features
        One row per account: its features in their units, null where missing.
    quarantine
        One row per row that was refused, and why.
    timelines
        One row per account and day with use: TPP-hours and tokens.
    run
        What was run, on what, and what did not run; it may be given as what ``run.json`` holds.
    followups
        Accounts that are like a confirmed case, list by list.
    policy, leads
        What lane L and lane E said, row by row.
    facts, links
        What is told of who holds an account in view, and the identifiers it shares.
    identity
        Names; None where they are not told: from a state under pseudonyms, and in runs of
        earlier versions.
    week
        What changed since the previous run; None where there was none.
    unshown
        What ``detector.results.unshown`` finds; None where ``features`` are those of all accounts,
        so that it can be found from them.

    Examples
    --------
    >>> import polars as pl
    >>> from enduse import Results
    >>> results = Results.read("out")
    >>> results
    <Results: 1,000 accounts, ... rings; queues: ...>
    >>> results.scores.filter(pl.col("rank") == 1).select("rank", "score").schema
    Schema([('rank', Int64), ('score', Float64)])
    """

    scores: pl.DataFrame
    rings: pl.DataFrame
    features: pl.DataFrame
    quarantine: pl.DataFrame
    timelines: pl.DataFrame
    run: Run
    followups: pl.DataFrame = field(default_factory=FOLLOWUPS_SCHEMA.to_frame)
    policy: pl.DataFrame = field(default_factory=POLICY_SCHEMA.to_frame)
    leads: pl.DataFrame = field(default_factory=LEADS_SCHEMA.to_frame)
    facts: pl.DataFrame = field(default_factory=FACTS_SCHEMA.to_frame)
    identity: pl.DataFrame | None = None
    links: pl.DataFrame = field(default_factory=LINKS_SCHEMA.to_frame)
    week: pl.DataFrame | None = None
    unshown: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.run, Run):
            object.__setattr__(self, "run", Run.told(self.run))

    def unshown_of(self, ids: Collection[str]) -> pl.DataFrame:
        """Families that speak for some accounts without a line among their reasons."""
        if self.unshown is not None:
            return self.unshown
        asked = self.scores.filter(pl.col("account_id").is_in(list(ids)))
        return unshown(self.features.lazy(), asked)

    def __repr__(self) -> str:
        """One line: what was scored, and what stands in which queue."""
        return line(self.scores, self.rings, self._asides())

    def _repr_html_(self) -> str:
        """What a notebook shows: accounts by queue, and the first cases."""
        return page(self.scores, self.rings, self._asides())

    def _asides(self) -> list[str]:
        """What nobody sees who looks at the scores alone."""
        counts = (
            (len(self.run.warnings), "warning", "warnings", "run.warnings"),
            (self.quarantine.height, "row aside", "rows aside", "quarantine"),
        )
        return [f"{plural(n, one, many)} (.{where})" for n, one, many, where in counts if n]

    def write(self, out: Path | str, *, csv: bool = False) -> None:
        """Publish the run as a folder, replacing an earlier run there as a whole.

        Parameters
        ----------
        out
            The folder; it is made, with those above it.
        csv
            Write scores and rings as CSV, too.

        Raises
        ------
        OutputError
            Where the folder cannot be written or holds files that are not a run's.
        """
        target, disk = Path(out), Disk()
        try:
            _refuse_foreign(target)
            disk.make_folder(target.parent)
            with beside(target) as staging:
                self._write_tables(disk, staging, csv=csv)
                disk.sync(staging)
                # An earlier run goes only once the new one stands.
                disk.stand_in(staging, target)
        except OSError as error:
            raise OutputError(_unwritable(target, error)) from error

    def _write_tables(self, disk: Disk, folder: Path, *, csv: bool) -> None:
        folder.chmod(0o755)
        for name in TABLES:
            frame: pl.DataFrame | None = getattr(self, name)
            if frame is not None:
                with disk.stream(folder / f"{name}.parquet") as stream:
                    write_in_groups(frame, stream)
        if csv:
            for name in ("scores", "rings"):
                with disk.stream(folder / f"{name}.csv") as stream:
                    flat_csv(getattr(self, name)).write_csv(stream)
        disk.write(folder / RUN_FILE, self.run.to_json().encode())

    @classmethod
    def read(cls, out: Path | str) -> Results:
        """Read a published run.

        Parameters
        ----------
        out
            The folder that ``Results.write`` or ``enduse score`` wrote.

        Raises
        ------
        DataError
            Where the folder is not a run of ``enduse score``.
        """
        folder = Path(out)
        refuse_incomplete(folder)
        tables = {name: pl.read_parquet(folder / f"{name}.parquet") for name in REQUIRED[1:]}
        tables["scores"] = scan_scores(folder).collect()
        return cls(
            **tables, run=read_run(folder), followups=read_followups(folder),
            policy=read_policy(folder), leads=read_leads(folder), week=read_week(folder),
            **read_holders(folder, pl.lit(value=True)),
        )  # fmt: skip


def scan_scores(folder: Path) -> pl.LazyFrame:
    """The scores of a folder; what an earlier version did not tell is null."""
    told = pl.scan_parquet(folder / "scores.parquet", glob=False)
    held = told.collect_schema()
    later = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in SCORES_SCHEMA.items()
             if name not in held]  # fmt: skip
    return told.with_columns(later).select(list(SCORES_SCHEMA)) if later else told


def read_followups(folder: Path) -> pl.DataFrame:
    """The follow-up lists in a folder; none where an earlier version wrote it."""
    return _read_later(folder / "followups.parquet", FOLLOWUPS_SCHEMA)


def read_policy(folder: Path) -> pl.DataFrame:
    """What lane L found in a folder; nothing where an earlier version wrote it."""
    return _read_later(folder / "policy.parquet", POLICY_SCHEMA)


def scan_policy(folder: Path) -> pl.LazyFrame:
    """The same, to be read in part: of a large run most rows are nobody's to look at."""
    return _scan_later(folder / "policy.parquet", POLICY_SCHEMA)


def read_leads(folder: Path) -> pl.DataFrame:
    """What public notices said in a folder; nothing where an earlier version wrote it."""
    return _read_later(folder / "leads.parquet", LEADS_SCHEMA)


def scan_leads(folder: Path) -> pl.LazyFrame:
    """The same, to be read in part: most notices are of no account."""
    return _scan_later(folder / "leads.parquet", LEADS_SCHEMA)


def read_week(folder: Path) -> pl.DataFrame | None:
    """What changed since an earlier run; None where none was compared."""
    path = folder / "week.parquet"
    return pl.read_parquet(path) if path.is_file() else None


class Holders(TypedDict):
    """Facts, names and identifiers of accounts in review; names are None where none are told."""

    facts: pl.DataFrame
    identity: pl.DataFrame | None
    links: pl.DataFrame


def read_holders(folder: Path, wanted: pl.Expr) -> Holders:
    """Wanted rows of ``facts``, ``identity`` (None where no name is told) and ``links``."""
    identity = folder / "identity.parquet"
    return {
        "facts": _scan_later(folder / "facts.parquet", FACTS_SCHEMA).filter(wanted).collect(),
        "identity": (
            pl.scan_parquet(identity, glob=False).filter(wanted).collect()
            if identity.is_file() else None
        ),
        "links": _scan_later(folder / "links.parquet", LINKS_SCHEMA).filter(wanted).collect(),
    }  # fmt: skip


def _read_later(path: Path, schema: pl.Schema) -> pl.DataFrame:
    """A table that runs of earlier versions lack."""
    return pl.read_parquet(path) if path.is_file() else schema.to_frame()


def _scan_later(path: Path, schema: pl.Schema) -> pl.LazyFrame:
    return pl.scan_parquet(path, glob=False) if path.is_file() else schema.to_frame().lazy()


def refuse_incomplete(folder: Path) -> None:
    """Refuse a folder without all that a run has.

    Raises
    ------
    DataError
        Naming what is not there.
    """
    missing = [n for n in (*(f"{t}.parquet" for t in REQUIRED), RUN_FILE)
               if not (folder / n).is_file()]  # fmt: skip
    if missing:
        raise DataError(
            f"'{folder}' is not a results folder: {', '.join(missing)} not found; "
            "expected the folder that `enduse score --out` wrote"
        )


def _refuse_foreign(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"'{target}' is a file; expected a folder to write the results to")
    known = {*(f"{t}.parquet" for t in TABLES), "scores.csv", "rings.csv", RUN_FILE,
             "report.html"}  # fmt: skip
    foreign = sorted(path.name for path in target.iterdir() if path.name not in known)
    if foreign:
        raise OutputError(
            f"'{target}' holds files that are not a run's ({', '.join(foreign[:3])}); "
            "choose an empty or a new folder for --out"
        )


def _unwritable(target: Path, error: OSError) -> str:
    return (
        f"results could not be written to '{target}': {failure(error)}; "
        "free space or choose another folder for --out"
    )
