"""What is planted: proxies behind the channel, in rings of shared tools and alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lessons.quarry.channel import different_payers
from lessons.quarry.kinds import (
    A100,
    A100X8,
    H100,
    H100X8,
    LIKENESS,
    NETS,
    PLACES,
    PROXY_NAMES,
    TOP,
)
from lessons.quarry.people import SHARED_TOOLS, streams_of
from lessons.quarry.state import Decision, Floats, Ints, Table, World

#: Kinds that also come alone, and those of them that come in no other way.
ALONE = ("T01", "T02", "T04", "T17", "T20")
SINGLE = ("T17",)
RING_TOOLS = SHARED_TOOLS + 500_000


def proxies(world: World) -> None:
    """Plant all rings and all who act alone, each in the likeness of innocent accounts."""
    left = max(3, round(world.dial["proxies"] * len(world.acc)))
    kinds = [k for k in LIKENESS if not (world.preset == "poison" and k == "T16")]
    order = [kinds[i] for i in world.rng.permutation(len(kinds))]
    turn = ring = 0
    while left > 0:
        typology = order[turn % len(order)]
        turn += 1
        single = typology in SINGLE or (typology in ALONE and world.rng.random() < 0.4)
        if single or (left < 3 and typology in ALONE):
            size = 1
        elif left < 3:
            continue
        else:
            fair = max(3, 2 * left // max(1, len(order) - turn + 1))
            size = int(np.clip(round(world.between("ring")), 3, min(15, fair, left)))
        who = _hosts(world, typology, size)
        ring += size > 1
        _become(world, who, typology, ring if size > 1 else -1)
        PLANTS[typology](world, who, ring)
        left -= size


def _hosts(world: World, typology: str, size: int) -> Ints:
    """Choose accounts to plant in: below different payers, or all below one for shells."""
    rows = world.acc
    heads = np.isin(np.arange(len(rows)), rows["payer"][rows["payer"] != np.arange(len(rows))])
    free = (rows["role"] == "benign") & ~heads & np.isnan(rows["closed"])
    fit = np.flatnonzero(
        free & np.isin(rows["kind"], LIKENESS[typology]) & (rows["created"] < world.days * 0.6)
    )
    if len(fit) < size:
        spare = (
            free
            & (rows["created"] < world.days * 0.6)
            & (rows["group"] < 0)
            & (rows["pay"] != "budget")
        )
        fit = np.concatenate(
            [
                fit,
                world.rng.permutation(np.flatnonzero(spare & ~np.isin(np.arange(len(rows)), fit))),
            ]
        )
        fit = fit[: max(size, 1)]
    if typology == "T08":
        inside = fit[rows["payer"][fit] != fit]
        if len(inside):
            payers, count = np.unique(rows["payer"][inside], return_counts=True)
            payer = payers[np.argmax(count)]
            fit = np.concatenate(
                [inside[rows["payer"][inside] == payer], fit[rows["payer"][fit] != payer]]
            )[:size]
            rows["payer"][fit], rows["pay"][fit], rows["partner"][fit] = (
                payer,
                "invoice",
                rows["partner"][payer],
            )
            rows["created"][fit] = np.maximum(rows["created"][fit], rows["created"][payer] + 1)
        return fit[:size]
    return different_payers(world, fit, size)


def _become(world: World, who: Ints, typology: str, ring: int) -> None:
    """Write the truth of accounts and take them out of the groups of innocents."""
    rows = world.acc
    rows["role"][who], rows["typology"][who], rows["ring"][who] = "proxy", typology, ring
    rows["kind"][who], rows["group"][who] = PROXY_NAMES[typology], -1
    if typology != "T08":
        rows["org"][who] = who
    shared = np.concatenate([world.of(int(acc)) for acc in who])
    for tool in ("image", "agent", "client", "sketch"):
        group = world.streams[tool][shared] >= SHARED_TOOLS
        world.streams[tool][shared] = np.where(
            group, 10 * world.streams["acc"][shared], world.streams[tool][shared]
        )


def begins(world: World, who: Ints) -> Floats:
    """Draw when each starts: together but not at once; late where the world is poisoned."""
    born: Floats = np.maximum(world.acc["created"][who], 0)
    if world.preset == "poison":
        return np.maximum(born, world.days * 2 / 3 + world.rng.uniform(0, 2, len(who)))
    together = world.rng.uniform(-0.3, 0.4) * world.days
    return np.maximum(
        born, np.clip(together + world.rng.normal(0, 4, len(who)), 0, world.days * 0.6)
    )


def use(world: World, who: Ints, typology: str, ring: int, kind: str = "") -> Table:
    """Draw what proxies run: an innocent's use, more of it, steadier, with tools of the ring."""
    rng, n = world.rng, len(who)
    names = [
        kind or rng.choice([k for k in LIKENESS[typology] if k != "sleeper"] or ["partner_app"])
    ] * n
    rows = streams_of(world, who, str(names[0]))
    rows["first"] = begins(world, who)
    rows["ramp"] = world.days - rows["first"] if world.preset == "poison" else rng.uniform(1, 8, n)
    rows["hours"] *= world.between("volume")
    rows["calls"] *= world.between("volume")
    rows["noise"] = world.between("steady")
    rows["cpu"], rows["slope"] = 0.3 * rng.random(n), rng.normal(0.1, 0.2, n)
    away = rng.random(n) < world.dial["away_more"]
    rows["place"] = np.where(away, rng.integers(0, len(PLACES), n), rows["place"])
    if len(np.unique(who)) > 1:
        for tool in ("image", "agent", "client", "sketch"):
            mine = rng.random(n) < world.dial["shared"]
            rows[tool] = np.where(mine, RING_TOOLS + ring, rows[tool])
        leaky = rng.random(n) < world.dial["leak"]
        rows["crew"] = np.where(leaky, 10 * (RING_TOOLS + ring), 10 * who + 5)
        same = (rng.random(n) < 1.5 * world.dial["leak"]) & (world.preset != "poison")
        world.acc["form"][who] = np.where(same, RING_TOOLS + ring, world.acc["form"][who])
    else:
        rows["crew"] = np.where(rng.random(n) < 0.5, 10 * who + 5, rows["crew"])
    return rows


def settle(world: World, rows: Table) -> Ints:
    """Add what proxies run, and let what ran before fade where the world is not poisoned."""
    if world.preset != "poison":
        for row in rows:
            old = world.of(int(row["acc"]))
            old = old[world.streams["crew"][old] != row["crew"]]
            stays = world.rng.random() < 0.5
            world.streams["last"][old] = np.where(stays, world.streams["last"][old], row["first"])
            late = world.streams["first"][old] >= row["first"]
            world.streams["calls"][old] *= np.where(late, 0.1, 1)
            world.streams["hours"][old] *= np.where(late, 0.1, 1)
    return world.add(rows)


def _models_only(world: World, rows: Table, top: bool) -> None:
    """Make streams ones of model calls."""
    rows["gpu"], rows["model"] = -1, world.rng.choice(TOP if top else (0, 2, 3), len(rows))


def _gpus_only(world: World, rows: Table, sizes: tuple[int, ...]) -> None:
    """Make streams ones of one GPU type, with few model calls."""
    rows["model"], rows["gpu"] = -1, world.rng.choice(sizes)


def fronted(world: World, who: Ints, ring: int) -> None:
    """T01: small traders buy a round budget for somebody who burns it in one go."""
    rng, rows = world.rng, use(world, who, "T01", ring, "project")
    world.acc["pay"][who], world.acc["payer"][who], world.acc["card"][who] = "budget", who, who
    world.acc["third"][who] = rng.random(len(who)) < 0.45
    world.acc["cls"][who] = "business"
    world.acc["use"][who] = rng.choice(("web", "analytics", "other", "ml_training"), len(who))
    if rng.random() < 0.6:
        _gpus_only(world, rows, (A100, A100X8, H100))
    else:
        _models_only(world, rows, top=False)
        rows["calls"] = 500 * rng.lognormal(0, 0.6, len(who))
    rows["crew"] = 10 * who + 5
    if world.preset != "poison":
        rows["last"] = np.minimum(world.days, rows["first"] + rng.uniform(12, 36, len(who)))
        for acc, first in zip(who, rows["first"], strict=True):
            before = world.of(int(acc))
            world.streams["first"][before] = np.maximum(world.streams["first"][before], first)
    settle(world, rows)


def bought(world: World, who: Ints, ring: int) -> None:
    """T02: long-aged accounts change hands within hours and wake up."""
    rng = world.rng
    rows = use(world, who, "T02", ring, "partner_app" if rng.random() < 0.6 else "partner_ml")
    rows["first"] = np.maximum(rows["first"], rng.uniform(0.1, 0.5, len(who)) * world.days)
    rows["crew"] = 10 * who + 7
    rows["place"] = np.where(
        rng.random(len(who)) < 0.4, rng.integers(0, len(PLACES), len(who)), rows["place"]
    )
    world.acc["kyc"][who] = "verified"
    world.acc["kyc_at"][who] = world.acc["created"][who] + rng.exponential(5, len(who))
    at = settle(world, rows)
    for stream in at:
        row = world.streams[stream]
        steps = [
            "ResetPassword",
            "ChangeEmail",
            "ChangePhone",
            "DeactivateMFADevice",
            "EnableMFADevice",
        ]
        steps = [s for s in steps if rng.random() < 0.8] + ["AddPaymentInstrument"] * int(
            rng.random() < 0.6
        )
        hours = world.between("hand_hours")
        gap = hours / 24 / max(1, len(steps))
        world.tell(
            row["acc"], max(row["first"] - hours / 24, 0.01), *steps, gap=gap, stream=int(stream)
        )


def farm(world: World, who: Ints, ring: int) -> None:
    """T03: many small accounts of equal shares that call models round the clock."""
    rows = use(world, who, "T03", ring, "partner_app")
    _models_only(world, rows, top=True)
    rows["calls"] = np.median(rows["calls"]) * world.rng.lognormal(0, 0.15, len(who)) * 0.7
    rows["rest"], rows["users"], rows["keys"], rows["ips"] = 0.95, 0, 1, 1
    rows["alike"] = world.dial["alike"] * 0.8
    rows["pivot"] = world.rng.uniform(0, 5)
    world.pools.append(settle(world, rows).tolist())


def key_passer(world: World, who: Ints, ring: int) -> None:
    """T04: undeclared resellers pass their keys on to many who call from everywhere."""
    rng, rows = world.rng, use(world, who, "T04", ring)
    _models_only(world, rows, top=False)
    rows["rest"], rows["keys"] = rng.uniform(0.85, 1.02, len(who)), rng.integers(2, 6, len(who))
    rows["users"] = np.where(rng.random(len(who)) < 0.7, 0, rows["users"])
    rows["ips"], rows["roam"] = np.maximum(4, rng.poisson(world.dial["keys"], len(who))), True
    rows["alike"] = 0.05
    at = settle(world, rows)
    if len(at) > 1:
        world.pools.append(at.tolist())


def harvest(world: World, who: Ints, ring: int) -> None:
    """T06: one task in one template, long answers, the newest model within a day."""
    rng, rows = world.rng, use(world, who, "T06", ring)
    _models_only(world, rows, top=True)
    rows["calls"] = np.median(rows["calls"]) * rng.lognormal(0, 0.3, len(who))
    rows["tout"] = 900 * rng.lognormal(0, 0.3) * rng.lognormal(0, 0.1, len(who))
    rows["alike"], rows["pivot"] = world.dial["alike"], rng.uniform(0, 1.4, len(who))
    rows["rest"], rows["users"] = rng.uniform(0.75, 1.0, len(who)), 0
    world.pools.append(settle(world, rows).tolist())


def shells(world: World, who: Ints, ring: int) -> None:
    """T08: young shells below one payer hand the same work on from contract to contract."""
    rng, rows = world.rng, use(world, who, "T08", ring, "partner_ml")
    _gpus_only(world, rows, (A100, H100, A100X8))
    world.acc["entity"][who] = world.acc["created"][who] - world.between("young") * rng.uniform(
        0.6, 1.4, len(who)
    )
    world.acc["form"][who] = np.where(
        rng.random(len(who)) < 0.3, RING_TOOLS + ring, world.acc["form"][who]
    )
    if world.preset != "poison":
        born = np.maximum(world.acc["created"][who], 0)
        edge = np.linspace(0, world.days, len(who) + 1)[np.argsort(np.argsort(born)).clip(0)]
        rows["first"] = np.maximum(born, edge)
        stay = world.days / len(who) * rng.uniform(1.1, 1.7, len(who))
        rows["last"] = np.minimum(world.days, rows["first"] + np.maximum(stay, 6))
    settle(world, rows)


def splitter(world: World, who: Ints, ring: int) -> None:
    """T14: one demand in equal parts, each a little below what needs a quota."""
    rng, rows = world.rng, use(world, who, "T14", ring, "partner_ml")
    _gpus_only(world, rows, (A100, H100))
    rows["hours"] = np.median(rows["hours"]) * rng.lognormal(0, 0.05, len(who))
    rows["noise"], rows["duty"], rows["weekend"] = 0.08, 0.97, 0.98
    at = settle(world, rows)
    world.pools.append(at.tolist())
    for stream in at:
        row = world.streams[stream]
        world.tell(
            row["acc"], row["first"] + 0.3, "RequestServiceQuotaIncrease", stream=int(stream)
        )


def comes_back(world: World, who: Ints, ring: int) -> None:
    """T16: some are closed by policy and confirmed; the others go on with what these left."""
    rng, gone = world.rng, max(1, len(who) // 3)
    rows = use(world, who, "T16", ring, "partner_app" if rng.random() < 0.5 else "partner_ml")
    shut = rng.uniform(0.2, 0.35) * world.days
    first, later = who[:gone], who[gone:]
    world.acc["created"][first] = np.minimum(world.acc["created"][first], -rng.uniform(5, 90, gone))
    world.acc["closed"][first] = shut + rng.uniform(0, 1, gone)
    world.acc["reason"][first] = "policy"
    back = shut + world.between("back_days") * rng.uniform(0.5, 1.5, len(later))
    back = np.minimum(back, rng.uniform(0.75, 0.9, len(later)) * world.days)
    world.acc["created"][later] = back
    world.acc["payer"][later] = later
    world.acc["card"][later] = later
    world.acc["pay"][later] = np.where(
        world.acc["pay"][later] == "invoice", "card", world.acc["pay"][later]
    )
    world.acc["entity"][later] = np.minimum(world.acc["entity"][later], back - 5)
    world.acc["kyc_at"][later] = np.where(
        world.acc["kyc"][later] == "verified", back + rng.uniform(0, 3, len(later)), np.nan
    )
    rows["first"] = np.concatenate([np.zeros(gone), back])
    rows["crew"][gone:] = np.where(
        rng.random(len(later)) < world.dial["leak"], rows["crew"][0], 10 * later + 5
    )
    at = settle(world, rows)
    world.streams["lock"][at[gone:]] = np.where(rng.random(len(later)) < 0.4, at[0], at[gone:])
    for acc in first:
        world.decisions.append(
            Decision(int(acc), float(world.acc["closed"][acc]) + 0.2, "confirmed_proxy")
        )


def aggregator(world: World, who: Ints, ring: int) -> None:
    """T17: tenants that have nothing in common inside one account that declares none."""
    rng, many = world.rng, max(3, round(world.between("tenants")))
    rows = use(world, np.repeat(who, many), "T17", ring, "partner_ml")
    n = np.arange(len(rows))
    rows["gpu"] = rng.choice((A100, A100X8, H100, H100X8), len(rows), p=(0.5, 0.15, 0.3, 0.05))
    rows["hours"] /= many**0.5
    rows["crew"], rows["image"] = (
        rows["acc"] * 10 + 1 + n % 9,
        50_000_000 + rows["acc"] * 20 + n % 20,
    )
    rows["agent"], rows["client"] = rng.integers(0, 60, len(rows)), rng.integers(0, 40, len(rows))
    rows["net"], rows["ssh"] = rng.integers(0, len(NETS), len(rows)), rng.integers(2, 7, len(rows))
    rows["place"] = np.where(
        rng.random(len(rows)) < 0.3, rng.integers(0, len(PLACES), len(rows)), rows["place"]
    )
    at = settle(world, rows)
    if rng.random() < 0.6:
        world.tell(
            who[0], float(rows["first"].min()) + 0.2, "CreateCapacityReservation", stream=int(at[0])
        )


def sub_letter(world: World, who: Ints, ring: int) -> None:
    """T20: rented machines let by the hour to whoever brings a key."""
    rng, rows = (
        world.rng,
        use(world, who, "T20", ring, "tenant" if world.rng.random() < 0.5 else "partner_ml"),
    )
    rows["gpu"], rows["model"] = rng.choice((A100, H100), len(who)), -1
    rows["churn"], rows["weekend"] = rng.uniform(0.8, 2.2, len(who)), 0.97
    rows["ssh"] = rows["ips"] = np.maximum(6, rng.poisson(world.dial["keys"], len(who)))
    rows["duty"], rows["roam"] = 0.95, rng.random(len(who)) < 0.5
    settle(world, rows)


PLANTS: dict[str, Callable[[World, Ints, int], None]] = {
    "T01": fronted,
    "T02": bought,
    "T03": farm,
    "T04": key_passer,
    "T06": harvest,
    "T08": shells,
    "T14": splitter,
    "T16": comes_back,
    "T17": aggregator,
    "T20": sub_letter,
}
