"""The events table, and the links between accounts that events, payments and records show."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from lessons.quarry.calls import REGIONS
from lessons.quarry.doings import doings
from lessons.quarry.kinds import GPU_NAMES, MODEL_NAMES, NETS, PLACES
from lessons.quarry.people import RELAYS
from lessons.quarry.state import Flags, Ints, Table, World, hashes, moments

SIGN_IN = ("ConsoleLogin", "AssumeRole")
ACCOUNT_OPS = (
    *("CreateAccount", "CreateUser", "ChangeEmail", "ChangePhone", "ResetPassword"),
    *("UpdateContactInformation", "EnableMFADevice", "DeactivateMFADevice"),
    "AddPaymentInstrument",
)
SERVICES = {"RequestServiceQuotaIncrease": "quotas", "CreateSupportCase": "support"}


def events(world: World) -> pl.DataFrame:
    """Return the events table, with the number of the account in the place of its id."""
    raw = doings(world)
    row, operation = world.streams[raw["stream"].to_numpy()], raw["operation"].to_numpy()
    signs, own = np.isin(operation, SIGN_IN), np.isin(operation, ACCOUNT_OPS)
    columns: dict[str, Any] = {
        "time": moments(world, raw["day"].to_numpy()),
        "acc": row["acc"],
        "class_uid": np.where(signs, 3002, np.where(own, 3001, 6003)),
        "operation": raw["operation"],
        "status": np.where(raw["good"].to_numpy(), "success", "failure"),
        "actor_uid": hashes(world, "actor", row["crew"]),
        "region": pl.Series(REGIONS)[row["region"]],
    }
    columns |= _whence(world, row, signs | own)
    columns |= _what(world, row, operation)
    mfa = pl.Series(row["crew"] % 3 > 0)
    columns["mfa"] = pl.select(pl.when(pl.Series(signs)).then(mfa)).to_series()
    return pl.DataFrame(columns).sort("time", "src_ip_hash", "operation", maintain_order=True)


def _whence(world: World, row: Table, console: Flags) -> dict[str, Any]:
    """Return addresses, places, agents and devices; who roams comes from here and there."""
    rng, n = world.rng, len(row)
    elsewhere = row["roam"] & (rng.random(n) < 0.4)
    net = np.where(elsewhere, rng.integers(0, len(NETS), n), row["net"])
    relay = np.isin(net, (1, 3)) & (rng.random(n) < 0.5)
    shared = RELAYS + net * 100 + rng.integers(0, 60, n)
    ip = np.where(relay, shared, row["crew"] * 64 + rng.integers(0, row["ips"]))
    far = row["roam"] & (rng.random(n) < 0.25)
    place = np.where(far, rng.integers(0, len(PLACES), n), row["place"])
    agent = np.where(console, 1000 + (row["crew"] * 7 + 3) % 41, row["agent"])
    tls = np.where(rng.random(n) < 0.6, agent * 3 + row["crew"] % 2, -1)
    device = row["crew"] * 4 + (rng.random(n) < 0.2)
    return {
        "src_ip_hash": hashes(world, "ip", ip),
        "src_asn_class": pl.Series(NETS)[net],
        "src_country": pl.Series(list(PLACES))[place],
        "user_agent_hash": hashes(world, "agent", agent),
        "tls_fingerprint": hashes(world, "tls", tls),
        "device_hash": hashes(world, "device", np.where(console, device, -1)),
    }


def _names(texts: tuple[str, ...], at: Ints) -> pl.Series:
    """Return texts by their numbers, null below 0."""
    return pl.Series([*texts, None])[np.where(at < 0, len(texts), at)]


def _what(world: World, row: Table, operation: Table) -> dict[str, Any]:
    """Return what an operation was about: machines, images, keys, models, how many."""
    rng, n = world.rng, len(row)
    run, call = operation == "RunInstances", operation == "InvokeModel"
    quota = operation == "RequestServiceQuotaIncrease"
    key = row["base"] * 16 + rng.integers(0, np.clip(row["keys"], 1, 4))
    lock = row["lock"] * 256 + rng.integers(0, row["ssh"])
    ssh = (run | (operation == "ImportKeyPair")) & (rng.random(n) < 0.9)
    image = run | (operation == "CreateImage")
    people = dict.fromkeys(SIGN_IN + ACCOUNT_OPS, "identity")
    served = [(SERVICES | people).get(name) for name in operation.tolist()]
    kinds = ["models" if "Model" in o else "compute" for o in operation.tolist()]
    return {
        "service": [a or b for a, b in zip(served, kinds, strict=True)],
        "actor_type": np.where(call, "key", "user"),
        "credential_uid": hashes(world, "key", np.where(call, key, -1)),
        "resource_count": np.where(quota, 1 + (row["hours"] / 20).astype(np.int64), 1),
        "instance_type": _names(GPU_NAMES, np.where(run, row["gpu"], -1)),
        "image_hash": hashes(world, "image", np.where(image, row["image"], -1)),
        "ssh_key_hash": hashes(world, "ssh_key", np.where(ssh, lock, -1)),
        "model_id": _names(MODEL_NAMES, np.where(call, row["model"], -1)),
    }


def links(world: World, seen: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    """Return account_links: what events and payments showed, and what records say."""
    kinds = {"device_hash": "device", "src_ip_hash": "ip", "ssh_key_hash": "ssh_key"}
    kinds |= {"image_hash": "image", "credential_uid": "access_key"}
    frames = [_spans(seen, column, kind) for column, kind in kinds.items()]
    frames.append(_spans(paid, "instrument_hash", "payment"))
    rows, n = world.acc, len(world.acc)
    firm = np.where(rows["cls"] == "individual", -1, rows["org"])
    records = {"phone": (rows["tel"], 0.9), "email": (np.arange(n), 1.0), "tax_id": (firm, 0.6)}
    records |= {"address": (rows["street"], 0.85), "form_text": (rows["form"], 0.5)}
    for kind, (value, filled) in records.items():
        at = np.flatnonzero((world.rng.random(n) < filled) & (value >= 0))
        record = {
            "acc": at,
            "value_hash": hashes(world, kind, value[at]),
            "first_seen": moments(world, rows["created"][at]),
            "last_seen": moments(world, np.fmin(rows["closed"][at], world.days)),
        }
        frames.append(pl.DataFrame(record).with_columns(kind=pl.lit(kind)))
    return pl.concat(frames, how="diagonal").sort(
        "kind", "value_hash", "first_seen", "last_seen", "acc"
    )


def _spans(table: pl.DataFrame, column: str, kind: str) -> pl.DataFrame:
    """Return from when to when each account was seen with each value of a column."""
    known = table.filter(pl.col(column).is_not_null()).group_by("acc", value_hash=column)
    first, last = pl.col("time").min(), pl.col("time").max()
    return known.agg(first_seen=first, last_seen=last).with_columns(kind=pl.lit(kind))
