"""Mill: a GPU cloud that lends machines by the hour and sells no model API.

Customers: students, laboratories, start-ups, agencies with clients, studios, funds, managed-service
providers, landing zones. Charges are hourly, in dollars or euros, with commitments, reservations,
used or not, spot and corrections. Rings earn on a pooled budget: clients pay one operator, who
splits the sum over accounts, often in top-ups just below the provider's threshold, deals jobs out
to whoever has most left, and opens the next account where one is drained. Other wrongs: mining,
trial farms, stolen cards; victims lose a key.
Missing: model_usage and token SKUs, owners, tenders, lists, abuse reports; enterprise invoices have
no payment rows; half of the machines have telemetry, none of it without a holder.
Tells: compute mix and timing, split budgets, structuring, synchrony, succession, and links in the
mix of a ring. Does not tell: place, name, id, order of rows, a link by itself (most linked accounts
are innocent: laboratories, incubators, families, sold laptops), nor volume in volume_matched.
Its author saw the contract's tables and truth and the domain notes, no other world and no detector.
"""

from pathlib import Path

import numpy as np

from lessons.mill.cast import cast_accounts
from lessons.mill.charges import bill, hours_of
from lessons.mill.decided import account_rows, label_rows, truth_rows
from lessons.mill.events import event_rows
from lessons.mill.meters import inventory_rows, telemetry_rows
from lessons.mill.payments import fx_rows, payment_rows
from lessons.mill.ranges import PRESETS, RANGES, Plan
from lessons.mill.ties import link_rows, tie
from lessons.mill.work import plan_work

__all__ = ["PRESETS", "make_world"]


def make_world(
    preset: str, accounts: int, days: int, seed: int, out: Path, *, ranges: str = "train"
) -> Path:
    """Write one world as a log folder and its truth beside it.

    Parameters
    ----------
    preset : str
        One of ``PRESETS``.
    accounts, days, seed : int
        How many accounts (3,000 is natural) and days of charges; seed of the generators.
    out : Path
        The log folder, made if need be.
    ranges : str
        ``train`` or ``test``: from which parameter ranges rings and customers are drawn.

    Returns
    -------
    Path
        The truth's file, ``<out>.truth.parquet``.
    """
    if preset not in PRESETS:
        raise ValueError(f"preset is {preset!r}; expected one of {', '.join(PRESETS)}")
    if ranges not in RANGES:
        raise ValueError(f"ranges is {ranges!r}; expected one of {', '.join(RANGES)}")
    sequence = np.random.SeedSequence([seed, sorted(RANGES).index(ranges)])
    a, b, c, d, e, f, g, h = (np.random.default_rng(part) for part in sequence.spawn(8))
    plan = Plan(preset, accounts, days, RANGES[ranges])
    cast = cast_accounts(a, plan)
    work = hours_of(c, cast, plan_work(b, cast, plan), plan)
    ties = tie(d, cast, work, plan)
    payments = payment_rows(e, cast, work, ties, plan)
    tables = {
        "usage": bill(c, cast, work, plan),
        "accounts": account_rows(f, cast, plan),
        "account_links": link_rows(cast, ties, plan),
        "payments": payments,
        "events": event_rows(g, cast, work, ties, plan),
        "gpu_telemetry": telemetry_rows(h, cast, work, plan),
        "inventory": inventory_rows(cast, work, plan),
        "labels": label_rows(f, cast, plan),
        "fx": fx_rows(f, plan),
    }
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.write_parquet(out / f"{name}.parquet", compression="zstd", statistics=False)
    truth = out.with_name(out.name + ".truth.parquet")
    truth_rows(cast).write_parquet(truth)
    return truth
