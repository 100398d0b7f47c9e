"""A finished run with invented content, the same on every machine: made, not scored."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl

from detector.results import RINGS_SCHEMA, SCORES_SCHEMA, TIMELINES_SCHEMA, Results
from tests.report import holdmaker

AS_OF = datetime(2026, 10, 31, tzinfo=UTC)
FIRST_DAY = date(2026, 8, 2)
DAYS = 90
UNITS = {
    "f01_controlled_share": "share",
    "f01_first_controlled": "1/(1+days)",
    "f02_drain_to_zero": "share",
    "f02_round_top_ups": "share",
    "f03_instrument_degree": "log(1+accounts)",
    "f05_change_burst": "kinds",
    "f06_hosting_share": "share",
    "f09_top_tier_share": "share",
    "f09_new_model_pivot": "probability",
    "f11_linkage_bits": "bits",
    "f12_equal_shares": "share",
    "f13_missing_fields": "share",
}
SENTENCES = {
    "f01_controlled_share": "Most of the spend goes to controlled GPUs.",
    "f01_first_controlled": "Controlled GPUs were used within days of sign-up.",
    "f02_drain_to_zero": "One top-up is run down to almost nothing, then silence.",
    "f02_round_top_ups": "Top-ups are round amounts.",
    "f03_instrument_degree": "The payment instrument also pays for other accounts.",
    "f05_change_burst": "E-mail, phone and second factor changed within 72 hours.",
    "f06_hosting_share": "Sessions come from hosting networks.",
    "f09_top_tier_share": "Nearly all tokens go to the most capable model.",
    "f09_new_model_pivot": "Moved to a new model within a day of its first sight.",
    "f11_linkage_bits": "Shares rare identifiers with other accounts.",
    "f12_equal_shares": "Takes the same share of work as its siblings, hour by hour.",
    "f13_missing_fields": "The customer record lacks what peers have.",
}
KINDS = ("payment", "device", "ssh_key", "phone", "form_text", "image")
TYPOLOGIES = ("T03", "T01", "T06", "T04", "T08", "T14", "T03", "T16")
COUNTER = (
    ("KYC-VERIFIED", "The holder was verified on 2026-02-11."),
    ("LONG-STANDING", "The account is older than two years."),
    ("DECLARED-RESELLER", "Declares resale: nearest benign case is a licensed reseller."),
    ("EDUCATION", "An educational customer: nearest benign case is a class or a hackathon."),
)
QUEUE_REASONS = {
    "proxy": "In queue proxy because F03 and F11 speak (p 0.0011).",
    "victim": "In queue victim because 3 of four steps of trying a stolen key were seen.",
    "other": "In queue other because 83 % of its device-hours look like mining.",
    "none": "Not in a queue: only one family speaks (F03, p 0.02).",
}
COLOURS = ("amber", "azure", "coral", "ivory", "jade", "olive", "ochre", "pearl", "ruby", "slate",
           "teal", "umber")  # fmt: skip
THINGS = ("heron", "otter", "maple", "comet", "delta", "ember", "fjord", "grove", "harbor", "isle",
          "lantern", "meadow")  # fmt: skip


@dataclass
class World:
    """The tables under construction."""

    dice: random.Random
    scores: list[dict[str, Any]] = field(default_factory=list)
    rings: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)


def make_results(
    accounts: int = 2_000,
    sizes: tuple[int, ...] = (12, 3, 28, 7, 4, 5, 9, 2),
    singles: int = 14,
    seed: int = 7,
) -> Results:
    """Return a run over `accounts` accounts: by default 8 rings, 40 accounts in the queues."""
    world = World(random.Random(seed))
    names = _names(accounts, world.dice)
    used = 0
    for index, size in enumerate(sizes):
        _ring(world, f"ring-{index + 1:03d}", names[used : used + size], TYPOLOGIES[index])
        used += size
    for place in range(singles):
        _single(world, names[used + place], place)
    for name in names[used + singles :]:
        world.scores.append(_row(world.dice, name, world.dice.betavariate(2, 6), "none", None))
    return _finish(world)


def _names(count: int, dice: random.Random) -> list[str]:
    pool = [f"{a}-{b}-{n:03d}" for a in COLOURS for b in THINGS for n in range(16)]
    dice.shuffle(pool)
    return pool[:count]


def _ring(world: World, name: str, members: list[str], typology: str) -> None:
    dice, score = world.dice, 0.99 - 0.02 * len(world.rings)
    for place, account in enumerate(members):
        queue = "proxy" if place < max(2, len(members) // 3) else "none"
        row = _row(dice, account, score - 0.004 * place, queue, typology)
        world.scores.append(
            row | {"ring_id": name, "ring_score": score - 0.004 * place} | _standing(place)
        )
        _use(world, account, place, len(members), tokens=typology in ("T04", "T06"))
    world.rings.append(
        {
            "ring_id": name, "rank": len(world.rings) + 1, "score": score, "size": len(members),
            "account_ids": members, "edges": _edges(dice, members),
            "tpp_hours": 5.0e6, "tokens": 0,
            "reasons": [
                {"code": "RING-KINDS", "text": "Tied by several independent rare identifiers."},
                {"code": "RING-EVEN", "text": "Members take nearly equal shares of the work."},
            ],
        }
    )  # fmt: skip


def _standing(place: int) -> dict[str, Any]:
    """Of a ring's members the third was confirmed, the fourth closed; the others are open."""
    day = datetime(2026, 9, 1, tzinfo=UTC)
    if place == 2:
        return {"standing": "confirmed_proxy", "standing_since": day,
                "standing_note": "decided by rev-7: keys of another tenant"}  # fmt: skip
    if place == 3:
        return {"standing": "closed", "standing_since": day,
                "standing_note": "closed on 2026-09-01: fraud"}  # fmt: skip
    return {}


def _edges(dice: random.Random, members: list[str]) -> list[dict[str, Any]]:
    edges = []
    for kind in dice.sample(KINDS, 3):
        some = [name for name in members if dice.random() < 0.7] or members
        for a, b in pairwise(some):
            edges.append({"a": a, "b": b, "kind": kind, "weight": round(dice.uniform(8, 22), 2)})
    if not edges:
        edges.append({"a": members[0], "b": members[1], "kind": "payment", "weight": 17.5})
    return edges


def _use(world: World, account: str, place: int, size: int, *, tokens: bool = False) -> None:
    """Siblings take turns, and stop together."""
    start = world.dice.randrange(5, 30)
    for day in range(start, 80):
        if (day // 6) % max(1, min(size, 4)) != place % max(1, min(size, 4)):
            continue
        work = world.dice.uniform(0.8, 1.0)
        world.lines.append(
            {
                "account_id": account, "day": FIRST_DAY + timedelta(days=day),
                "tpp_hours": 0.0 if tokens else round(work * 8 * 24 * 15_830, 1),
                "tokens": int(work * 4e6) if tokens else 0,
            }
        )  # fmt: skip


def _single(world: World, account: str, place: int) -> None:
    queue = ("victim", "other")[place % 2] if place < 6 else "proxy"
    typology = {"victim": "T07", "other": "T13"}.get(queue, ("T02", "T01", "T21")[place % 3])
    world.scores.append(_row(world.dice, account, 0.9 - 0.013 * place, queue, typology))
    _use(world, account, 0, 1, tokens=queue == "victim")


def _row(
    dice: random.Random, account: str, score: float, queue: str, typology: str | None
) -> dict[str, Any]:
    odd = queue != "none" or typology is not None
    picked = dice.sample(sorted(UNITS), 7)
    steps = sorted((round(dice.uniform(-0.01, 0.09 if odd else 0.02), 6) for _ in range(8)),
                   reverse=True)  # fmt: skip
    reasons = [_reason(dice, name, step) for name, step in zip(picked, steps, strict=False)]
    reasons.append({"code": "OTHER", "family": None, "feature": None, "value": None,
                    "peer_median": None, "tail": None, "contribution": steps[7],
                    "text": "All other features together."})  # fmt: skip
    return {
        "account_id": account, "score": score, "raw_score": 0.42 + sum(steps), "base": 0.42,
        "ring_score": None, "q_value": None, "queue": queue, "ring_id": None,
        "change": dice.choice(["new", "risen", "fallen", "same"]) if odd else None,
        "typology": typology, "families": sorted({n[:3].upper() for n in picked[:3]}),
        "reasons": reasons, "counter_evidence": _counter(dice),
        "coverage": round(dice.uniform(0.4, 0.95), 3), "lane_l": [], "lane_e": [],
        "model_id": "pf-2026-10-31-7c1d", "as_of": AS_OF,
        "standing": "open", "standing_since": None, "standing_until": None, "standing_note": None,
        "queue_reason": QUEUE_REASONS[queue],
        "speaking": sorted({n[:3].upper() for n in picked[:2]}),
    }  # fmt: skip


def _reason(dice: random.Random, name: str, step: float) -> dict[str, Any]:
    tail = 10 ** dice.uniform(-3.4, -0.4)
    shared = {"code": name.upper().replace("_", "-"), "family": name[:3].upper(), "feature": name}
    scale = 6.0 if UNITS[name] in ("kinds", "bits") else 1.0
    return shared | {
        "value": round(scale * dice.uniform(0.4, 1.0), 4), "tail": tail, "contribution": step,
        "peer_median": round(scale * dice.uniform(0.0, 0.2), 4), "text": SENTENCES[name],
    }  # fmt: skip


def _counter(dice: random.Random) -> list[dict[str, str]]:
    chosen = [pair for pair in COUNTER if dice.random() < 0.3]
    return [{"code": code, "text": text} for code, text in chosen]


def _finish(world: World) -> Results:
    rows = sorted(world.scores, key=lambda row: (-row["score"], row["account_id"]))
    for rank, row in enumerate(rows, start=1):
        row["rank"] = rank
        row["p_value"] = rank / (len(rows) + 1)
    scores = pl.DataFrame(rows, schema=SCORES_SCHEMA)
    made = Results(
        scores,
        pl.DataFrame(world.rings, schema=RINGS_SCHEMA),
        _features(world.dice, scores),
        _quarantine(),
        pl.DataFrame(world.lines, schema=TIMELINES_SCHEMA),
        _run(scores, world),
    )
    return holdmaker.with_holders(made)


def _features(dice: random.Random, scores: pl.DataFrame) -> pl.DataFrame:
    ids = scores["account_id"].sort()
    columns: dict[str, Any] = {"account_id": ids}
    for name in UNITS:
        absent = name.startswith("f06")
        columns[name] = [None if absent else round(dice.random(), 4) for _ in ids]
    hours = [round(dice.uniform(0, 3_000), 2) for _ in ids]
    return pl.DataFrame(columns, schema_overrides={"f06_hosting_share": pl.Float64}).with_columns(
        a100_hours=pl.Series(hours), h100_hours=pl.Series(hours) / 2,
        controlled_gpu_hours=pl.Series(hours) * 1.5, tpp_hours=pl.Series(hours) * 12_000,
        input_tokens=pl.lit(40_000_000), output_tokens=pl.lit(9_000_000),
    )  # fmt: skip


def _quarantine() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "table": ["usage"] * 3, "file": ["usage/source=a/period=2026-10/part-0.csv"] * 3,
            "row": [4, 9, 71], "column": ["ConsumedQuantity", "ChargePeriodEnd", "ChargeCategory"],
            "reason": ["more than 15 decimal places", "end before start", "unknown value"],
            "content": ["{}"] * 3,
        }
    )  # fmt: skip


def _run(scores: pl.DataFrame, world: World) -> dict[str, Any]:
    queues = {q: scores.filter(pl.col("queue").cast(pl.String) == q).height
              for q in ("proxy", "victim", "policy", "other", "none")}  # fmt: skip
    return {
        "schema_version": 2, "version": "0.1.0", "engine": "local", "threads": 2, "seed": 0,
        "alpha": 0.01, "as_of": AS_OF.isoformat(), "model_id": "pf-2026-10-31-7c1d",
        "model": {
            "trained_on_these_logs": True, "trained_at": "2026-10-31T00:00:00+00:00",
            "card": {"trees": 1000, "rows_a_tree": 256, "features": len(UNITS),
                     "accounts": scores.height, "reference": "this run's own accounts",
                     "prevalence_assumed": 0.0005},
        },
        "inputs": [{"path": "usage/source=a/period=2026-10/part-0.csv", "table": "usage",
                    "bytes": 48_221_004, "sha256": "9f" * 32, "rows": 400_003, "source": "a",
                    "period": "2026-10"},
                   {"path": "accounts.parquet", "table": "accounts", "bytes": 120_410,
                    "sha256": "3c" * 32, "rows": scores.height, "source": None, "period": None}],
        "counts": {"usage": {"read": 400_003, "ok": 400_000, "quarantined": 3, "unmapped": 41,
                             "duplicate": 0, "late": 12},
                   "accounts": {"read": scores.height, "ok": scores.height, "quarantined": 0,
                                "unmapped": 0, "duplicate": 2, "late": 0}},
        "missing_tables": ["gpu_telemetry", "inventory", "tenders"],
        "timings": {"read": 3.2, "features": 5.1, "score": 0.8},
        "accounts": {"total": scores.height, "queues": queues},
        "rings": {"total": len(world.rings), "queues": {"proxy": len(world.rings)}},
        "gpu_hours": {"A100": 41_220.5, "H100": 18_440.0}, "drift": {"f01_controlled_share": 0.14},
        "tokens": {"input": 812_000_000, "output": 190_000_000},
        "watermarks": {"usage": "2026-10-31T00:00:00+00:00"},
        "lanes": {"B": True, "L": False, "E": False},
        "warnings": ["3 rows of usage are in quarantine (0.0008 %)."],
        "notes": ["Lanes L and E have no rules loaded: nothing was screened against lists."],
    }  # fmt: skip


def poisoned(results: Results, poison: Callable[[], str]) -> Results:
    """Replace every text that comes from data with what `poison` returns, ids kept joined."""
    names: dict[str, str] = {}

    def ident(name: str | None) -> str | None:
        return name if name is None else names.setdefault(name, f"{poison()}{len(names)}")

    def deep(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: _kept(k, v, deep, ident, poison) for k, v in value.items()}
        return [deep(item) for item in value] if isinstance(value, list) else value

    def table(frame: pl.DataFrame) -> pl.DataFrame:
        return pl.DataFrame([deep(row) for row in frame.to_dicts()], schema=frame.schema)

    run = {key: _run_poison(value, poison) if key not in ("as_of", "alpha", "lanes") else value
           for key, value in results.run.items()}  # fmt: skip
    frames = (results.scores, results.rings, results.features, results.quarantine,
              results.timelines)  # fmt: skip
    held = {name: table(getattr(results, name)) for name in ("facts", "identity", "links")}
    return Results(*(table(frame) for frame in frames), run=run, **held)


_IDS = ("account_id", "ring_id", "a", "b")
_TEXTS = ("text", "standing_note", "queue_reason",
          "kind", "typology", "change", "model_id", "code", "family", "feature", "rule",
          "instrument", "version", "as_of", "outcome", "evidence", "source", "table", "file",
          "column", "reason", "content", *holdmaker.TEXTS)  # fmt: skip


def _kept(key: str, value: Any, deep: Any, ident: Any, poison: Callable[[], str]) -> Any:
    if key == "account_ids":
        return [ident(name) for name in value]
    if key in _IDS:
        return ident(value)
    if key in ("families", "speaking"):
        return [poison() for _ in value]
    if key in ("lane_l", "lane_e") and not value:
        fields = ("rule", "instrument", "version", "as_of", "outcome", "evidence")
        return [
            {name: poison() for name in (fields if key == "lane_l" else ("source", "evidence"))}
        ]
    if key in _TEXTS and isinstance(value, str):
        return poison()
    return deep(value)


def _run_poison(value: Any, poison: Callable[[], str]) -> Any:
    if isinstance(value, dict):
        return {poison(): _run_poison(item, poison) for item in value.values()} | {
            key: _run_poison(item, poison) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_run_poison(item, poison) for item in value]
    return poison() if isinstance(value, str) else value


def multiplied(results: Results, copies: int) -> Results:
    """Return the run with every account, ring and line there `copies` times under new ids."""

    def renamed(frame: pl.DataFrame, copy: int) -> pl.DataFrame:
        tag = pl.lit(f"-{copy}")
        ids = [pl.col(name) + tag for name in ("account_id", "ring_id") if name in frame.columns]
        lists = []
        if "account_ids" in frame.columns:
            lists.append(pl.col("account_ids").list.eval(pl.element() + tag))
            ends = {end: pl.element().struct.field(end) + tag for end in ("a", "b")}
            lists.append(pl.col("edges").list.eval(pl.element().struct.with_fields(**ends)))
        return frame.with_columns(*ids, *lists)

    def grown(frame: pl.DataFrame) -> pl.DataFrame:
        return pl.concat([renamed(frame, copy) for copy in range(copies)])

    held = {name: grown(getattr(results, name)) for name in ("facts", "identity", "links")}
    return Results(
        grown(results.scores), grown(results.rings), grown(results.features), results.quarantine,
        grown(results.timelines), results.run, **held,
    )  # fmt: skip
