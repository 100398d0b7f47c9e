"""The run as a whole in words: what was read, what ran, what to keep in mind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from detector.report.glossary import QUEUES, TABLES
from detector.results import Run, words
from detector.words import data_size, listing, moment, number, percent, visible

INPUT_ROWS: Final = 30
NOTE_ROWS: Final = 30
DRIFT_ROWS: Final = 8
# Population stability index: above 0.1 a shift is usually looked at, above 0.25 acted upon.
DRIFT_SEEN: Final = 0.1
# What became of records, as a table's heads say it.
OUTCOMES: Final = {name: name.capitalize() for name in words.OUTCOMES} | {"ok": "Accepted"}
LANES: Final = (
    ("B", "Behaviour", "isolation forests, blind to names, places and languages"),
    ("L", "Law and policy", "dated rules, lists, ownership"),
    ("E", "Outside evidence", "public notices, abuse reports, indicators, the channel"),
)


def lanes(run: Run) -> list[tuple[str, str, str, bool]]:
    """Each lane with its name, what it is and whether it ran."""
    return [(code, name, what, run.lanes.get(code, False)) for code, name, what in LANES]


def table_counts(run: Run) -> list[tuple[str, str, list[str], str]]:
    """Rows by table: name, meaning, figures in the order of ``OUTCOMES``, watermark."""
    marks = run.watermarks
    return [
        (
            visible(name, 40),
            TABLES.get(name, ""),
            [f"{getattr(row, outcome):,}" for outcome in OUTCOMES],
            moment(marks[name]) if marks.get(name) else "",
        )
        for name, row in sorted(run.counts.items())[:40]
    ]


def warnings(run: Run) -> tuple[list[str], int]:
    """Warnings, and how many are left out."""
    return _first(run.warnings)


def notes(run: Run) -> tuple[list[str], int]:
    """Notes, and how many are left out."""
    return _first([*_own_notes(run), *run.notes])


def _first(said: Sequence[str]) -> tuple[list[str], int]:
    texts = [visible(text, 300) for text in said]
    return texts[:NOTE_ROWS], max(0, len(texts) - NOTE_ROWS)


def _own_notes(run: Run) -> list[str]:
    """What a reader must know of any run like this one."""
    silent = [name.lower() for code, name, _, ran in lanes(run) if not ran and code != "B"]
    words = []
    if silent:
        words.append(
            f"Nothing was asked of {listing(silent)}: what stands there was not consulted, so "
            "silence there clears nobody."
        )
    if run.model.trained_on_these_logs:
        words.append("The model learnt from these same logs: it knows what is unusual here alone.")
    return words


def inputs(run: Run) -> tuple[list[dict[str, str]], int]:
    """The files read, and how many are left out."""
    rows = [
        {
            "path": file.path,
            "table": visible(file.table, 40),
            "rows": f"{file.rows or 0:,}",
            "size": data_size(file.bytes),
            "hash": visible(file.sha256, 64)[:12],
        }
        for file in run.inputs[:INPUT_ROWS]
    ]
    return rows, max(0, len(run.inputs) - INPUT_ROWS)


def drift(run: Run) -> list[tuple[str, str]]:
    """Features whose distribution moved most since training, above the usual bar."""
    moved = [
        (name, psi)
        for name, psi in run.drift.items()
        if psi is not None and math.isfinite(psi) and psi > DRIFT_SEEN
    ]
    moved.sort(key=lambda pair: (-pair[1], pair[0]))
    return [(visible(name, 60), number(psi)) for name, psi in moved[:DRIFT_ROWS]]


def usage(run: Run) -> list[tuple[str, str]]:
    """Totals of compute and tokens over everything read."""
    rows = [
        (f"{visible(model, 24)} GPU-h", number(hours))
        for model, hours in sorted(run.gpu_hours.items())
        if hours
    ][:12]
    tokens = run.tokens
    return rows + [
        (f"{kind} tokens", number(float(tokens[kind])))
        for kind in ("input", "output")
        if tokens.get(kind)
    ]


def shares(run: Run) -> list[tuple[str, str, str]]:
    """Accounts by queue: name, count, share of all."""
    total, counts = run.accounts.total, run.accounts.queues
    return [
        (name, f"{counts[name]:,}", percent(counts[name] / total if total else None))
        for name in (*QUEUES, "none")
        if name in counts
    ]
