"""What an ingest has to do: which inputs are new, which stay, and which are replaced."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from detector.pipeline.ahead import is_due, misread
from detector.sources.listing import Listed
from detector.state import Manifest, Part, Store
from features.tables import SCHEMAS

Delivery = tuple[str, str, str]
"""Table, source and period."""


@dataclass(frozen=True)
class Plan:
    """Inputs to roll up, parts that stay, and parts that are replaced.

    ``contents`` is a hash of the files of each delivery together.
    """

    take: list[tuple[Listed, str]]
    stay: list[Part]
    gone: list[Part]
    untouched: int
    contents: Mapping[Delivery, str]


def ready_files(found: list[Listed], ready: Callable[[Listed], bool]) -> list[Listed]:
    """What may be looked at now; a delivery waits until all its files may."""
    waiting = [a for a in found if not ready(a)]
    held = {a.delivery for a in waiting if a.delivery}
    paths = {a.path for a in waiting}
    return [a for a in found if a.path not in paths and a.delivery not in held]


def plan(
    store: Store, before: Manifest, found: list[tuple[Listed, str]], made_by: str,
    superseded: set[str], clock: datetime,
) -> Plan:  # fmt: skip
    """Compare what is there with what is stored; deliveries replace as a whole.

    What another clock has read otherwise is taken anew.
    """
    stored = {(p.table, p.path): p for p in before.parts}
    contents = _contents(found)
    found = _without_refused(before, found, contents, clock)
    take, same = [], []
    for arrival, sha in found:
        part = stored.get((arrival.table, arrival.path))
        if part is not None and part.sha256 == sha and _good(store, part, made_by, clock):
            same.append(part)
        else:
            take.append((arrival, sha))
    delivered = {a.delivery for a, _ in found if a.delivery}
    arriving = {(a.table, a.path) for a, _ in take}
    keep = {(p.table, p.path) for p in same}
    gone: list[Part] = []
    stay: list[Part] = []
    for part in before.parts:
        place = (part.table, part.path)
        replaced = part.delivery in delivered and place not in keep
        # A table of an earlier version is read elsewhere now, or no more.
        unknown = part.table not in SCHEMAS
        out = replaced or place in arriving or part.path in superseded or unknown
        (gone if out else stay).append(part)
    return Plan(take, stay, gone, len(same), contents)


def without_gone(before: Manifest, files: Sequence[Listed]) -> Manifest:
    """The state without the refusals of files, and of deliveries, that are there no more."""
    here = {(file.table, file.path) for file in files}
    here |= {(f.table, place_of_delivery(f.delivery)) for f in files if f.delivery}
    kept = tuple(r for r in before.rejected if (r.table, r.path) in here)
    return before if len(kept) == len(before.rejected) else replace(before, rejected=kept)


def _contents(found: list[tuple[Listed, str]]) -> dict[Delivery, str]:
    held: dict[Delivery, list[str]] = {}
    for file, sha in found:
        if file.delivery:
            held.setdefault(file.delivery, []).append(f"{file.path} {sha}")
    return {
        name: hashlib.sha256("\n".join(sorted(files)).encode("utf-8", "replace")).hexdigest()
        for name, files in held.items()
    }


def place_of_delivery(delivery: Delivery) -> str:
    """The levels of a path that all files of a delivery share."""
    _, source, period = delivery
    return f"source={source}/period={period}"


def _without_refused(
    before: Manifest, found: list[tuple[Listed, str]], contents: Mapping[Delivery, str],
    clock: datetime,
) -> list[tuple[Listed, str]]:  # fmt: skip
    """Leave out what was refused before, and with a file the delivery it belongs to.

    A delivery that was refused as a whole waits until any of its files is another.
    """
    refused = {(r.table, r.path, r.sha256): r for r in before.rejected if not is_due(r.due, clock)}
    known = [(a, refused[a.table, a.path, sha]) for a, sha in found
             if (a.table, a.path, sha) in refused]  # fmt: skip
    paths = {a.path for a, _ in known}
    broken = {a.delivery for a, r in known if a.delivery and not r.passed}
    whole = {d for d, sha in contents.items() if (d[0], place_of_delivery(d), sha) in refused}
    return [
        (a, s)
        for a, s in found
        if a.path not in paths and a.delivery not in broken and a.delivery not in whole
    ]


def _good(store: Store, part: Part, made_by: str, clock: datetime) -> bool:
    whole = part.made_by == made_by and not misread(part, clock) and store.present(part)
    return part.retired or whole
