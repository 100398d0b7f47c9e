"""The output folder of a scoring run: its tables, their types, and how they are published.

A score set is all or nothing: it is written beside the target and moved into place whole.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.errors import DataError, OutputError

QUEUES: Final = ("proxy", "victim", "policy", "other", "none")
REASON: Final = pl.Struct(
    {
        "code": pl.String(), "family": pl.String(), "feature": pl.String(),
        "value": pl.Float64(), "peer_median": pl.Float64(), "tail": pl.Float64(),
        "contribution": pl.Float64(), "text": pl.String(),
    }
)  # fmt: skip
NOTE: Final = pl.Struct({"code": pl.String(), "text": pl.String()})
EDGE: Final = pl.Struct(
    {"a": pl.String(), "b": pl.String(), "kind": pl.String(), "weight": pl.Float64()}
)
LANE_L: Final = pl.Struct(
    {
        "rule": pl.String(), "instrument": pl.String(), "version": pl.String(),
        "as_of": pl.String(), "outcome": pl.String(), "evidence": pl.String(),
    }
)  # fmt: skip
LANE_E: Final = pl.Struct({"source": pl.String(), "evidence": pl.String()})

SCORES_SCHEMA: Final = pl.Schema(
    {
        "account_id": pl.String(), "rank": pl.Int64(), "score": pl.Float64(),
        "raw_score": pl.Float64(), "base": pl.Float64(), "ring_score": pl.Float64(),
        "p_value": pl.Float64(), "q_value": pl.Float64(), "queue": pl.Enum(QUEUES),
        "ring_id": pl.String(), "change": pl.String(), "typology": pl.String(),
        "families": pl.List(pl.String()), "reasons": pl.List(REASON),
        "counter_evidence": pl.List(NOTE), "coverage": pl.Float64(),
        "lane_l": pl.List(LANE_L), "lane_e": pl.List(LANE_E), "model_id": pl.String(),
        "as_of": pl.Datetime("us", "UTC"),
    }
)  # fmt: skip
RINGS_SCHEMA: Final = pl.Schema(
    {
        "ring_id": pl.String(), "rank": pl.Int64(), "score": pl.Float64(), "size": pl.Int64(),
        "account_ids": pl.List(pl.String()), "edges": pl.List(EDGE), "tpp_hours": pl.Float64(),
        "tokens": pl.Int64(), "reasons": pl.List(NOTE),
    }
)  # fmt: skip
TIMELINES_SCHEMA: Final = pl.Schema(
    {"account_id": pl.String(), "day": pl.Date(), "tpp_hours": pl.Float64(), "tokens": pl.Int64()}
)
TABLES: Final = ("scores", "rings", "features", "quarantine", "timelines")
# Leading characters that a spreadsheet would run as a formula.
FORMULA: Final = r"^[=+\-@\t\r]"


@dataclass(frozen=True)
class Results:
    """One scored run: five tables and what was run.

    ``scores`` and ``rings`` have ``SCORES_SCHEMA`` and ``RINGS_SCHEMA``; ``run`` is what
    ``run.json`` holds.
    """

    scores: pl.DataFrame
    rings: pl.DataFrame
    features: pl.DataFrame
    quarantine: pl.DataFrame
    timelines: pl.DataFrame
    run: dict[str, Any]

    def write(self, out: Path | str, *, csv: bool = False) -> None:
        """Publish the run as a folder, replacing an earlier run there as a whole.

        Raises
        ------
        OutputError
            Where the folder cannot be written or holds files that are not a run's.
        """
        target = Path(out)
        try:
            _refuse_foreign(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            staging = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        except OSError as error:
            raise OutputError(_unwritable(target, error)) from error
        try:
            self._write_tables(staging, csv=csv)
            _publish(staging, target)
        except OSError as error:
            raise OutputError(_unwritable(target, error)) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def _write_tables(self, folder: Path, *, csv: bool) -> None:
        folder.chmod(0o755)
        for name in TABLES:
            frame: pl.DataFrame = getattr(self, name)
            frame.write_parquet(folder / f"{name}.parquet", compression="zstd")
        if csv:
            for name in ("scores", "rings"):
                flat_csv(getattr(self, name)).write_csv(folder / f"{name}.csv")
        (folder / "run.json").write_text(
            json.dumps(self.run, indent=2, sort_keys=True, ensure_ascii=True) + "\n"
        )
        for path in folder.iterdir():
            _sync(path)

    @classmethod
    def read(cls, out: Path | str) -> Results:
        """Read a published run.

        Raises
        ------
        DataError
            Where the folder is not a run of ``enduse score``.
        """
        folder = Path(out)
        missing = [n for n in (*(f"{t}.parquet" for t in TABLES), "run.json")
                   if not (folder / n).is_file()]  # fmt: skip
        if missing:
            raise DataError(
                f"'{folder}' is not a results folder: {', '.join(missing)} not found; "
                "expected the folder that `enduse score --out` wrote"
            )
        tables = {name: pl.read_parquet(folder / f"{name}.parquet") for name in TABLES}
        return cls(**tables, run=json.loads((folder / "run.json").read_text()))


def flat_csv(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists and structs as JSON text, and no cell that a spreadsheet would run."""
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    as_json = [
        pl.Series(name, [None if v is None else json.dumps(_plain(v)) for v in frame[name]])
        for name in nested
    ]
    flat = frame.with_columns(as_json) if as_json else frame
    text = pl.col(pl.String, pl.Enum(QUEUES)).cast(pl.String)
    harmless = pl.when(text.str.contains(FORMULA)).then(pl.lit("'") + text).otherwise(text)
    return flat.with_columns(harmless.name.keep()).select(frame.columns)


def _plain(value: Any) -> Any:
    return value.to_list() if isinstance(value, pl.Series) else value


def _refuse_foreign(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"'{target}' is a file; expected a folder to write the results to")
    known = {*(f"{t}.parquet" for t in TABLES), "scores.csv", "rings.csv", "run.json",
             "report.html"}  # fmt: skip
    foreign = sorted(path.name for path in target.iterdir() if path.name not in known)
    if foreign:
        raise OutputError(
            f"'{target}' holds files that are not a run's ({', '.join(foreign[:3])}); "
            "choose an empty or a new folder for --out"
        )


def _publish(staging: Path, target: Path) -> None:
    """Move the finished folder into place; an earlier run goes only once the new one stands."""
    if not target.exists():
        os.replace(staging, target)
        return
    retired = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    os.replace(target, retired / "run")
    os.replace(staging, target)
    shutil.rmtree(retired)


def _sync(path: Path) -> None:
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def _unwritable(target: Path, error: OSError) -> str:
    return (
        f"results could not be written to '{target}': {error.strerror or error}; "
        "free space or choose another folder for --out"
    )
