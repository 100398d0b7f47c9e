"""What an ingest has to do: which inputs are new, which stay, and which are replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from detector.sources.listing import Listed
from detector.state import Manifest, Part, Store


@dataclass(frozen=True)
class Plan:
    """Inputs to roll up, parts that stay, and parts that are replaced."""

    take: list[tuple[Listed, str]]
    stay: list[Part]
    gone: list[Part]
    untouched: int


def ready_files(found: list[Listed], ready: Callable[[Listed], bool]) -> list[Listed]:
    """What may be looked at now; a delivery waits until all its files may."""
    waiting = [a for a in found if not ready(a)]
    held = {a.delivery for a in waiting if a.delivery}
    paths = {a.path for a in waiting}
    return [a for a in found if a.path not in paths and a.delivery not in held]


def plan(
    store: Store, before: Manifest, found: list[tuple[Listed, str]], made_by: str,
    superseded: set[str],
) -> Plan:  # fmt: skip
    """Compare what is there with what is stored; deliveries replace as a whole."""
    stored = {(p.table, p.path): p for p in before.parts}
    found = _without_refused(before, found)
    take, same = [], []
    for arrival, sha in found:
        part = stored.get((arrival.table, arrival.path))
        if part is not None and part.sha256 == sha and _good(store, part, made_by):
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
        out = replaced or place in arriving or part.path in superseded
        (gone if out else stay).append(part)
    return Plan(take, stay, gone, len(same))


def _without_refused(before: Manifest, found: list[tuple[Listed, str]]) -> list[tuple[Listed, str]]:
    """Leave out what was refused before, and with a file the delivery it belongs to."""
    refused = {(r.table, r.path, r.sha256): r for r in before.rejected}
    known = [(a, refused[a.table, a.path, sha]) for a, sha in found
             if (a.table, a.path, sha) in refused]  # fmt: skip
    paths = {a.path for a, _ in known}
    broken = {a.delivery for a, r in known if a.delivery and not r.passed}
    return [(a, s) for a, s in found if a.path not in paths and a.delivery not in broken]


def _good(store: Store, part: Part, made_by: str) -> bool:
    return part.retired or (part.made_by == made_by and store.present(part))
