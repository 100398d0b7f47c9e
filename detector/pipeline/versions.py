"""Which parts of a delivery count, where several of its runs were taken in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from detector.errors import DataError
from detector.pipeline.planning import Delivery, place_of_delivery
from detector.pipeline.rolling import sketch_of
from detector.sources.versions import passed_over
from detector.state import Manifest, Rejected, Store


def with_versions(
    store: Store, after: Manifest, before: Manifest, contents: Mapping[Delivery, str], *,
    reject: bool,
) -> Manifest:  # fmt: skip
    """Mark the parts of deliveries that an older run left behind.

    Raises
    ------
    DataError
        If it cannot be told which run is newest, unless such deliveries are to be set aside:
        then what stood before stands, until a file of the delivery is another.
    """
    known = {tuple(p.key for p in parts) for parts in before.parts_by_delivery().values()}
    reasons: dict[str, str] = {}
    refused: dict[Delivery, str] = {}
    for name, parts in after.parts_by_delivery().items():
        if tuple(p.key for p in parts) in known:
            reasons |= {p.key: p.passed for p in parts if p.passed}
            continue
        try:
            why = passed_over([sketch_of(store, p) for p in parts])
        except DataError as error:
            if not reject:
                raise
            refused[name] = str(error)
            continue
        reasons |= {p.key: why[p.path] for p in parts if p.path in why}
    kept = [
        p if p.passed == reasons.get(p.key) else replace(p, passed=reasons.get(p.key))
        for p in after.parts if p.delivery not in refused
    ]  # fmt: skip
    older = [p for p in before.parts if p.delivery in refused]
    looked_at = {(name[0], place_of_delivery(name)) for name in contents}
    same = {(name[0], place_of_delivery(name), sha) for name, sha in contents.items()}
    told = [
        r for r in after.rejected
        if (r.table, r.path) not in looked_at or (r.table, r.path, r.sha256) in same
    ]  # fmt: skip
    new = [
        Rejected(name[0], place_of_delivery(name), contents[name], why)
        for name, why in refused.items()
    ]
    return replace(after, parts=(*kept, *older), rejected=(*told, *new))
