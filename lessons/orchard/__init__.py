"""Worlds of a mid-size cloud with GPUs and models that grows fast and keeps its money elsewhere.

Customers: young firms on credits, companies, campuses, hobbyists; a third is younger than the logs.
Rings: a desk of one to three people opens two to six accounts in different countries, and lets GPU
time or model calls to clients abroad; some work by turns, and when one account rests or has spent
its credits a sibling takes over. Half of the proxies stand alone: intermediaries, buyers of old
accounts, sub-letters, aggregators.
Missing: payments (a merchant of record keeps them; some tokens of cards come back), owners,
template sketches. Events are rich; machines and tokens are charged by the hour.
Tells: places. What a proxy declares, is billed at and is seen at differ and hop, through hosting
and residential pools; a part of them is not masked. Members of rings share devices, SSH keys,
images or cards now and then. Shape of calls and telemetry tell a little. Does not tell: country,
currency, age, names, KYC, amount (in volume_matched). Travellers, VPN users, remote teams, firms
behind one egress, mergers, campuses, hackathons and groups of one owner look alike.
Its author saw sections 1 and 4 of the contract and the account of the domain, and no other world.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from lessons.orchard.access import draw_events
from lessons.orchard.calls import draw_calls, model_usage
from lessons.orchard.cast import draw_cast
from lessons.orchard.machines import draw_sessions, hours_of, inventory, machine_ids, telemetry
from lessons.orchard.money import charges, currencies, fx, usage
from lessons.orchard.phases import draw_phases
from lessons.orchard.places import draw_homes, draw_seats
from lessons.orchard.records import (
    account_facts,
    account_records,
    given,
    labels,
    links,
    partners,
    truth,
)
from lessons.orchard.setting import PRESETS, make_setting

__all__ = ["PRESETS", "make_world"]


def make_world(
    preset: str, accounts: int, days: int, seed: int, out: Path, *, ranges: str = "train"
) -> Path:
    """Write a world's log folder, and its truth beside it.

    Parameters
    ----------
    preset
        One of ``PRESETS``.
    accounts, days
        How large the world is; 150 accounts and 10 days at least.
    seed
        The same arguments give the same bytes.
    out
        The log folder to be made.
    ranges
        "train" or "test": from which of two ranges, which do not meet, the world's numbers come.

    Returns
    -------
    Path
        Where the truth is.
    """
    tables, known = _tables(preset, accounts, days, seed, ranges)
    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.write_parquet(out / f"{name}.parquet", compression="zstd", row_group_size=200_000)
    path = out.parent / f"{out.name}.truth.parquet"
    known.write_parquet(path)
    return path


def _tables(
    preset: str, size: int, days: int, seed: int, ranges: str
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    setting = make_setting(preset, size, days, seed, ranges)
    cast = draw_cast(setting)
    phases = draw_phases(setting, cast)
    homes = draw_homes(setting, cast, phases)
    seats = draw_seats(setting, phases, homes)
    facts = account_facts(setting, cast)
    names, money = facts["name"], currencies(setting, homes["billing"])
    sessions = draw_sessions(setting, cast, phases, seats)
    calls = draw_calls(setting, cast, phases)
    machines = machine_ids(setting, sessions)
    events = draw_events(setting, cast, phases, seats, sessions, names, facts["region"])
    called = model_usage(setting, calls, names, phases, facts["region"])
    holders = account_records(setting, cast, homes, facts)
    made = (sessions, hours_of(setting, sessions), calls)
    charged = charges(setting, cast, phases, made, money)
    tables = {
        "usage": usage(setting, charged, {**facts, "machine": machines}, money),
        "accounts": holders,
        "account_links": links(given(setting, cast, phases, names), events, called),
        "partners": partners(holders),
        "events": events,
        "model_usage": called,
        "gpu_telemetry": telemetry(setting, sessions, machines, phases),
        "inventory": inventory(setting, sessions, machines, names, phases).sort("instance_id"),
        "labels": labels(setting, cast, names),
        "fx": fx(setting),
    }
    return tables, truth(setting, cast, names)
