"""Made pairs of runs: only what a comparison of two runs reads is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from detector.pipeline.week.comparing import compared, side_by_side
from detector.results import RINGS_SCHEMA, SCORES_SCHEMA, TIMELINES_SCHEMA, Results

NOW = datetime(2026, 4, 16, tzinfo=UTC)
THEN = NOW - timedelta(days=7)
_PLAIN: dict[str, Any] = {
    "rank": 1, "score": 0.5, "raw_score": 0.5, "base": 0.4, "p_value": 0.2, "queue": "none",
    "standing": "open", "speaking": [], "families": [], "reasons": [], "counter_evidence": [],
    "coverage": 0.9, "lane_l": [], "lane_e": [],
}  # fmt: skip


def decided(word: str, day: int, by: str) -> dict[str, Any]:
    """The columns of an account about which a decision stands."""
    at = NOW.replace(day=day)
    return {"standing": word, "standing_since": at, "standing_note": f"decided by {by}"}


def run(
    accounts: Mapping[str, Mapping[str, Any]],
    rings: Mapping[str, Sequence[str]] | None = None,
    *,
    as_of: datetime = NOW,
    model_id: str = "m",
) -> Results:
    """A run of a few accounts, ranked by score; ``near`` is the value of F11's nearness."""
    rings = rings or {}
    home = {account: ring for ring, members in rings.items() for account in members}
    order = sorted(accounts, key=lambda a: (-accounts[a].get("score", 0.5), a))
    rows = [
        _PLAIN | {"account_id": name, "ring_id": home.get(name), "model_id": model_id,
                  "as_of": as_of, "rank": place}
        | {k: v for k, v in accounts[name].items() if k != "near"}
        for place, name in enumerate(order, start=1)
    ]  # fmt: skip
    near = {"account_id": order, "f11_near_confirmed": [accounts[a].get("near") for a in order]}
    kinds = {"account_id": pl.String(), "f11_near_confirmed": pl.Float64()}
    tied = [
        {"ring_id": ring, "rank": 1, "score": 0.5, "size": len(members),
         "account_ids": sorted(members), "edges": [], "reasons": []}
        for ring, members in rings.items()
    ]  # fmt: skip
    record: Any = {
        "schema_version": 2, "version": "0", "as_of": as_of.isoformat(), "engine": "local",
        "seed": 0, "alpha": 0.01, "threads": 1, "model_id": model_id, "model": {}, "counts": {},
        "timings": {}, "accounts": {}, "rings": {}, "gpu_hours": {}, "tokens": {},
        "watermarks": {},
    }  # fmt: skip
    return Results(
        pl.DataFrame(rows, schema=SCORES_SCHEMA),
        pl.DataFrame(tied, schema=RINGS_SCHEMA),
        pl.DataFrame(near, schema=kinds),
        pl.DataFrame(), TIMELINES_SCHEMA.to_frame(), record,
    )  # fmt: skip


def a_week() -> Results:
    """A run in which decisions came, rings changed and cases moved since the one before."""
    proxy = {"queue": "proxy", "p_value": 0.002}
    by_ring = {"ring_score": 0.7, "score": 0.7}
    before = run(
        {
            "a1": {**proxy, **by_ring}, "a2": {**proxy, **by_ring}, "a3": by_ring,
            "b1": {**proxy, "score": 0.6}, "c1": {**proxy, "score": 0.55},
            "d1": {**proxy, "ring_score": 0.65, "score": 0.65}, "d2": {}, "e1": {},
            "g1": {**proxy, "score": 0.8}, "h1": {"queue": "other", "p_value": 0.04},
        },
        {"ring-a": ["a1", "a2", "a3"], "ring-d": ["d1", "d2"]},
        as_of=THEN,
    )  # fmt: skip
    now = run(
        {
            "a1": {**by_ring, **decided("confirmed_proxy", 12, "dora: same papers")},
            "a2": {**by_ring, **decided("confirmed_proxy", 12, "dora: same papers")},
            "a3": by_ring, "a4": by_ring, "b1": {**proxy, "score": 0.7},
            "c1": {"score": 0.5, "p_value": 0.03}, "d1": {}, "d2": {},
            "e1": {**proxy, "near": 0.6}, "f1": {**proxy, "score": 0.9}, "h1": {},
        },
        {"ring-a": ["a1", "a2", "a3", "a4"]},
    )  # fmt: skip
    return compared(before, now, side_by_side(before, now), {"e1": {"a1": ("device", "payment")}})
