"""Who else does something odd: victims, other abuse, innocents with a history; and the presets."""

from __future__ import annotations

import numpy as np

from lessons.quarry.kinds import A10, A100X4, LIKENESS, NETS, PLACES, T4, TOP
from lessons.quarry.people import GPUS_IN, streams_of
from lessons.quarry.plant import settle
from lessons.quarry.state import Decision, Floats, Ints, World

#: Accounts whose GPUs are not controlled may keep them where access is denied.
OPEN_GPUS = (T4, 1, 2, A10)
CHANGES = (
    "ResetPassword",
    "ChangePhone",
    "ChangeEmail",
    "EnableMFADevice",
    "AddPaymentInstrument",
    "UpdateContactInformation",
    "DeactivateMFADevice",
)


def _benign(world: World, kinds: tuple[str, ...], size: int, before: float = 0.6) -> Ints:
    """Draw innocent accounts of some archetypes that pay for themselves and stay open."""
    rows = world.acc
    heads = np.isin(np.arange(len(rows)), rows["payer"][rows["payer"] != np.arange(len(rows))])
    fit = (
        (rows["role"] == "benign")
        & ~heads
        & np.isnan(rows["closed"])
        & (rows["created"] < before * world.days)
    )
    chosen = world.rng.permutation(np.flatnonzero(fit & np.isin(rows["kind"], kinds)))
    if len(chosen) < size:
        chosen = np.concatenate(
            [chosen, world.rng.permutation(np.flatnonzero(fit & (rows["group"] < 0)))]
        )
    return np.unique(chosen[:size])


def innocents(world: World) -> None:
    """Let firms change hands, classes end, closed customers come back, and people change papers."""
    rng, n = world.rng, len(world.acc)
    for acc in np.flatnonzero(
        (world.acc["kind"] == "takeover") & (world.acc["created"] < world.days * 0.5)
    ):
        _takeover(world, int(acc))
    fade = np.flatnonzero(np.isin(world.acc["kind"][world.streams["acc"]], ("student", "project")))
    long = rng.uniform(10, 40, len(fade))
    world.streams["last"][fade] = np.minimum(world.streams["first"][fade] + long, world.days)
    for who in np.flatnonzero(rng.random(n) < 0.1).tolist():
        steps = rng.choice(CHANGES, int(rng.integers(1, 4)), replace=False).tolist()
        world.tell(who, rng.uniform(0, world.days), *steps, gap=rng.exponential(0.6))
    for who in np.flatnonzero(rng.random(n) < 0.12).tolist():
        status = "failure" if rng.random() < 0.3 else "success"
        day = rng.uniform(0, world.days, 2)
        world.tell(who, day[0], "RequestServiceQuotaIncrease", status=status)
        world.tell(who, day[1], "CreateSupportCase")
    for _ in range(max(1, round(0.0015 * n))):
        _returner(world)


def _takeover(world: World, acc: int) -> None:
    """Change the people of an account in stages; the old ones stay a while, machines stay too."""
    rng, old = world.rng, int(world.of(acc)[0])
    day = rng.uniform(max(0.0, world.acc["created"][acc]) + 2, world.days * 0.8)
    rows = world.streams[[old]].copy()
    rows["first"], rows["crew"], rows["base"] = day, acc * 10 + 6, -1  # its machines' keys stay
    rows["net"], rows["calls"] = rng.integers(0, len(NETS)), rows["calls"] * rng.uniform(0.8, 2.0)
    world.streams["last"][old] = min(world.days, day + rng.uniform(3, 15))
    new = int(world.add(rows)[0])
    span = rng.uniform(0.3, 2.5) if rng.random() < 0.25 else rng.uniform(4, 20)
    steps = [
        "CreateSupportCase",
        "CreateUser",
        "ChangeEmail",
        "EnableMFADevice",
        "ChangePhone",
        "UpdateContactInformation",
    ]
    world.tell(acc, day, *steps, gap=span / len(steps), stream=new)


def _returner(world: World) -> None:
    """Close an innocent by mistake; it appeals, and has opened another account meanwhile."""
    pair = _benign(world, ("web_shop", "ml_startup", "hobbyist"), 2)
    if len(pair) < 2:
        return
    rng, rows = world.rng, world.acc
    old, new = sorted(pair.tolist(), key=lambda acc: float(rows["created"][acc]))
    shut = max(rows["created"][old], 0) + rng.uniform(0.1, 0.3) * world.days
    rows["closed"][old], rows["reason"][old], rows["kind"][pair] = shut, "policy", "returner"
    rows["appeal"][old] = shut + rng.uniform(6, 18)
    rows["created"][new] = min(shut + rng.uniform(1, 12), world.days * 0.9)
    rows["kyc_at"][new] = np.where(
        rows["kyc"][new] == "verified", rows["created"][new] + 0.5, np.nan
    )
    rows["entity"][new] = rows["entity"][old]
    rows["payer"][new], rows["card"][new], rows["org"][new] = new, old, rows["org"][old]
    rows["pay"][new] = "card"
    world.streams["crew"][world.of(new)] = old * 10 + 1
    world.streams["lock"][world.of(new)] = world.of(old)[0]
    world.streams["image"][world.of(new)] = world.streams["image"][world.of(old)[0]]
    if rows["appeal"][old] < world.days - 1:
        world.decisions.append(Decision(old, float(rows["appeal"][old]) + 0.1, "cleared", "appeal"))


def victims(world: World) -> None:
    """T07: a thief's calls on a holder's key, beside what the holder does, until it is found."""
    rng = world.rng
    for acc in _benign(
        world, ("web_shop", "partner_shop", "remote_team"), max(1, round(0.003 * len(world.acc)))
    ):
        world.acc["role"][acc], world.acc["typology"][acc] = "victim", "T07"
        world.acc["kind"][acc], world.acc["group"][acc] = "victim", -1
        mine = world.of(acc)
        world.streams["model"][mine] = -1
        rows = streams_of(world, np.array([acc]), "ai_wrapper")
        rows["first"] = max(0.5, world.acc["created"][acc] + 1, rng.uniform(0.2, 0.8) * world.days)
        rows["last"] = np.minimum(rows["first"] + rng.uniform(3, 14), world.days)
        rows["model"], rows["rest"], rows["ips"], rows["roam"] = (
            rng.choice(TOP),
            1,
            rng.poisson(14) + 4,
            True,
        )
        rows["net"], rows["place"] = rng.choice((2, 3, 6)), rng.integers(0, len(PLACES))
        rows["crew"], rows["keys"], rows["users"], rows["cpu"] = acc * 10 + 8, 1, 0, 0
        rows["calls"] *= rng.uniform(0.5, 3)
        rows["base"], rows["logins"], rows["pivot"] = mine[0], 0, -1
        at = int(world.add(rows)[0])
        begin = float(rows["first"][0])
        steps = (
            "GetFoundationModelAvailability",
            "ListFoundationModels",
            "PutUseCaseForModelAccess",
        )
        world.tell(acc, begin - 0.3, *steps, gap=0.02, stream=at)
        if rng.random() < 0.6:
            world.tell(acc, begin + 0.1, "DeleteModelInvocationLoggingConfiguration", stream=at)
        end = float(rows["last"][0]) + 0.3
        world.tell(
            acc,
            end,
            "DeleteAccessKey",
            "CreateSupportCase",
            "ResetPassword",
            gap=0.1,
            stream=int(mine[0]),
        )
        if end < world.days * 0.7 and rng.random() < 0.4:
            world.decisions.append(Decision(int(acc), end + 2, "confirmed_victim"))


def abuse(world: World) -> None:
    """Plant what is wrong but no proxy: mining, farming of trials, and payment fraud."""
    rng, left = world.rng, max(1, round(0.003 * len(world.acc)))
    for step, acc in enumerate(_benign(world, ("tenant", "hobbyist", "student"), left)):
        kind, typology = (("miner", "T13"), ("trial_farmer", "T13"), ("card_fraud", "T12"))[
            step % 3
        ]
        row = world.acc
        row["role"][acc], row["typology"][acc], row["kind"][acc] = "other", typology, kind
        row["payer"][acc], row["card"][acc], row["org"][acc], row["group"][acc] = acc, acc, acc, -1
        row["pay"][acc], row["cls"][acc] = (
            {"miner": "prepaid", "trial_farmer": "credits"}.get(kind, "card"),
            "individual",
        )
        rows = streams_of(world, np.array([acc]), "tenant")
        rows["gpu"] = {"miner": A10, "trial_farmer": T4}.get(kind, A100X4)
        rows["hours"] = {"miner": 47.0, "trial_farmer": 6.0}.get(kind, 30.0) * rng.uniform(0.7, 1.2)
        rows["weekend"], rows["duty"], rows["noise"], rows["churn"] = 1, 1, 0.04, 0.3
        rows["first"] = np.maximum(rows["first"], rng.uniform(0, 0.5) * world.days)
        if kind == "trial_farmer":
            rows["crew"] = 40_000_001
            rows["image"] = 4_900_000
        if kind == "card_fraud":
            rows["last"] = np.minimum(rows["first"] + rng.uniform(8, 20), world.days)
            shut = 31 * np.ceil(float(rows["last"][0]) / 31) + 14
            if shut < world.days:
                row["closed"][acc], row["reason"][acc] = shut, "fraud"
        settle(world, rows)


def judged(world: World) -> None:
    """Let reviewers have decided about a few: some proxies, more innocents that looked odd."""
    rng, rows = world.rng, world.acc
    odd = (
        "research_cloud",
        "notebook_host",
        "toolkit_user",
        "eval_lab",
        "ai_wrapper",
        "project",
        "marketplace",
    )
    for acc in np.flatnonzero(
        (rows["role"] == "benign") & np.isin(rows["kind"], odd) & (rng.random(len(rows)) < 0.03)
    ):
        what = "unresolved" if rng.random() < 0.2 else "cleared"
        world.decisions.append(Decision(int(acc), _review(world, int(acc)), what))
    known = np.flatnonzero(
        (rows["role"] == "proxy") & (rows["typology"] != "T16") & (rng.random(len(rows)) < 0.06)
    )
    for acc in known if world.preset in ("standard", "volume_matched") else known[:0]:
        world.decisions.append(Decision(int(acc), _review(world, int(acc)), "confirmed_proxy"))


def _review(world: World, acc: int) -> float:
    """Draw the day of a decision: after the account came, before the logs end."""
    return float(
        world.rng.uniform(max(world.acc["created"][acc], world.days * 0.5), world.days - 0.5)
    )


def volume(world: World) -> Floats:
    """Return a price-weighted guess of each account's GPU use and calls, as two columns."""
    rows = world.streams
    long = np.maximum(np.minimum(rows["last"], world.days) - rows["first"], 0) * rows["duty"]
    lift = np.where(rows["ramp"] > 20, 0.5, 1.0) * long
    gpu = np.where(
        rows["gpu"] >= 0,
        rows["hours"] * GPUS_IN[np.maximum(rows["gpu"], 0)] * lift * (5 + 2 * rows["weekend"]) / 7,
        0,
    )
    calls = np.where(rows["model"] >= 0, rows["calls"] * lift * (5 + 2 * rows["rest"]) / 7, 0)
    total = np.zeros((len(world.acc), 2))
    np.add.at(total, rows["acc"], np.stack([gpu, calls], axis=1))
    return total


def matched(world: World) -> None:
    """Scale each proxy's use to that of an innocent look-alike drawn at random."""
    total, rows = volume(world), world.acc
    for typology, kinds in LIKENESS.items():
        alike = (rows["role"] == "benign") & np.isin(
            rows["kind"], (*kinds, "project", "partner_app", "partner_ml")
        )
        for acc in np.flatnonzero((rows["role"] == "proxy") & (rows["typology"] == typology)):
            for column, name in enumerate(("hours", "calls")):
                pool = total[alike & (total[:, column] > 0), column]
                if total[acc, column] > 0 and len(pool):
                    world.streams[name][world.of(int(acc))] *= (
                        world.rng.choice(pool) / total[acc, column]
                    )


def denied(world: World) -> None:
    """Let proxies ask for controlled GPUs and for models in vain; what they run is open to all."""
    proxy = world.acc["role"][world.streams["acc"]] == "proxy"
    rows = world.streams
    rows["vain"] = proxy & ((rows["model"] >= 0) | ~np.isin(rows["gpu"], (-1, *OPEN_GPUS)))
    for stream in np.flatnonzero(rows["vain"]):
        row = rows[stream]
        tries = ["RequestServiceQuotaIncrease", "ListFoundationModels"][int(row["model"] >= 0) :]
        world.tell(row["acc"], row["first"] + 0.4, *tries, stream=int(stream), status="failure")
        if row["model"] < 0 and world.rng.random() < 0.5:
            world.tell(
                row["acc"],
                row["first"] + 0.6,
                "CreateCapacityReservation",
                stream=int(stream),
                status="failure",
            )
    rows["cpu"] = np.where(
        rows["vain"], np.maximum(rows["cpu"], world.rng.lognormal(0, 0.7, len(rows))), rows["cpu"]
    )
