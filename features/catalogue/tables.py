"""Reading the catalogue's CSV files: columns, types, contradictions, override."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Final

from features.catalogue.errors import CatalogueError
from features.catalogue.formula import class_3a090, total_processing_performance

Row = dict[str, str]

GPU_COLUMNS: Final[tuple[str, ...]] = (
    "part", "gpu_model", "vendor", "memory_gb", "memory_bandwidth_gbs", "best_dense_tops",
    "bit_length", "die_mm2", "tpp", "performance_density", "class_3a090", "datacenter", "aliases",
    "note", "source", "source_date", "status",
)  # fmt: skip
INSTANCE_COLUMNS: Final[tuple[str, ...]] = (
    "cloud", "instance_type", "aliases", "part", "gpus", "total_memory_gb", "source",
    "source_date", "status",
)  # fmt: skip
STATUSES: Final = frozenset({"verified", "unverified", "override"})
_FILE_BYTES: Final = 8 * 2**20


def read_rows(text: str, name: str) -> tuple[tuple[str, ...], list[Row]]:
    """Read one catalogue CSV.

    Parameters
    ----------
    text
        The file's content.
    name
        What to call the file in errors.

    Returns
    -------
    tuple
        The columns it holds (``GPU_COLUMNS`` or ``INSTANCE_COLUMNS``) and its rows.

    Raises
    ------
    CatalogueError
        If the columns are neither, or a row has more or fewer fields than the header.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="_more", strict=True)
    try:
        found = tuple(c.strip() for c in reader.fieldnames or ())
        columns = _which(found, name)
        reader.fieldnames = found
        rows = [_complete(row, columns, f"{name} line {reader.line_num}") for row in reader]
    except csv.Error as error:
        raise CatalogueError(f"{name}: not a CSV file ({error}); save it as UTF-8 CSV") from error
    return columns, rows


def _which(found: tuple[str, ...], name: str) -> tuple[str, ...]:
    for columns in (GPU_COLUMNS, INSTANCE_COLUMNS):
        if set(found) == set(columns) and len(found) == len(columns):
            return columns
    raise CatalogueError(
        f"{name}: found the columns {', '.join(found) or '(none)'}; expected either the columns "
        f"of instances.csv ({', '.join(INSTANCE_COLUMNS)}) or those of gpus.csv "
        f"({', '.join(GPU_COLUMNS)})"
    )


def _complete(row: Mapping[str, str | None], columns: Iterable[str], where: str) -> Row:
    if "_more" in row or None in row.values():
        raise CatalogueError(f"{where}: the row has not as many fields as the header; mend it")
    return {c: (row[c] or "").strip() for c in columns}


def read_file(path: Path) -> tuple[tuple[str, ...], list[Row]]:
    """Read an override file; see `read_rows`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CatalogueError(
            f"the catalogue override {path} cannot be read ({error.strerror}); give the path of "
            "a CSV file with the columns of instances.csv or gpus.csv"
        ) from error
    if len(content) > _FILE_BYTES:
        raise CatalogueError(f"{path}: {len(content)} bytes; a catalogue has at most {_FILE_BYTES}")
    try:
        return read_rows(content.decode("utf-8-sig"), path.name)
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{path}: not UTF-8 ({error.reason}); save it as UTF-8 CSV") from error


def merge(base: list[Row], changes: list[Row], key: tuple[str, ...]) -> list[Row]:
    """Return the rows of both, sorted by key; a change replaces the row of the same key."""
    rows = {tuple(r[k].lower() for k in key): r for r in base}
    rows.update({tuple(r[k].lower() for k in key): r for r in changes})
    return [rows[k] for k in sorted(rows)]


def number(row: Row, column: str, where: str) -> Fraction | None:
    """Return a figure of a row exactly (``8``, ``0.5``, ``1/6``), or None where empty."""
    text = row[column]
    if not text:
        return None
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise CatalogueError(f"{where}: {column} is {text!r}; expected a number") from error
    if value <= 0 or max(value.numerator, value.denominator) > 10**9:
        raise CatalogueError(f"{where}: {column} is {text}; expected between 0 and 10^9")
    return value


def check_gpu(row: Row) -> Row:
    """Return the row with TPP, density and class filled in, or say what contradicts.

    Raises
    ------
    CatalogueError
        If a stored TPP, density or class is not what the figures of the row give.
    """
    where = f"gpus.csv, part {row['part']!r}"
    _require(row, ("part", "gpu_model", "vendor"), where)
    figures = {
        c: number(row, c, where) for c in ("memory_gb", "best_dense_tops", "bit_length", "die_mm2")
    }
    tops, bits, die = figures["best_dense_tops"], figures["bit_length"], figures["die_mm2"]
    tpp = total_processing_performance(float(tops), int(bits)) if tops and bits else None
    density = tpp / float(die) if tpp is not None and die else None
    derived = {
        "tpp": "" if tpp is None else str(tpp),
        "performance_density": "" if density is None else f"{density:.2f}",
        "class_3a090": class_3a090(tpp, density),
    }
    for column, value in derived.items():
        if row[column] not in ("", value):
            raise CatalogueError(
                f"{where}: {column} is {row[column]}, but the figures of the row give "
                f"{value or 'none'}; mend the figures or leave {column} empty"
            )
    if row["datacenter"] not in ("true", "false"):
        raise CatalogueError(
            f"{where}: datacenter is {row['datacenter']!r}; expected true or false"
        )
    return {**row, **derived, "status": _status(row, where)}


def check_instance(row: Row, parts: Mapping[str, Row]) -> Row:
    """Return the row if its part exists and count x memory is its total memory.

    Raises
    ------
    CatalogueError
        If the part has no row in gpus.csv or the figures contradict each other.
    """
    where = f"instances.csv, {row['cloud']} {row['instance_type']!r}"
    _require(row, ("cloud", "instance_type", "part", "gpus"), where)
    part = parts.get(row["part"].lower())
    if part is None:
        raise CatalogueError(
            f"{where}: part {row['part']!r} has no row in gpus.csv; add one, or use its name"
        )
    gpus, total = number(row, "gpus", where), number(row, "total_memory_gb", where)
    if gpus is not None and (gpus > 1024 or gpus.denominator > 1000):
        raise CatalogueError(
            f"{where}: gpus is {row['gpus']}; expected at most 1024, in thousandths"
        )
    each = number(part, "memory_gb", where)
    # Vendors round the memory they advertise (180 of 192 GB, 93.1 GiB of 94 GB): 5 % is theirs.
    if gpus and total and each and not 95 * gpus * each <= 100 * total <= 105 * gpus * each:
        raise CatalogueError(
            f"{where}: {gpus} x {part['part']} of {each} GB is not {total} GB; "
            "mend the count, the part or total_memory_gb"
        )
    return {**row, "part": part["part"], "status": _status(row, where)}


def _require(row: Row, columns: Iterable[str], where: str) -> None:
    for column in columns:
        if not row[column]:
            raise CatalogueError(f"{where}: {column} is empty; fill it in")


def _status(row: Row, where: str) -> str:
    status = row["status"] or "unverified"
    if status not in STATUSES:
        raise CatalogueError(
            f"{where}: status is {status!r}; expected one of {', '.join(sorted(STATUSES))}"
        )
    return status
