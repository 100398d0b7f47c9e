"""Harbour: worlds of a provider of model APIs, a third of whose customers rent GPUs too.

*Customers*: tinkerers, start-ups, firms with gateways, products with end users, laboratories,
resellers' clients; natural at 1,500 accounts. *Rings* are single accounts and pairs: relays that
sell calls by the key, harvesters paid by the pair of prompt and answer, traders who spend one
budget for somebody else, bought accounts, shared plans, sub-let machines. They live on the spread
between list price and what buyers cannot buy, and share no instrument, device or address.
*Missing tables*: gpu_telemetry, inventory, account_owners, lists, tenders, abuse_reports.
*What tells*: the shape of calls and prompts (pooled keys, many end users behind no product, kin
templates, flat hours, the pivot to a new model), budgets that drain, hand-overs within days.
*What does not*: where people are (all travel, and a VPN is company policy), volume, names, shared
identifiers. Charges are daily, model usage hourly, money in dollars and euros. The author saw the
data contract, the description of the domain and the input guide, no detector and no other make.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from lessons.harbour import money
from lessons.harbour.calls import calls, model_usage, spend
from lessons.harbour.cast import Account, cast
from lessons.harbour.demand import rates, streams
from lessons.harbour.events import events
from lessons.harbour.machines import Lease, lease_days, leases, rescaled
from lessons.harbour.payments import payments
from lessons.harbour.records import accounts as account_records
from lessons.harbour.records import labels, links, partners, truth
from lessons.harbour.stage import DIALS, PRESETS, Floats, Stage, set_stage
from lessons.harbour.theft import stolen

__all__ = ["DIALS", "PRESETS", "make_world"]


def make_world(
    preset: str, accounts: int, days: int, seed: int, out: Path, *, ranges: str = "train"
) -> Path:
    """Write a world's log folder to ``out`` and its truth beside it.

    Parameters
    ----------
    preset
        One of ``PRESETS``.
    accounts, days, seed
        The world's size, and where its random numbers start.
    out
        The folder to write; it is made.
    ranges
        ``train`` for worlds to learn from, ``test`` for worlds to judge on: no range of
        parameters of one overlaps that of the other.

    Returns
    -------
    Path
        The file of the truth.
    """
    stage = set_stage(preset, accounts, days, seed, ranges)
    people = cast(stage)
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    for name, frame in _tables(stage, people).items():
        frame.write_parquet(out / f"{name}.parquet")
    path = out.with_name(out.name + ".truth.parquet")
    truth(people).write_parquet(path)
    return path


def _tables(stage: Stage, people: list[Account]) -> dict[str, pl.DataFrame]:
    """Make all tables; each is told from the ones before."""
    table = rates(stage, people)
    keys = streams(stage, people, table)
    rented = leases(stage, people)
    if stage.preset == "volume_matched":
        rented = _match(stage, people, table, spend(keys, table, len(people)), rented)
    table, keys = stolen(stage, people, table, keys)
    called = calls(stage, people, table, keys)
    charged = money.charges(stage, people, called, lease_days(rented))
    cost = money.daily(charged, len(people), stage.days)
    credit, grants = money.credits_of(stage, people, cost)
    seen = events(stage, people, keys, rented)
    paid = payments(stage, people, cost - credit, grants)
    partner, customer = partners(stage, people)
    return {
        "usage": money.usage(stage, people, charged, credit),
        "accounts": account_records(stage, people),
        "model_usage": model_usage(stage, people, called, keys),
        "payments": paid,
        "events": seen,
        "account_links": links(stage, people, seen, paid),
        "partners": partner,
        "partner_customers": customer,
        "labels": labels(stage, people),
        "fx": money.fx(stage),
    }


def _match(
    stage: Stage, people: list[Account], table: Floats, api: Floats, rented: list[Lease]
) -> list[Lease]:
    """Scale every proxy's use to that of an innocent account of the kind it looks like."""
    draw = stage.rng("match")
    gpu = np.zeros(len(people))
    for x in rented:
        gpu[x.account] += x.dollars
    for i, one in enumerate(people):
        if not one.proxy:
            continue
        twins = [k for k, other in enumerate(people) if other.kind.name == one.kind.twin]
        for own in (api, gpu):
            level = np.array([own[k] for k in twins if own[k] > 0])
            if not len(level) or not own[i]:
                continue
            factor = float(draw.choice(level[level >= np.median(level) / 2])) / own[i]
            if own is api:
                table[i] *= factor
            else:
                mine = rescaled(one, [x for x in rented if x.account == i], factor)
                rented = [x for x in rented if x.account != i] + mine
    return sorted(rented, key=lambda x: (x.account, x.begin, x.resource))
