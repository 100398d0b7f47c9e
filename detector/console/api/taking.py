"""What comes in from elsewhere: decisions in a file, and the newest run that is served."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from detector.cases.deciding.importfile import decisions_of
from detector.cases.deciding.importing import Line, import_decisions
from detector.cases.errors import Unknown
from detector.cases.record.store import Writing
from detector.cases.runs.intake import sync_folder
from detector.console.api.doing import once
from detector.console.api.schema import YES, Schema
from detector.console.api.table import Call, Told

IMPORT: Final[Mapping[str, Schema]] = {"dry_run": YES}
_NAME: Final = "the file"


class _GivenUp(Exception):
    def __init__(self, told: Told) -> None:
        super().__init__()
        self.told = told


def import_file(call: Call) -> Told:
    """Take decisions that were made elsewhere as first judgements; a dry run stores none."""
    if "dry_run" not in call.query:
        return once(_import)(call)
    try:
        with call.house.store.writing(call.now) as tx:
            raise _GivenUp(_import(tx, call))
    except _GivenUp as tried:
        return tried.told


def _import(tx: Writing, call: Call) -> Told:
    source = hashlib.sha256(call.raw).hexdigest()
    lines = import_decisions(tx, call.actor, decisions_of(call.raw, _NAME), source=source)
    return Told({"sha256": source, "rows": [_line(line) for line in lines]})


def _line(line: Line) -> dict[str, object]:
    return dict(vars(line))


def take_newest(call: Call) -> Told:
    """Take the run in that this server serves, now and not at its next look.

    Which folder that is stands in the command line of the server: no request names one.

    Raises
    ------
    Unknown
        Where the server serves no run.
    """
    folder = call.house.newest()
    if folder is None:
        raise Unknown("this server has no run to take; start it with --results or --inbox")
    taken = sync_folder(call.house.store, folder, call.now)
    return Told({
        "run": taken.run, "already": taken.already, "older": taken.older,
        "counts": dict(taken.counts),
    })  # fmt: skip
