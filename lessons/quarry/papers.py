"""Records: accounts, partners and their customers, owners, exceptions, decisions and rates."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import polars as pl

from lessons.quarry.kinds import PLACES
from lessons.quarry.money import CURRENCIES
from lessons.quarry.state import Flags, Floats, Ints, Table, World, hashes, moments

HEADS = (
    "Bar",
    "Cal",
    "Dor",
    "Fen",
    "Gal",
    "Hol",
    "Ish",
    "Jun",
    "Kel",
    "Lom",
    "Mar",
    "Nor",
    "Oru",
    "Pel",
    "Quin",
    "Ras",
    "Sol",
    "Tam",
    "Ulm",
    "Ves",
    "Wen",
    "Xan",
    "Yor",
    "Zed",
)
TAILS = (
    "ada",
    "bridge",
    "cove",
    "dell",
    "ello",
    "field",
    "gate",
    "hara",
    "ion",
    "kawa",
    "lund",
    "mere",
    "nova",
    "ova",
    "port",
    "quay",
    "rin",
    "stad",
    "tec",
    "ura",
    "vale",
    "wick",
)
TEXTS = {
    "web": "Hosting of our site and shop",
    "ml_training": "Training of our own models",
    "other": "General purpose",
}


def names(world: World, count: int, salt: int) -> list[str]:
    """Invent names that depend on nothing but their number."""
    rng = np.random.default_rng([world.salt, salt])
    a, b, c = (rng.integers(0, size, count) for size in (len(HEADS), len(TAILS), 900))
    return [f"{HEADS[i]}{TAILS[j]} {k + 100}" for i, j, k in zip(a, b, c, strict=True)]


def _maybe(world: World, days: Floats) -> pl.Series:
    """Return times where there are any."""
    gone = np.isnan(days)
    times = moments(world, np.where(gone, 0.0, days))
    return pl.select(pl.when(pl.Series(~gone)).then(times)).to_series()


def _some(values: Table, told: Flags) -> pl.Series:
    """Return texts where they were told, null elsewhere and for empty ones."""
    pairs = zip(values.tolist(), told.tolist(), strict=True)
    return pl.Series([value or None if known else None for value, known in pairs], dtype=pl.String)


def accounts(world: World, ids: pl.Series) -> pl.DataFrame:
    """Return the accounts table; a few records lack what most have."""
    rng, rows, n = world.rng, world.acc, len(world.acc)
    places, called = pl.Series(list(PLACES)), np.array(names(world, n, 1))
    firm = rows["cls"] != "individual"
    domains = np.char.add(np.char.replace(np.char.lower(called), " ", "-"), ".example")
    return pl.DataFrame(
        {
            "account_id": ids,
            "created_at": moments(world, rows["created"]),
            "payer_account_id": ids[rows["payer"]],
            "organisation_id": hashes(world, "org", np.where(rng.random(n) < 0.9, rows["org"], -1)),
            "declared_reseller": rows["reseller"],
            "partner_id": _partner_ids(world, rows["partner"]),
            "declared_use": [TEXTS.get(use) for use in rows["use"].tolist()],
            "declared_use_class": _some(rows["use"], rng.random(n) < 0.92),
            "customer_class": rows["cls"].tolist(),
            "org_name": _some(called, firm),
            "email_domain": np.where(firm, domains, "post.example").tolist(),
            "declared_country": places[rows["home"]],
            "billing_country": places[rows["bill"]],
            "phone_country": places[rows["phone"]],
            "kyc_status": rows["kyc"].tolist(),
            "kyc_verified_at": _maybe(world, rows["kyc_at"]),
            "entity_registered_at": _maybe(world, np.floor(rows["entity"])),
            "closed_at": _maybe(world, rows["closed"]),
            "close_reason": _some(rows["reason"], np.ones(n, bool)),
            "appeal_upheld_at": _maybe(world, rows["appeal"]),
        }
    ).sort("account_id")


def _partner_ids(world: World, numbers: Ints) -> pl.Series:
    """Return the ids of partners, null for a number below 0."""
    return "p-" + pl.Series(hashes(world, "partner", numbers), dtype=pl.String)


def partners(world: World) -> pl.DataFrame:
    """Return who sells, under whose care."""
    rng, count = world.rng, len(world.partners)
    heads = np.array([head for _, head in world.partners], dtype=np.int64)
    called = names(world, len(world.acc), 1)
    desks = rng.integers(10, 10 + max(2, count // 6), count)
    return pl.DataFrame(
        {
            "partner_id": _partner_ids(world, np.arange(count)),
            "name": [called[h] for h in heads],
            "country": pl.Series(list(PLACES))[world.acc["home"][heads]],
            "authorised": rng.random(count) < 0.94,
            "rep_id": [f"rep-{r}" for r in desks],
        }
    ).sort("partner_id")


def customers(world: World, ids: pl.Series) -> pl.DataFrame:
    """Return the customers whom partners name: most, and for what in part."""
    rng, rows, n = world.rng, world.acc, len(world.acc)
    heads = [head for _, head in world.partners]
    named = (rows["partner"] >= 0) & ~np.isin(np.arange(n), heads) & (rng.random(n) < 0.8)
    at = np.flatnonzero(named)
    called = names(world, n, 1)
    since = np.minimum(rows["created"][at] + rng.exponential(4, len(at)), world.days - 0.2)
    return pl.DataFrame(
        {
            "partner_id": _partner_ids(world, rows["partner"][at]),
            "end_customer_name": [called[a] for a in at],
            "account_id": ids[at],
            "country": pl.Series(list(PLACES))[rows["home"][at]],
            "stated_use": _some(rows["use"][at], rng.random(len(at)) < 0.6),
            "recorded_at": moments(world, np.fmin(since, rows["closed"][at])),
        }
    ).sort("partner_id", "account_id")


def owners(world: World, ids: pl.Series) -> pl.DataFrame:
    """Return the owners that a quarter of the firms declared."""
    rng, rows, n = world.rng, world.acc, len(world.acc)
    at = np.flatnonzero((rows["cls"] != "individual") & (rng.random(n) < 0.25))
    shares = [Decimal(share) for share in rng.choice(("0.25", "0.5", "0.51", "0.75", "1"), len(at))]
    called = names(world, n, 2)
    return pl.DataFrame(
        {
            "account_id": ids[at],
            "owner_name": [called[a] for a in at],
            "share_min": shares,
            "share_max": shares,
            "owner_kind": rng.choice(("person", "entity"), len(at)).tolist(),
            "owner_country": pl.Series(list(PLACES))[rng.permutation(rows["home"][at])],
        }
    ).sort("account_id")


def exceptions(world: World, ids: pl.Series) -> pl.DataFrame:
    """Return overrides of the provider's own rules, granted to anybody alike."""
    rng, rows, n = world.rng, world.acc, len(world.acc)
    open_now = (rows["created"] < world.days - 2) & np.isnan(rows["closed"])
    at = np.flatnonzero(open_now & (rng.random(n) < 0.03))
    kinds = ("kyc_override", "quota", "discount", "region", "policy")
    when = rng.uniform(np.maximum(rows["created"][at], 0), world.days - 0.5)
    return pl.DataFrame(
        {
            "time": moments(world, when),
            "kind": rng.choice(kinds, len(at), p=(0.15, 0.4, 0.35, 0.05, 0.05)).tolist(),
            "account_id": ids[at],
            "partner_id": _partner_ids(world, rows["partner"][at]),
        }
    ).sort("time", "account_id")


def labels(world: World, ids: pl.Series) -> pl.DataFrame:
    """Return the decisions that reviewers made before the logs end, one an account."""
    told: dict[int, tuple[float, str, str]] = {}
    for item in world.decisions:
        if item.day < world.days - 0.2:
            told.setdefault(item.acc, (item.day, item.decision, item.basis))
    at = np.array(list(told), dtype=np.int64)
    days = np.array([told[a][0] for a in at.tolist()], dtype=np.float64)
    until = [
        world.start + timedelta(days=int(day) + 180) if told[a][1] == "cleared" else None
        for a, day in zip(told, days, strict=True)
    ]
    return pl.DataFrame(
        {
            "account_id": ids[at],
            "decision": pl.Series([told[a][1] for a in told], dtype=pl.String),
            "decided_at": moments(world, days),
            "reviewer": [f"reviewer-{r}" for r in world.rng.integers(1, 5, len(at))],
            "expires_at": pl.Series(until, dtype=pl.Datetime("us")).dt.replace_time_zone("UTC"),
            "basis": pl.Series([told[a][2] for a in told], dtype=pl.String),
        },
        strict=False,
    ).sort("decided_at", "account_id")


def fx(world: World) -> pl.DataFrame:
    """Return daily rates to the dollar, which wander a little around the price lists."""
    frames = []
    for money, (percent, _) in CURRENCIES.items():
        step = (
            np.cumsum(world.rng.normal(0, 0.003, world.days))
            if money != "USD"
            else np.zeros(world.days)
        )
        rate = [
            Decimal(round(100 / percent * float(np.exp(s)), 6)).quantize(Decimal("0.000001"))
            for s in step
        ]
        dates = [(world.start + timedelta(days=d)).date() for d in range(world.days)]
        frames.append(pl.DataFrame({"date": dates, "currency": [money] * world.days, "rate": rate}))
    return pl.concat(frames).sort("date", "currency")
