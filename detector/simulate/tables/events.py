"""The `events` table: what people and programs did, from where and with what."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import polars as pl

from detector.simulate.catalogue import MACHINES, MODELS, REGIONS
from detector.simulate.frame import blank, hexes, repeat_rows, times, words
from detector.simulate.names import PLACES
from detector.simulate.operations import (
    ASSUME_ROLE,
    CHANGE_EMAIL,
    CHANGE_PHONE,
    CLASSES,
    CONSOLE_LOGIN,
    COPY_SNAPSHOT,
    CREATE_ACCESS_KEY,
    CREATE_IMAGE,
    CREATE_KEY_PAIR,
    CREATE_SUPPORT_CASE,
    CREATE_USER,
    DEACTIVATE_MFA,
    DELETE_ACCESS_KEY,
    DESCRIBE,
    ENABLE_MFA,
    GET_OBJECT,
    IMPORT_SNAPSHOT,
    INVOKE_MODEL,
    LIST_MODELS,
    NAMES,
    QUOTA_INCREASE,
    RESET_PASSWORD,
    RUN_INSTANCES,
    SERVICES,
    TERMINATE_INSTANCES,
    UPDATE_CONTACT,
)  # fmt: skip
from detector.simulate.plan import Plan
from detector.simulate.rng import Bools, Floats, Ints, mix64, pick_weighted
from detector.simulate.tables.folder import Folder
from detector.simulate.world import World

# Everyday operations and how often each is seen.
_EVERYDAY: Final = {
    CONSOLE_LOGIN: 0.3, ASSUME_ROLE: 0.2, DESCRIBE: 0.2, GET_OBJECT: 0.15,
    CREATE_ACCESS_KEY: 0.016, DELETE_ACCESS_KEY: 0.012, CREATE_KEY_PAIR: 0.012,
    CREATE_IMAGE: 0.012, CREATE_USER: 0.012, CREATE_SUPPORT_CASE: 0.01, QUOTA_INCREASE: 0.009,
    COPY_SNAPSHOT: 0.014, RESET_PASSWORD: 0.005, ENABLE_MFA: 0.004, DEACTIVATE_MFA: 0.002,
    UPDATE_CONTACT: 0.003, CHANGE_EMAIL: 0.0015, CHANGE_PHONE: 0.0015, LIST_MODELS: 0.004,
    IMPORT_SNAPSHOT: 0.002,
}  # fmt: skip
ASN_CLASSES: Final = ("isp", "mobile", "hosting", "vpn", "education", "corporate", "unknown")
_HUMAN: Final = (CONSOLE_LOGIN, RESET_PASSWORD, UPDATE_CONTACT, CHANGE_EMAIL, CHANGE_PHONE)


def write_week(world: World, plan: Plan, folder: Folder, first: int, last: int) -> None:
    """Write the events of some days."""
    rng = world.streams.of("events", first)
    parts = [
        _everyday(world, plan, rng, first, last),
        _machines(world, plan, rng, first, last),
        _calls(world, plan, rng, first, last),
        _planned(world, first, last),
    ]
    account, second, operation = (np.concatenate([p[i] for p in parts]) for i in range(3))
    order = np.lexsort((operation, account, second))
    frame = _frame(world, rng, account[order], second[order], operation[order])
    folder.part("events", first, frame)


Parts: TypeAlias = tuple[Ints, Ints, Ints]


def _everyday(world: World, plan: Plan, rng: np.random.Generator, first: int, last: int) -> Parts:
    account, day = np.nonzero(plan.active[:, first:last])
    count = rng.poisson(world.traits["ev_rate"][account])
    row = repeat_rows(count)
    who = account[row].astype(np.int64)
    second = (day[row] + first) * 86_400 + _second(world, rng, who)
    kinds = np.array(list(_EVERYDAY))
    operation = kinds[pick_weighted(rng, np.array(list(_EVERYDAY.values())), len(row))]
    return who, second, operation


def _second(world: World, rng: np.random.Generator, account: Ints) -> Ints:
    """Draw a second of the day around the middle of the account's own day."""
    middle = 13.5 - world.traits["tz"][account] + rng.normal(0, 3.6, len(account))
    anywhere = rng.random(len(account)) < world.traits["api_share"][account] * 0.6
    hour = np.where(anywhere, rng.random(len(account)) * 24, middle % 24)
    return np.asarray(np.clip(np.floor(hour * 3600), 0, 86_399), dtype=np.int64)


def _machines(world: World, plan: Plan, rng: np.random.Generator, first: int, last: int) -> Parts:
    rows = plan.gpu.between(first, last)
    row = repeat_rows(np.minimum(rng.poisson(world.traits["churn"][rows.account]), 20))
    who = rows.account[row]
    begin = rows.day[row] * 86_400 + _second(world, rng, who)
    length = (rng.exponential(1, len(row)) * rows.hours[row] * 2400).astype(np.int64) + 120
    end = np.minimum(begin + length, last * 86_400 - 1)
    both = np.concatenate([begin, end])
    kinds = np.repeat([RUN_INSTANCES, TERMINATE_INSTANCES], len(row))
    return np.concatenate([who, who]), both, kinds


def _calls(world: World, plan: Plan, rng: np.random.Generator, first: int, last: int) -> Parts:
    """A sample of model calls; providers do not log them all."""
    rows = plan.calls.between(first, last)
    row = repeat_rows(rng.poisson(np.minimum(0.35, rows.amount / 40)))
    who = rows.account[row]
    second = rows.day[row] * 86_400 + _second(world, rng, who)
    return who, second, np.full(len(row), INVOKE_MODEL)


def _planned(world: World, first: int, last: int) -> Parts:
    if not world.moments.account:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none
    account = np.concatenate(world.moments.account)
    second = np.floor(np.concatenate(world.moments.second)).astype(np.int64)
    operation = np.concatenate(world.moments.operation)
    day = second // 86_400
    born = second / 86_400 >= world.traits["created"][account]
    here = (day >= first) & (day < last) & born & (day < world.traits["closed"][account])
    return account[here], second[here], operation[here]


def _frame(
    world: World, rng: np.random.Generator, account: Ints, second: Ints, operation: Ints
) -> pl.DataFrame:
    t, size = world.traits, len(account)
    day = second / 86_400
    actor = world.operators.ids[account, world.operators.draw(rng, account, day)]
    program = rng.random(size) < t["api_share"][account]
    program &= ~np.isin(operation, _HUMAN)
    compute = np.isin(operation, (RUN_INSTANCES, TERMINATE_INSTANCES))
    tenant = world.tenants.draw(rng, account, day)
    ssh = np.where(compute, world.tenants.ids[account, tenant], 0)
    image = np.where(operation == RUN_INSTANCES, world.tenants.code[account, tenant], 0)
    machine = np.where(compute, t["machine"][account], -1).astype(np.int64)
    model = np.where(operation == INVOKE_MODEL, t["llm_model"][account], -1).astype(np.int64)
    failed = rng.random(size) < 0.03
    return pl.DataFrame(
        {
            "time": times(second),
            "account_id": world.ids.gather(account.astype(np.uint32)),
            "class_uid": np.array(CLASSES)[operation],
            "operation": words(operation, NAMES),
            "status": words(failed * 1, ("success", "failure")),
            "actor_uid": hexes(actor, world.seed + 20),
            "actor_type": words(program * 1, ("user", "role")),
            "credential_uid": _credentials(world, rng, account, actor, day),
            "session_uid": hexes(actor * 4096 + (second // 14_400), world.seed + 21),
            "service": words(operation, SERVICES),
            "resource_count": np.where(compute, 1, 0),
            "region": _region(world, rng, account),
            **_source(world, rng, account, actor, day, program),
            "mfa": pl.Series(rng.random(size) < t["mfa"][account]),
            "instance_type": words(machine, tuple(m.name for m in MACHINES)),
            "image_hash": hexes(image, world.seed),
            "ssh_key_hash": hexes(ssh, world.seed),
            "model_id": words(model, tuple(m.name for m in MODELS)),
        }
    )


def _credentials(
    world: World, rng: np.random.Generator, account: Ints, actor: Ints, day: Floats
) -> pl.Series:
    slot = world.keys.draw(rng, account, day)
    key = world.keys.ids[account, slot]
    return hexes(np.where(key > 0, key, -actor), world.seed)


def _region(world: World, rng: np.random.Generator, account: Ints) -> pl.Series:
    t = world.traits
    hop = rng.random(len(account)) < t["region_hop"][account]
    region = np.where(hop, rng.integers(0, 6, len(account)), t["region"][account])
    every = [name for cloud in REGIONS for name in cloud]
    return words(t["cloud"][account].astype(np.int64) * 6 + region, every)


def _source(
    world: World, rng: np.random.Generator, account: Ints, actor: Ints, day: Floats, program: Bools
) -> dict[str, pl.Series]:
    """Where a call came from: empty in the preset without access data."""
    if not world.spec.access:
        none = np.zeros(len(account), dtype=np.int64)
        names = ("src_ip_hash", "user_agent_hash", "tls_fingerprint", "device_hash")
        return {name: hexes(none, 0) for name in names}
    slot = world.networks.draw(rng, account, day)
    pool = world.networks
    kind, place = pool.code[account, slot], pool.place[account, slot]
    tool = actor % 37 + 100 * program
    # One person's devices, and programs that send one user agent: the first is used most.
    spread = rng.random((2, len(account))) ** 2
    device = (spread[0] * world.traits["devices"][account]).astype(np.int64)
    engine = (spread[1] * world.traits["tls_kinds"][account]).astype(np.int64)
    asn = 64_500 + (mix64(kind * 64 + place, 3) % np.uint64(60_000)).astype(np.int64) * 4
    return {
        "src_ip_hash": hexes(pool.ids[account, slot], world.seed),
        "src_asn": pl.Series(asn + pool.ids[account, slot] % 3),
        "src_asn_class": words(kind, ASN_CLASSES),
        "src_country": words(place, PLACES),
        "user_agent_hash": hexes(tool + 1, world.seed + 23),
        "tls_fingerprint": hexes(tool % 11 + 1 + 11 * engine, world.seed + 24),
        "device_hash": blank(_devices(world, actor, device), program),
    }


def _devices(world: World, actor: Ints, number: Ints) -> pl.Series:
    """Name a person's first device as the person, as account links do; others on their own."""
    first = hexes(np.where(number == 0, actor, 0), world.seed)
    others = hexes(np.where(number > 0, actor * 64 + number, 0), world.seed + 25)
    return pl.select(pl.coalesce(first, others)).to_series()
