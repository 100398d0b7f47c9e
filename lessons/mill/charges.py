"""What is charged: hours of machines under a budget, commitments, reservations, corrections."""

import numpy as np
import polars as pl

from lessons.mill.cast import INVOICE, MICRO, Cast
from lessons.mill.catalogue import COMMITTED, SKUS, SPOT, price
from lessons.mill.focus import Work, focus_rows
from lessons.mill.ranges import DAY, HOUR, Ints, Plan
from lessons.mill.work import Launches

__all__ = ["bill", "hours_of"]

COLUMNS = ["account", "hour", "machine", "ticks", "cents", "sku", "spot", "kind"]
COLUMNS += ["billed", "effective", "rule"]
STORE = 26  # 1/10,000 of money for a GB and day


def hours_of(rng: np.random.Generator, cast: Cast, planned: Launches, plan: Plan) -> Work:
    """Machines and hours of what was planned, ended where a budget is used up."""
    nodes = np.where(planned.vain == 1, 0, planned.nodes)
    launch = np.repeat(np.arange(len(nodes)), nodes)
    start, end = planned.start[launch], planned.end[launch]
    span = (end - 1) // HOUR - start // HOUR + 1
    machine = np.repeat(np.arange(len(launch)), span)
    hour = (
        start[machine] // HOUR + np.arange(len(machine)) - np.repeat(np.cumsum(span) - span, span)
    )
    ticks = np.minimum(end[machine], (hour + 1) * HOUR) - np.maximum(start[machine], hour * HOUR)
    account, sku = planned.account[launch][machine], planned.sku[launch][machine]
    cents = price(sku, cast.euro[account])
    thrift = price(sku, cast.euro[account], SPOT)
    cents = np.where(planned.spot[launch][machine] == 1, thrift, cents)
    found = np.stack([account, hour, machine, ticks, cents])
    found = np.concatenate([found, _storage(rng, cast, found)], axis=1)
    if plan.preset == "volume_matched":
        _match(rng, cast, planned, found)
    found = found[:, np.lexsort((found[2], found[1], found[0]))]
    spent = np.cumsum(found[3] * found[4])
    first = np.searchsorted(found[0], np.arange(cast.size))
    before = np.concatenate([[0], spent])[first]
    found = found[:, spent - before[found[0]] <= cast.cap[found[0]]]
    return _what_ran(rng, planned, launch, start, end, found)


def _storage(rng: np.random.Generator, cast: Cast, found: Ints) -> Ints:
    """Storage of each day on which a machine ran, metered in its first hour."""
    size = (np.exp(rng.normal(4.4, 0.9, cast.size)) + 8).astype(np.int64)
    account, day = found[0], found[1] // 24
    order = np.lexsort((found[1], account))
    key = account[order] * 10_000 + day[order]
    first = order[np.concatenate([[True], key[1:] != key[:-1]])] if len(key) else order
    who = account[first]
    return np.stack([who, found[1][first], -who * 0 - 1, size[who] * 100, who * 0 + STORE])


def _match(rng: np.random.Generator, cast: Cast, planned: Launches, found: Ints) -> None:
    """Give proxies the budgets that innocents with controlled GPUs happen to spend."""
    tpp = np.array([entry.tpp for entry in SKUS])
    heavy = np.zeros(cast.size, bool)
    heavy[planned.account[tpp[planned.sku] >= 4800]] = True
    cost = np.zeros(cast.size, np.int64)
    np.add.at(cost, found[0], found[3] * found[4])
    benign = np.array([cast.kind(i).role == "benign" for i in range(cast.size)])
    known = np.sort(np.minimum(cost, cast.cap)[heavy & benign & (cost > 20 * MICRO)])
    if not len(known):
        return
    known = known[len(known) // 3 : len(known) - len(known) // 3] // MICRO
    dear = np.zeros(cast.size, np.int64)  # what four hours of the dearest machine cost
    np.maximum.at(dear, found[0], found[4] * 4 // 10_000)
    for cell in cast.cells:
        if cell.kind.role == "proxy":
            room = known[known > min(int(dear[cell.members].max()), int(known[-1]) - 1)]
            each = int(rng.choice(room)) * np.exp(rng.normal(0, 0.08, len(cell.members)))
            times = np.maximum(np.ceil(each / (cast.top[cell.members] / MICRO)).astype(np.int64), 1)
            times = np.minimum(times, 6)
            cast.top[cell.members] = np.maximum(each // times // 10 * 10, 20).astype(int) * MICRO
            cast.cap[cell.members] = cast.top[cell.members] * times


def _what_ran(
    rng: np.random.Generator, planned: Launches, launch: Ints, start: Ints, end: Ints, found: Ints
) -> Work:
    """Machines that were charged, renumbered, with their ends as charged."""
    real = found[2] >= 0
    stop = np.zeros(len(launch), np.int64)
    np.maximum.at(stop, found[2][real], (found[1][real] + 1) * HOUR)
    ran = np.flatnonzero(stop > 0)
    number = np.full(len(launch) + 1, -1)
    number[ran] = np.arange(len(ran))
    ends = np.minimum(end, stop)[ran]
    keep = np.zeros(len(planned.start), bool)
    keep[launch[ran]] = True
    keep |= planned.vain == 1
    place = np.cumsum(keep) - 1
    kept = planned.pick(np.flatnonzero(keep))
    np.copyto(kept.end, np.where(kept.vain == 1, kept.end, 0))
    np.maximum.at(kept.end, place[launch[ran]], ends)
    machine = np.where(found[2] >= 0, number[found[2]], -1)
    ids = [f"mi-{x:012x}" for x in _unlike(rng, len(ran))]
    strays = rng.random(len(planned.start)) < 0.1
    region = planned.account[launch[ran]] * 7 + strays[launch[ran]]
    return Work(
        launches=kept,
        launch=place[launch[ran]],
        start=start[ran],
        end=ends,
        ids=ids,
        region=region,
        account=found[0],
        hour=found[1],
        machine=machine,
        ticks=found[3],
        cents=found[4],
    )


def _unlike(rng: np.random.Generator, count: int) -> list[int]:
    """Different numbers in no order."""
    numbers = np.unique(rng.integers(1, 2**47, count + count // 8 + 16))
    return [int(x) for x in rng.permutation(numbers)[:count]]


def bill(rng: np.random.Generator, cast: Cast, work: Work, plan: Plan) -> pl.DataFrame:
    """The table ``usage``: one row per machine and hour, and what goes with it."""
    frame = pl.DataFrame(
        {
            "account": work.account,
            "hour": work.hour,
            "machine": work.machine,
            "ticks": work.ticks,
            "cents": work.cents,
        }
    ).with_columns(
        sku=pl.Series(_sku(work)),
        spot=pl.Series(np.where(work.machine < 0, 0, _of(work, work.launches.spot))),
        kind=pl.lit("usage"),
        billed=pl.Series(work.ticks * work.cents),
        effective=pl.Series(work.ticks * work.cents),
    )
    frame = _correct(rng, frame)
    frame = _commit(rng, cast, frame, plan)
    return focus_rows(cast, work, frame, plan)


def _of(work: Work, column: Ints) -> Ints:
    """A launch's column, by hour."""
    return (
        column[work.launch[np.maximum(work.machine, 0)]] if len(work.launch) else work.machine * 0
    )


def _sku(work: Work) -> Ints:
    """Machine type of each hour, -1 for storage."""
    return np.where(work.machine < 0, -1, _of(work, work.launches.sku))


def _correct(rng: np.random.Generator, frame: pl.DataFrame) -> pl.DataFrame:
    """Add corrections: part of an hour is given back after an outage."""
    hit = pl.Series(rng.random(frame.height) < 0.003)
    back = frame.filter(hit & (frame["sku"] >= 0)).with_columns(
        kind=pl.lit("correction"), ticks=-((pl.col("ticks") + 3) // 4)
    )
    cost = pl.col("ticks") * pl.col("cents")
    return pl.concat([frame, back.with_columns(billed=cost, effective=cost)])


def _commit(rng: np.random.Generator, cast: Cast, frame: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Settle commitments and reservations of invoiced accounts that have one."""
    busiest = (
        frame.filter((pl.col("sku") >= 0) & (pl.col("kind") == "usage") & (pl.col("spot") == 0))
        .group_by("account", "sku")
        .agg(pl.col("ticks").sum())
        .sort("account", "ticks", "sku", descending=[False, True, False])
        .unique("account", keep="first", maintain_order=True)
    )
    frame = frame.with_columns(rule=pl.lit("", pl.String))
    extra: list[pl.DataFrame] = []
    for account, sku, ticks in busiest.iter_rows():
        if cast.pay[account] != INVOICE or rng.random() > cast.kind(account).commits:
            continue
        first = -(-max(int(cast.created[account]), 0) // DAY)
        days = min(int(cast.closed[account]), plan.end) // DAY - first
        if days < 2:
            continue
        reserve = rng.random() < 0.3
        count = max(1, round(ticks / (days * DAY) * rng.uniform(0.4, 1.1)))
        extra.append(
            pl.DataFrame(
                {
                    "account": [account],
                    "sku": [sku],
                    "first": [first],
                    "days": [days],
                    "count": [count],
                    "rule_": ["reserve" if reserve else "commit"],
                }
            )
        )
    return _settle(cast, frame, pl.concat(extra)) if extra else frame


def _settle(cast: Cast, frame: pl.DataFrame, deals: pl.DataFrame) -> pl.DataFrame:
    """Mark what deals cover, and add what they charge for nothing."""
    euro = cast.euro[deals["account"].to_numpy()]
    sku = deals["sku"].to_numpy()
    deals = deals.with_columns(
        less=pl.Series(price(sku, euro, COMMITTED)), full=pl.Series(price(sku, euro))
    )
    hour = pl.col("hour")
    inside = (hour >= pl.col("first") * 24) & (hour < (pl.col("first") + pl.col("days")) * 24)
    plain = (pl.col("kind") == "usage") & (pl.col("spot") == 0)
    frame = frame.join(deals, on=["account", "sku"], how="left", maintain_order="left")
    rank = pl.col("machine").rank("ordinal").over("account", "sku", "hour", "kind", "spot")
    held = (inside & plain & (rank <= pl.col("count"))).fill_null(False)
    frame = frame.with_columns(rule=pl.when(held).then("rule_").otherwise(pl.lit("")))
    commit = pl.col("rule") == "commit"
    frame = frame.with_columns(
        billed=pl.when(commit).then(0).otherwise("billed"),
        effective=pl.when(commit).then(pl.col("ticks") * pl.col("less")).otherwise("effective"),
    )
    return pl.concat([frame.select(COLUMNS), _hollow(frame, deals).select(COLUMNS)])


def _hollow(frame: pl.DataFrame, deals: pl.DataFrame) -> pl.DataFrame:
    """What deals charge for nothing: hours not used, and commitments as they are bought."""
    used = (
        frame.filter(pl.col("rule") != "")
        .group_by("account", "hour")
        .agg(used=pl.col("ticks").sum())
    )
    grid = deals.with_columns(
        hour=pl.int_ranges(pl.col("first") * 24, (pl.col("first") + pl.col("days")) * 24)
    )
    grid = grid.explode("hour").join(
        used, on=["account", "hour"], how="left", maintain_order="left"
    )
    grid = grid.with_columns(ticks=pl.col("count") * 100 - pl.col("used").fill_null(0))
    short = pl.col("rule_") == "commit"
    unused = grid.filter(pl.col("ticks") > 0).with_columns(
        billed=pl.when(short).then(0).otherwise(pl.col("ticks") * pl.col("full")),
        effective=pl.col("ticks") * pl.when(short).then("less").otherwise("full"),
        kind=pl.lit("unused"),
    )
    bought = grid.filter(short & (pl.col("hour") % 24 == 0)).with_columns(
        ticks=pl.col("count") * 2400,
        billed=pl.col("count") * 2400 * pl.col("less"),
        effective=pl.lit(0, pl.Int64),
        kind=pl.lit("purchase"),
    )
    return pl.concat([unused, bought]).with_columns(
        machine=pl.lit(-1, pl.Int64), spot=pl.lit(0, pl.Int64), cents="full", rule="rule_"
    )
