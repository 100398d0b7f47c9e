"""Lives of accounts: when they came, what their records say, and how they use what they rent."""

from __future__ import annotations

import numpy as np

from lessons.quarry.kinds import CPUS, KINDS, NETS, PLACES, Kind
from lessons.quarry.state import STREAM, Floats, Ints, Table, World

#: Machines bigger than one part are used for fewer hours.
GPUS_IN = np.array([1, 4, 1, 1, 1, 4, 8, 1, 8])
SHARED_TOOLS = 6_000_000
GOLDEN = 5_000_000
RELAYS = 9_000_000_000_000


def lives(world: World) -> None:
    """Write when accounts came, who they say they are, and what was verified of it."""
    rng, rows, n = world.rng, world.acc, len(world.acc)
    for kind in KINDS:
        at = np.flatnonzero(rows["kind"] == kind)
        k = KINDS[kind]
        low, high = k.age
        old = -rng.uniform(max(low, 0), high, len(at)) * rng.uniform(0.3, 1.0, len(at))
        young = rng.uniform(0, world.days * 0.75, len(at))
        rows["created"][at] = np.where(rng.random(len(at)) < k.new, young, np.minimum(old, -0.5))
        rows["cls"][at] = rng.choice(k.classes, len(at))
        rows["use"][at] = rng.choice(k.uses, len(at))
        rows["pay"][at] = rng.choice(k.pay, len(at))
    _bursts(world)
    rows["created"] = np.minimum(rows["created"], rng.uniform(0.75, 0.9, n) * world.days - 1)
    heads = np.unique(rows["payer"][rows["payer"] != np.arange(n)])
    rows["created"][heads] = -rng.uniform(300, 2500, len(heads))
    below = rows["payer"] != np.arange(n)
    rows["created"] = np.where(
        below, np.maximum(rows["created"], rows["created"][rows["payer"]] + 1), rows["created"]
    )
    rows["pay"] = np.where(
        below & (rows["pay"] != "prepaid") & (rows["pay"] != "budget"), "invoice", rows["pay"]
    )
    own = ~below | np.isin(rows["pay"], ("prepaid", "budget"))
    rows["payer"] = np.where(own, np.arange(n), rows["payer"])
    rows["closed"], rows["appeal"] = np.nan, np.nan
    leave = np.flatnonzero(rng.random(n) < 0.025)
    leave = leave[~np.isin(leave, heads)]
    rows["closed"][leave] = np.maximum(rows["created"][leave], 0) + rng.uniform(
        world.days / 12, world.days, len(leave)
    )
    rows["closed"] = np.where(rows["closed"] < world.days - 1, rows["closed"], np.nan)
    rows["reason"] = np.where(np.isnan(rows["closed"]), "", "customer")
    _papers(world)


def _bursts(world: World) -> None:
    """Let classes sign up in a day or two and cohorts within three weeks."""
    rng, rows = world.rng, world.acc
    for kind, spread in (("student", 1.5), ("cohort", 20.0)):
        at = np.flatnonzero(rows["kind"] == kind)
        for group in np.unique(rows["group"][at]):
            members = at[rows["group"][at] == group]
            day = rng.uniform(-25, world.days * 0.6)
            rows["created"][members] = day + rng.uniform(0, spread, len(members))


def _papers(world: World) -> None:
    """Write places, verification, registration, addresses, telephones and texts of forms."""
    rng, rows, n = world.rng, world.acc, len(world.acc)
    weights = 1.0 / np.arange(2, len(PLACES) + 2) ** 0.7
    rows["home"] = rng.choice(len(PLACES), n, p=weights / weights.sum())
    near = (rows["partner"] >= 0) & (rng.random(n) < 0.7)
    heads = np.array([head for _, head in world.partners] or [0])
    rows["home"] = np.where(near, rows["home"][heads[np.maximum(rows["partner"], 0)]], rows["home"])
    abroad = rng.integers(0, len(PLACES), n)
    rows["bill"] = np.where(rng.random(n) < 0.04, abroad, rows["home"][rows["payer"]])
    rows["phone"] = np.where(rng.random(n) < 0.05, abroad, rows["home"])
    person = rows["cls"] == "individual"
    status = rng.choice(
        ("verified", "pending", "none", "failed", "expired"), n, p=(0.81, 0.09, 0.05, 0.01, 0.04)
    )
    at = rows["created"] + rng.exponential(9, n) + np.where(rng.random(n) < 0.1, 60, 0)
    rows["kyc"] = np.where((status == "verified") & (at >= world.days), "pending", status)
    rows["kyc_at"] = np.where(
        np.isin(rows["kyc"], ("verified", "expired")) & (at < world.days), at, np.nan
    )
    paper = np.array([KINDS[kind].paper for kind in rows["kind"]])
    life = rng.lognormal(7.2, 1.0, n) * np.where(rows["cls"] == "startup", 0.3, 1.0) + 5
    rows["entity"] = np.where(~person & (rng.random(n) < paper), rows["created"] - life, np.nan)
    ids = np.arange(n)
    rows["form"] = np.where(rng.random(n) < 0.3, n + rng.zipf(1.6, n) % 14, ids)
    own_org = rows["org"][ids]
    rows["street"] = np.where((rng.random(n) < 0.06), n + rng.integers(0, 9, n), own_org)
    cohort = rows["kind"] == "cohort"
    rows["street"] = np.where(cohort, 2 * n + rows["group"], rows["street"])
    rows["tel"] = np.where(rng.random(n) < 0.3, own_org, ids)
    rows["card"] = rows["payer"]
    rows["third"] = rng.random(n) < 0.05


def streams_of(world: World, acc: Ints, kind: str) -> Table:
    """Draw one stream of use for each account as its archetype uses; tools are own or public."""
    rng, k, n = world.rng, KINDS[kind], len(acc)
    rows = np.zeros(n, STREAM)
    rows["acc"], rows["first"], rows["last"] = (
        acc,
        np.maximum(world.acc["created"][acc], 0),
        world.days,
    )
    rows["slope"] = rng.normal(0.15, 0.3, n)
    rows["cpu"], rows["cpu_sku"] = k.cpu * rng.lognormal(0, 0.8, n), rng.integers(0, len(CPUS), n)
    rows["noise"] = k.noise * rng.uniform(0.6, 1.4, n)
    rows["duty"], rows["weekend"] = np.clip(k.duty * rng.uniform(0.7, 1.3, n), 0.05, 1), k.weekend
    _machines(rows, k, world)
    _models(rows, k, world)
    _tools(rows, k, world)
    _habits(rows, k, world)
    return rows


def _machines(rows: Table, k: Kind, world: World) -> None:
    """Draw which GPUs run for how many hours a day, and how they are started."""
    rng, n = world.rng, len(rows)
    both = bool(k.gpus) and k.calls > 0
    has = (rng.random(n) < (0.6 if both else 1.0)) & bool(k.gpus)
    rows["gpu"] = np.where(has, rng.choice(k.gpus or (0,), n), -1)
    size = GPUS_IN[np.maximum(rows["gpu"], 0)]
    rows["hours"] = k.hours * rng.lognormal(0, 0.8, n) / size**0.7
    rows["churn"] = k.churn * rng.lognormal(0, 0.4, n)
    rows["ssh"] = np.maximum(1, rng.poisson(k.ssh, n))
    rows["asks"] = rng.random(n) < 0.35


def _models(rows: Table, k: Kind, world: World) -> None:
    """Draw which model is called how often, with what words, keys and end users."""
    rng, n = world.rng, len(rows)
    has = (rng.random(n) < 0.65) | (rows["gpu"] < 0) if k.calls else np.zeros(n, bool)
    if k.calls and not k.gpus:
        has = rng.random(n) < (0.35 if k.calls < 100 else 1.0)
    rows["model"] = np.where(has, rng.choice(k.models, n), -1)
    rows["calls"] = k.calls * rng.lognormal(0, 0.9, n)
    rows["tin"] = k.words[0] * rng.lognormal(0, 0.5, n)
    rows["tout"] = k.words[1] * rng.lognormal(0, 0.5, n)
    rows["rest"] = np.clip(k.rest * rng.uniform(0.6, 1.3, n), 0.02, 1.5)
    rows["keys"] = np.clip(rng.poisson(k.keys - 1, n) + 1, 1, 8)
    rows["users"] = np.where(rng.random(n) < 0.75, k.users * rng.lognormal(0, 0.6, n), 0)
    never = rng.random(n) < (0.45 if k.pivot > 5 else 0.2)
    rows["pivot"] = np.where(never, -1, k.pivot * rng.lognormal(0, 0.8, n))
    rows["alike"] = np.clip(k.alike * rng.uniform(0.5, 1.5, n), 0.02, 0.9)


def _tools(rows: Table, k: Kind, world: World) -> None:
    """Draw images, agents, clients and templates: most clients are public and widely shared."""
    rng, n, acc = world.rng, len(rows), rows["acc"]
    partner, group, who = world.acc["partner"][acc], world.acc["group"][acc], world.acc["kind"][acc]
    rows["image"] = np.where(rng.random(n) < 0.5, 10 * acc + rng.integers(0, 3, n), -1)
    golden = (partner >= 0) & (who != "tenant") & (rng.random(n) < 0.5)
    rows["image"] = np.where(golden, GOLDEN + partner, rows["image"])
    rows["agent"] = (rng.zipf(1.35, n) - 1) % 60
    rows["client"] = np.where(rng.random(n) < 0.8, (rng.zipf(1.4, n) - 1) % 40, 1000 + acc)
    rows["sketch"] = 100 + acc
    if k.alike < 0.3:
        rows["sketch"] = np.where(rng.random(n) < 0.15, rng.integers(0, 12, n), rows["sketch"])
    rows["agent"] = np.where(rng.random(n) < 0.12, 2000 + acc, rows["agent"])
    crowd = (group >= 0) & np.isin(who, ("toolkit_user", "student", "subsidiary", "landing_zone"))
    for tool in ("image", "agent", "client", "sketch"):
        rows[tool] = np.where(crowd & (rng.random(n) < 0.72), SHARED_TOOLS + group, rows[tool])


def _habits(rows: Table, k: Kind, world: World) -> None:
    """Draw who signs in how often, from where, and in which region machines stand."""
    rng, n, acc = world.rng, len(rows), rows["acc"]
    home: Floats = world.acc["home"][acc]
    rows["crew"] = acc * 10 + 1
    agency = world.acc["partner"][acc]
    kinds = np.array([kind for kind, _ in world.partners] + ["direct"])[agency]
    run_by = (kinds == "agency") & (rng.random(n) < 0.45)
    rows["crew"] = np.where(run_by, 10 * (GOLDEN + agency), rows["crew"])
    away = rng.random(n) < world.dial["away"] * k.away
    rows["place"] = np.where(away, rng.integers(0, len(PLACES), n), home)
    nets = [NETS.index(net) for net in k.nets]
    rows["net"] = np.where(rng.random(n) < 0.85, rng.choice(nets, n), rng.integers(0, len(NETS), n))
    rows["ips"] = np.maximum(1, rng.poisson(k.ips, n))
    rows["logins"] = k.logins * rng.lognormal(0, 0.7, n)
    rows["region"], rows["base"], rows["lock"] = rng.integers(0, 7, n), -1, -1
    rows["roam"] = np.array([kind == "remote_team" for kind in world.acc["kind"][acc]])


def everyday(world: World) -> None:
    """Give every account the streams of its archetype; platforms run several with own tools."""
    for kind in KINDS:
        acc = np.flatnonzero(world.acc["kind"] == kind)
        low, high = KINDS[kind].streams
        times = world.rng.integers(low, high + 1, len(acc))
        rows = streams_of(world, np.repeat(acc, times), kind)
        number = (
            np.concatenate([np.arange(t) for t in times]) if len(acc) else np.zeros(0, np.int64)
        )
        idle = world.rng.random(len(rows)) < 0.04
        rows["cpu"] = np.where(idle, 0, rows["cpu"])
        rows["gpu"], rows["model"] = (
            np.where(idle, -1, rows["gpu"]),
            np.where(idle, -1, rows["model"]),
        )
        if high > 1:
            rows["crew"] = rows["acc"] * 10 + 1 + number
            rows["image"] = np.where(rows["image"] >= 0, rows["acc"] * 10 + number, -1)
            rows["cpu"] = np.where(number == 0, rows["cpu"], 0)
        world.add(rows)
