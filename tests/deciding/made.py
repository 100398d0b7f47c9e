"""A run with one ring of seven, of which every member is tied in another way."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from detector.deciding.outcomes import Asked
from tests.report.maker import make_results

RING = "ring-one"
QUEUES = {
    "queued": "proxy", "hurt": "victim", "twice": "none", "machine": "none", "client": "none",
    "timed": "none", "bare": "none",
}  # fmt: skip
KINDS = {
    "hurt": ("phone", "payment"), "twice": ("phone", "payment"), "machine": ("device", "ip"),
    "client": ("phone", "client"), "timed": ("phone", "signup"),
}  # fmt: skip
AT = datetime(2026, 10, 30, 12, tzinfo=UTC)


def made_run(folder: Path) -> Path:
    """Write the run and return its folder; beside the ring there are ``alone`` and others."""
    base = make_results(12, (7,), 1)
    names = [*QUEUES, "alone", "acct-001", "acct-002", "acct-003", "acct-004"]
    edges = [{"a": a, "b": "queued", "kind": kind, "weight": 9.0}
             for a, kinds in KINDS.items() for kind in kinds]  # fmt: skip
    edges.append({"a": "bare", "b": "queued", "kind": "payment", "weight": 0.0})
    scores = base.scores.sort("rank").with_columns(
        account_id=pl.Series(names),
        ring_id=pl.Series([RING if name in QUEUES else None for name in names]),
        queue=pl.Series([QUEUES.get(name, "none") for name in names]).cast(
            base.scores["queue"].dtype
        ),
    )
    ring = base.rings.to_dicts()[0] | {
        "ring_id": RING, "account_ids": list(QUEUES), "edges": edges,
    }  # fmt: skip
    rings = pl.DataFrame([ring], schema=base.rings.schema)
    type(base)(
        scores, rings, base.features, base.quarantine, base.timelines, base.run
    ).write(folder)  # fmt: skip
    return folder


def said(outcome: str = "confirmed_proxy", **more: Any) -> Asked:
    """What a reviewer says, unless told otherwise by ann at noon."""
    whole: dict[str, Any] = {"reviewer": "ann", "note": "asked the holder", "decided_at": AT}
    return Asked(outcome, **(whole | more))
