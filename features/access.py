"""F06, access shape: from which networks and places an account is used, compared, never named.

Addresses and headers can be forged, so this family alone promotes nobody.
"""

from __future__ import annotations

import polars as pl

from features.expressions import share
from features.grouping import group
from features.population import Population
from features.registry import Family, Reach
from features.rollups import Rollups
from features.runs import coded, is_shared, runs, together


def base(population: Population) -> pl.DataFrame:
    """Networks, places and log-ins of each account with events in the window."""
    rollups = population.rollups
    rows = rollups.window("access")
    parts = [
        _networks(rows), _places(rows, rollups), _several_places(rows), _new_networks(rows),
        _addresses(rollups), _logins(rollups), _fingerprints(rollups),
    ]  # fmt: skip
    ids = pl.concat([part.select("account_id") for part in parts]).unique().sort("account_id")
    for part in parts:
        ids = ids.join(part, on="account_id", how="left", maintain_order="left")
    return ids


def _networks(rows: pl.DataFrame) -> pl.DataFrame:
    """Events by class of network; `unknown` is not known."""
    known = pl.col("network").is_not_null() & (pl.col("network") != "unknown")

    def of(name: str) -> pl.Expr:
        return pl.col("n").filter(pl.col("network") == name).sum()

    return rows.group_by("account_id").agg(
        pl.col("n").filter(known).sum().alias("known_networks"),
        of("hosting").alias("hosting"),
        of("vpn").alias("vpn"),
    )


def _places(rows: pl.DataFrame, rollups: Rollups) -> pl.DataFrame:
    """Events and days at and away from the declared and the billed place."""
    home = rollups["accounts"].select("account_id", "declared_country", "billing_country")
    placed = rows.filter(pl.col("place").is_not_null()).join(home, on="account_id", how="left")
    away = (pl.col("place") != pl.col("declared_country")).alias("away")
    unbilled = (pl.col("place") != pl.col("billing_country")).alias("unbilled")
    marked = placed.with_columns(away, unbilled)
    known, billed = pl.col("away").is_not_null(), pl.col("unbilled").is_not_null()
    days = (
        marked.filter(known)
        .group_by("account_id", "day")
        .agg(pl.col("away").all())
        .group_by("account_id")
        .agg(
            pl.len().cast(pl.Int64).alias("placed_days"),
            pl.col("away").sum().cast(pl.Int64).alias("days_never_home"),
        )
    )
    events = marked.group_by("account_id").agg(
        pl.col("n").filter(known).sum().alias("placed"),
        pl.col("n").filter(known & pl.col("away")).sum().alias("away"),
        pl.col("n").filter(billed).sum().alias("placed_billed"),
        pl.col("n").filter(billed & pl.col("unbilled")).sum().alias("unbilled"),
    )
    return events.join(days, on="account_id", how="left")


def _several_places(rows: pl.DataFrame) -> pl.DataFrame:
    """Places a day and a person, and days on which one person is in two in the same hour."""
    placed = together(rows.filter(pl.col("place").is_not_null()), "day").select(
        "account_id", runs("account_id").alias("account"), runs("account_id", "day").alias("day"),
        *coded("actor", "place"), "hours",
    )  # fmt: skip
    shared = pl.col("actor").is_not_null() & is_shared("day")
    # Only who is seen more than once on a day can be in two places.
    found = placed.group_by("account").agg(
        pl.col("account_id").first(),
        (pl.col("day").max() - pl.col("day").min() + 1).cast(pl.Int64).alias("seen_days"),
    )
    for part in (
        _places_by_day(placed), _in_two_places(placed, placed.filter(shared)), _widest(placed)
    ):  # fmt: skip
        found = found.join(part, on="account", how="left")
    return found.drop("account")


def _places_by_day(placed: pl.DataFrame) -> pl.DataFrame:
    """The places of each day, added up."""
    shared = is_shared("day")
    once = placed.filter(~shared).select("account")
    several = group(placed.filter(shared), ["account", "day", "place"], []).select("account")
    both = pl.concat([once, several])
    return both.group_by("account").agg(pl.len().cast(pl.Int64).alias("places"))


def _in_two_places(placed: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """Days with a person in two places in the same hour, of accounts that name people."""
    person = ["account", "day", "actor"]
    by_place = group(shared, [*person, "place"], [pl.col("hours").bitwise_or()])
    # Hours counted once each and hours counted by place differ where places share an hour.
    hours = pl.col("hours").bitwise_or().alias("any"), _ones(pl.col("hours")).sum().alias("sum")
    twice = group(by_place, person, hours).filter(pl.col("sum") > _ones(pl.col("any")))
    days = twice.select("account", "day").unique()
    counted = days.group_by("account").agg(pl.len().cast(pl.Int64).alias("days_in_two_places"))
    named = placed.filter(pl.col("actor").is_not_null()).select("account").unique()
    return named.join(counted, on="account", how="left").with_columns(
        pl.col("days_in_two_places").fill_null(0)
    )


def _widest(placed: pl.DataFrame) -> pl.DataFrame:
    """The most places of one person."""
    person = ["account", "actor"]
    named = placed.filter(pl.col("actor").is_not_null())
    places = group(group(named, [*person, "place"], []), person, [pl.len().alias("places")])
    return places.group_by("account").agg(
        pl.col("places").max().cast(pl.Int64).alias("places_of_one")
    )


def _ones(mask: pl.Expr) -> pl.Expr:
    return mask.bitwise_count_ones().cast(pl.Int64)


def _new_networks(rows: pl.DataFrame) -> pl.DataFrame:
    """Events of the second half of the time, and those from networks not seen in the first."""
    known = together(rows.filter(pl.col("asn").is_not_null()), "day").select(
        "account_id", "day", "asn", "n", runs("account_id").alias("account")
    )
    span = known.group_by("account").agg(
        pl.col("account_id").first(),
        pl.col("day").min().alias("from"), pl.col("day").max().alias("to"),
    )  # fmt: skip
    middle = (pl.col("to") - pl.col("from")).dt.total_days()
    late = (pl.col("day") - pl.col("from")).dt.total_days() * 2 > middle
    halves = known.join(span.drop("account_id"), on="account").with_columns(
        late=pl.when(late).then("n").otherwise(0), early=pl.when(late).then(0).otherwise("n")
    )
    by_asn = group(halves, ["account", "asn"], [pl.col("late", "early").sum()])
    moved = by_asn.group_by("account").agg(
        pl.col("late").sum().alias("late_events"),
        pl.col("late").filter(pl.col("early") == 0).sum().alias("late_elsewhere"),
    )
    return span.select("account", "account_id").join(moved, on="account").drop("account")


def _addresses(rollups: Rollups) -> pl.DataFrame:
    """Events from the main address and from all."""
    rows = rollups.window("distinct", rows=pl.col("kind") == "ip")
    return rows.group_by("account_id").agg(
        pl.col("n").max().alias("main_address"), pl.col("n").sum().alias("addressed")
    )


def _logins(rollups: Rollups) -> pl.DataFrame:
    rows = rollups.window("events", rows=pl.col("operation") == "ConsoleLogin")
    return rows.group_by("account_id").agg(
        pl.col("n").sum().alias("logins"),
        pl.col("failures").sum().alias("failed_logins"),
        pl.col("mfa_known").sum().alias("mfa_known"),
        pl.col("with_mfa").sum().alias("with_mfa"),
    )


def _fingerprints(rollups: Rollups) -> pl.DataFrame:
    """The most TLS fingerprints that hide behind one user agent."""
    pairs = rollups.window("together", rows=pl.col("kind") == "agent-tls")
    each = pairs.group_by("account_id", "a").agg(pl.len().cast(pl.Int64).alias("tls"))
    return each.group_by("account_id").agg(pl.col("tls").max())


FAMILY = Family("F06", base, Reach.OWN, place=True)
_EVENTS = ("events",)
_PLACED = ("events", "accounts")


@FAMILY.feature(unit="share", direction=1, inputs=_EVENTS, typologies=("T04", "T15"), bounds=(0, 1))
def f06_hosting_share() -> pl.Expr:
    """Share of access that comes from hosting providers' networks."""
    return share("hosting", "known_networks")


@FAMILY.feature(unit="share", direction=1, inputs=_EVENTS, typologies=("T15",), bounds=(0, 1))
def f06_vpn_share() -> pl.Expr:
    """Share of access that comes through VPN services."""
    return share("vpn", "known_networks")


@FAMILY.feature(unit="share", direction=1, inputs=_PLACED, typologies=("T15", "T02"), bounds=(0, 1))
def f06_away_share() -> pl.Expr:
    """Share of access from another place than the declared one, whichever the two are."""
    return share("away", "placed")


@FAMILY.feature(unit="share", direction=1, inputs=_PLACED, typologies=("T15", "T01"), bounds=(0, 1))
def f06_never_home() -> pl.Expr:
    """Share of days on which nobody uses the account from its declared place."""
    return share("days_never_home", "placed_days")


@FAMILY.feature(unit="share", direction=1, inputs=_PLACED, typologies=("T15", "T01"), bounds=(0, 1))
def f06_away_from_billing() -> pl.Expr:
    """Share of access from another place than the one that is billed."""
    return share("unbilled", "placed_billed")


@FAMILY.feature(unit="places", direction=1, inputs=_EVENTS, typologies=("T07", "T15"))
def f06_places_per_day() -> pl.Expr:
    """Further places from which the account is used on an average day."""
    mean = pl.col("places") / pl.col("seen_days")
    return pl.when(pl.col("seen_days") > 0).then((mean - 1).clip(lower_bound=0))


@FAMILY.feature(unit="share", direction=1, inputs=_EVENTS, typologies=("T07",), bounds=(0, 1))
def f06_two_places_at_once() -> pl.Expr:
    """Share of days on which one person acts from two places within the same hour."""
    return share("days_in_two_places", "seen_days")


@FAMILY.feature(unit="share", direction=1, inputs=_EVENTS, typologies=("T02", "T07"), bounds=(0, 1))
def f06_new_networks() -> pl.Expr:
    """Share of later access that comes from networks not used in the first half of the time."""
    return share("late_elsewhere", "late_events")


@FAMILY.feature(unit="share", direction=1, inputs=_EVENTS, typologies=("T03", "T04"), bounds=(0, 1))
def f06_one_hosted_address() -> pl.Expr:
    """Nearly all access through one address of a hosting provider, as farms are set up."""
    one = share("main_address", "addressed")
    return pl.when(pl.col("addressed") >= 5).then(one * share("hosting", "known_networks"))


@FAMILY.feature(unit="share", direction=1, inputs=_EVENTS, typologies=("T07",), bounds=(0, 1))
def f06_failed_logins() -> pl.Expr:
    """Share of console log-ins that failed."""
    return share("failed_logins", "logins")


@FAMILY.feature(unit="share", direction=1, inputs=_EVENTS, typologies=("T02", "T03"), bounds=(0, 1))
def f06_logins_without_mfa() -> pl.Expr:
    """Share of console log-ins without a second factor."""
    return share(pl.col("mfa_known") - pl.col("with_mfa"), "mfa_known")


@FAMILY.feature(unit="log(fingerprints)", direction=1, inputs=_EVENTS, typologies=("T04", "T15"))
def f06_disguised_agents() -> pl.Expr:
    """One user agent that really is several programs, by their TLS fingerprints."""
    return pl.col("tls").clip(lower_bound=1).cast(pl.Float64).log()


@FAMILY.feature(unit="log(places)", direction=1, inputs=_EVENTS, typologies=("T07", "T15"))
def f06_places_per_person() -> pl.Expr:
    """One person, or one stolen key, acts from many places."""
    return pl.col("places_of_one").clip(lower_bound=1).cast(pl.Float64).log()
