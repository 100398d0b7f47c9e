"""F05, hand-over: an account that changes hands without saying so."""

from __future__ import annotations

from typing import Final

import polars as pl

from features.expressions import days_between, per, portion, share
from features.firstuse import first_seen, since_start
from features.grouping import group
from features.links.kinds import LASTING_KINDS
from features.ordering import sort_columns
from features.payer import given_up
from features.population import Population
from features.registry import Family, Reach
from features.rollups import Rollups
from features.runs import halved, runs, together

# Facts about the holder or the way in that a new operator has to change.
CHANGES: Final = {
    "ChangeEmail": "contact", "ChangePhone": "contact", "UpdateContactInformation": "contact",
    "EnableMFADevice": "second factor", "DeactivateMFADevice": "second factor",
    "ResetPassword": "password", "AddPaymentInstrument": "instrument",
    "CreateAccessKey": "access key", "DeleteAccessKey": "access key",
}  # fmt: skip
# Calls by which somebody finds out what a stolen key is good for.
LOGGING_OFF: Final = "DeleteModelInvocationLoggingConfiguration"
RECON: Final = [
    "ListFoundationModels", "GetFoundationModelAvailability", "PutUseCaseForModelAccess",
    LOGGING_OFF,
]  # fmt: skip
OPERATOR_KINDS: Final = ["actor", "device", "agent", "asn"]


def base(population: Population) -> pl.DataFrame:
    """Change bursts, operator breaks and dormancy, one row per account seen."""
    rollups = population.rollups
    halves = _halves(rollups)
    parts = [
        _changes(rollups), _break(rollups), _dormancy(rollups), _service_jump(halves),
        _spend_jump(halves), _announced(rollups), _recon(rollups), _woken(rollups),
        _first_models(rollups), _newcomers(rollups), _replaced(rollups), _logging_off(rollups),
        _billed(rollups),
    ]  # fmt: skip
    ids = pl.concat([part.select("account_id") for part in parts]).unique()
    joined = ids.sort("account_id")
    for part in parts:
        joined = joined.join(part, on="account_id", how="left", maintain_order="left")
    return joined


def _changes(rollups: Rollups) -> pl.DataFrame:
    """The largest number of different kinds of change within 72 hours."""
    rows = (
        rollups.window("events", rows=pl.col("operation").is_in(list(CHANGES)))
        .with_columns(kind=pl.col("operation").replace_strict(CHANGES, return_dtype=pl.String))
        .sort("account_id", "first", "kind")
    )
    burst = rows.rolling("first", period="72h", closed="both", group_by="account_id").agg(
        pl.col("kind").n_unique().cast(pl.Int64).alias("changes")
    )
    return burst.group_by("account_id").agg(pl.col("changes").max())


def _break(rollups: Rollups) -> pl.DataFrame:
    """How cleanly operators are replaced: all old ones vanish before any new one appears.

    For each kind of operator identifier (people, devices, agents, networks), in order of
    first sight, a break is a place where every earlier value was last seen before the next
    one begins. Its size is twice the smaller share of events on either side; 1 means that
    half of all events lie on each side. The account's value is the sum over kinds.
    """
    operators = rollups.window("distinct", rows=pl.col("kind").is_in(OPERATOR_KINDS))
    rows = (
        together(operators, "kind")
        .select("account_id", runs("account_id", "kind").alias("kind"), "first", "last", "n")
        .sort("kind", "first")
    )
    # Kinds stand one after the other: a running sum or greatest of all tells that of each.
    whole = rows.group_by("kind", maintain_order=True).agg(
        pl.col("account_id").first(), pl.col("n").sum().alias("whole")
    )
    place = rows["kind"] - 1
    begun = whole["whole"].cum_sum() - whole["whole"]
    marked = rows.with_columns(
        before=_ended_before(rows),
        earlier=pl.col("n").cum_sum() - pl.col("n") - pl.lit(begun.gather(place)),
        whole=pl.lit(whole["whole"].gather(place)),
    )
    smaller = pl.min_horizontal("earlier", pl.col("whole") - pl.col("earlier"))
    # Of those that begin at once only the first can make a break: a value ends after it begins.
    size = pl.when(pl.col("before") < pl.col("first")).then(2.0 * smaller / pl.col("whole"))
    best = marked.group_by("kind", maintain_order=True).agg(size.otherwise(0.0).max().alias("size"))
    return (
        whole.with_columns(best["size"])
        .sort("account_id", "kind")
        .group_by("account_id", maintain_order=True)
        .agg(pl.col("size").sum().alias("operator_break"))
    )


def _ended_before(rows: pl.DataFrame) -> pl.Series:
    """The latest ``last`` of the rows above, of the same ``kind``; null for the first of one."""
    ends = rows["last"].unique().sort()
    base = len(ends) + 1
    # Later kinds have greater numbers than any end of those before.
    number = (rows["kind"] - 1).cast(pl.Int64) * base + rows["last"].rank("dense").cast(pl.Int64)
    above = number.cum_max().shift(1)
    same = rows["kind"] == rows["kind"].shift(1)
    found = ends.gather(above % base - 1)
    return found.zip_with(same.fill_null(value=False), pl.Series([None], dtype=ends.dtype))


def _dormancy(rollups: Rollups) -> pl.DataFrame:
    """The longest gap between active days and the share of activity after it."""
    active = pl.concat(
        rollups.window(name, "account_id", "day", count).rename({count: "n"})
        for name, count in (("usage", "rows"), ("model", "requests"), ("events", "n"))
    )
    day = ["account_id", "day"]
    daily = sort_columns(group(active, day, [pl.col("n").sum()]).get_columns(), day, [])
    # Accounts stand one after the other: what comes after a day is told from one running sum.
    told = daily.with_columns(
        runs("account_id").alias("account"), pl.col("n").cum_sum().alias("until")
    )
    whole = pl.col("until").last().alias("end"), pl.col("n").sum().alias("whole")
    sums = told.group_by("account", maintain_order=True).agg(*whole)
    place = told["account"] - 1
    gap = (pl.col("day") - pl.col("day").shift(1)).dt.total_days() - 1
    gap = pl.when(pl.col("account") == pl.col("account").shift(1)).then(gap).otherwise(0)
    weighed = told.with_columns(
        wake=per(gap.clip(lower_bound=0).fill_null(0), rollups.window_days)
        * (pl.lit(sums["end"].gather(place)) - pl.col("until") + pl.col("n"))
        / pl.lit(sums["whole"].gather(place)).clip(lower_bound=1)
    )
    most = pl.col("wake").max().alias("dormancy_break")
    return weighed.group_by("account").agg(pl.col("account_id").first(), most).drop("account")


def _halves(rollups: Rollups) -> pl.DataFrame:
    """Charges and their cost by account, currency and service, in each half of its active time."""
    # Only what is read here: joining copies every column.
    columns = ["account_id", "day", "service", "currency", "charge", "rows", "cost"]
    usage = rollups.window("usage", *columns, rows=pl.col("charge") == "Usage")
    keys = ["account_id", "currency", "service"]
    charges = halved(usage.select(*keys, "day", "rows", "cost"))
    sides = [
        side.sum().alias(f"{when}_{column}")
        for column in ("rows", "cost")
        for when, side in (
            ("old", pl.col(column).filter(~pl.col("late"))),
            ("new", pl.col(column).filter("late")),
        )
    ]
    return group(charges, keys, sides)


def _distance(halves: pl.DataFrame, keys: list[str], column: str) -> pl.DataFrame:
    """Total variation distance, ``jump``, of a column's mix of services between the halves."""
    sides = [pl.col(f"{side}_{column}").sum().alias(side) for side in ("old", "new")]
    mix = (
        group(halves, [*keys, "service"], sides)
        .with_columns(pl.col("old", "new").cast(pl.Float64).clip(lower_bound=0.0))
        .sort(*keys, "service")
    )
    old = pl.col("old") / pl.col("old").sum()
    new = pl.col("new") / pl.col("new").sum()
    both = (pl.col("old").sum() > 0) & (pl.col("new").sum() > 0)
    return mix.group_by(keys, maintain_order=True).agg(
        # Rounding may carry a sum of shares past 1.
        pl.when(both)
        .then((new - old).clip(lower_bound=0.0).sum().clip(upper_bound=1.0))
        .alias("jump")
    )


def _service_jump(halves: pl.DataFrame) -> pl.DataFrame:
    """How far the mix of services moved, counted in charges."""
    moved = _distance(halves, ["account_id"], "rows")
    return moved.rename({"jump": "service_jump"})


def _spend_jump(halves: pl.DataFrame) -> pl.DataFrame:
    """How far the mix of services moved, in money: the largest over the kinds of money."""
    moved = _distance(halves, ["account_id", "currency"], "cost")
    return moved.group_by("account_id").agg(pl.col("jump").max().alias("spend_jump"))


def _announced(rollups: Rollups) -> pl.DataFrame:
    """Days with a support case: a change of hands that is announced leaves one."""
    cases = rollups.window("events", rows=pl.col("operation") == "CreateSupportCase")
    return cases.group_by("account_id").agg(pl.lit(True).alias("announced"))


def _recon(rollups: Rollups) -> pl.DataFrame:
    """The largest number of different model look-ups within 72 hours."""
    rows = rollups.window("events", rows=pl.col("operation").is_in(RECON)).sort(
        "account_id", "first", "operation"
    )
    burst = rows.rolling("first", period="72h", closed="both", group_by="account_id").agg(
        pl.col("operation").n_unique().cast(pl.Int64).alias("lookups")
    )
    return burst.group_by("account_id").agg(pl.col("lookups").max())


def _logging_off(rollups: Rollups) -> pl.DataFrame:
    """Days on which the records of model calls were switched off."""
    rows = rollups.window("events", rows=pl.col("operation") == LOGGING_OFF)
    return rows.group_by("account_id").agg(
        pl.col("day").n_unique().cast(pl.Int64).alias("logging_off")
    )


def _billed(rollups: Rollups) -> pl.DataFrame:
    """Charges after the day on which every earlier payer of the account was given up."""
    needed = rollups.window("usage", "account_id", "payer_id", "first", "last", "rows")
    # A charge ends when the next one begins.
    until = pl.col("last").max() - pl.duration(microseconds=1)
    counted = pl.col("rows").sum().alias("n")
    billed = group(needed, ["account_id", "payer_id"], [pl.col("first").min(), until, counted])
    return given_up(billed, "bill_moved")


def _woken(rollups: Rollups) -> pl.DataFrame:
    """Days an account lay unused after sign-up, where its first use lies inside the data."""
    seen = first_seen(rollups)
    made = rollups["accounts"].select("account_id", "created_at")
    slept = days_between("created_at", "first")
    return (
        seen.filter(pl.col("first") >= since_start(seen, 14))
        .join(made, on="account_id")
        .select("account_id", slept_days=slept.clip(lower_bound=0.0))
    )


def _first_models(rollups: Rollups) -> pl.DataFrame:
    """Days with other usage before the first call of a model, where both are in the data."""
    calls = rollups.window("model").group_by("account_id").agg(pl.col("first").min().alias("call"))
    charges = rollups.window("usage", "account_id", "day", rows=pl.col("token_amount") == 0)
    before = charges.join(calls, on="account_id").filter(pl.col("day") < pl.col("call").dt.date())
    days = pl.col("day").n_unique().cast(pl.Int64)
    return before.group_by("account_id").agg(days.alias("days_before_models"))


def _newcomers(rollups: Rollups) -> pl.DataFrame:
    """Events by people, and those by people first seen a week or more after the first one."""
    people = rollups.window("distinct", rows=pl.col("kind") == "actor")
    joined = pl.col("first") >= pl.col("first").min().over("account_id") + pl.duration(days=7)
    return people.group_by("account_id").agg(
        pl.col("n").sum().alias("acts"), pl.col("n").filter(joined).sum().alias("newcomer_acts")
    )


def replacements(rollups: Rollups) -> pl.DataFrame:
    """Lasting kinds of identifier that are replaced within a fortnight, at each replacement.

    A kind is replaced where every earlier value is last seen no more than two days after the
    next one is first seen, and that lies in the window.

    Returns
    -------
    pl.DataFrame
        ``account_id``, ``first`` (the time of a replacement), and of the fortnight before it
        ``kinds`` and ``replaced``, their number.
    """
    keys = ["account_id", "kind"]
    rows = (
        rollups["links"]
        .filter(pl.col("kind").is_in(LASTING_KINDS))
        .sort(*keys, "first", "last", "value")
    )
    before = _ended_before(rows.select("last", runs(*keys).alias("kind")))
    rows = rows.with_columns(before=before)
    gone = pl.col("before") <= pl.col("first") + pl.duration(days=2)
    recent = pl.col("first").dt.date() >= rollups.window_start
    moments = rows.filter(gone & recent).sort("account_id", "first", "kind")
    return moments.rolling("first", period="14d", closed="both", group_by="account_id").agg(
        pl.col("kind").unique().sort().alias("kinds"),
        pl.col("kind").n_unique().cast(pl.Int64).alias("replaced"),
    )


def _replaced(rollups: Rollups) -> pl.DataFrame:
    return replacements(rollups).group_by("account_id").agg(pl.col("replaced").max())


FAMILY = Family("F05", base, Reach.OWN)
_EVENTS = ("events",)
_TAKEN = ("T02",)


@FAMILY.feature(unit="kinds", direction=1, inputs=_EVENTS, typologies=_TAKEN)
def f05_change_burst() -> pl.Expr:
    """Different kinds of change to contact, password, second factor, keys or card in 72 hours."""
    return (pl.col("changes") - 1).clip(lower_bound=0)


@FAMILY.feature(unit="kinds", direction=1, inputs=_EVENTS, typologies=_TAKEN, bounds=(0, 4))
def f05_operator_break() -> pl.Expr:
    """All earlier people, devices and networks vanish before the present ones appear."""
    return pl.col("operator_break")


@FAMILY.feature(unit="share", direction=1, inputs=("usage",), typologies=_TAKEN, bounds=(0, 1))
def f05_dormancy_break() -> pl.Expr:
    """A long silence, followed by most of the account's activity."""
    return pl.col("dormancy_break")


@FAMILY.feature(unit="distance", direction=1, inputs=("usage",), typologies=_TAKEN, bounds=(0, 1))
def f05_service_jump() -> pl.Expr:
    """The services used in the second half of the time are not those of the first."""
    return pl.col("service_jump")


@FAMILY.feature(
    unit="distance", direction=1, inputs=("usage",), typologies=("T02", "T12"), bounds=(0, 1)
)
def f05_spend_jump() -> pl.Expr:
    """The money of the second half of the time goes to other services than that of the first."""
    return pl.col("spend_jump")


@FAMILY.feature(
    unit="share", direction=1, inputs=_EVENTS, typologies=("T01", "T02", "T17"), bounds=(0, 1)
)
def f05_newcomers() -> pl.Expr:
    """Most is done by people who were not there in the first week."""
    return share("newcomer_acts", "acts")


@FAMILY.feature(
    unit="kinds", direction=1, inputs=("account_links",), typologies=_TAKEN, bounds=(0, 8)
)
def f05_replaced_identity() -> pl.Expr:
    """Means of payment, contacts, devices and keys are replaced within one fortnight."""
    return pl.col("replaced")


@FAMILY.feature(unit="product", direction=1, inputs=("events", "usage"), typologies=_TAKEN)
def f05_handover() -> pl.Expr:
    """Changed contacts, changed operators and changed use, all together."""
    changed = portion((pl.col("changes") - 1).clip(lower_bound=0), 3.0)
    moved = portion("operator_break", 2.0)
    composite = changed * moved * (0.5 + 0.5 * pl.col("service_jump"))
    return pl.when("announced").then(0.5 * composite).otherwise(composite)


@FAMILY.feature(unit="look-ups", direction=1, inputs=_EVENTS, typologies=("T07",), bounds=(0, 3))
def f05_model_recon() -> pl.Expr:
    """Within 72 hours: models listed, access tried, form filled, logging switched off."""
    return (pl.col("lookups") - 1).clip(lower_bound=0)


@FAMILY.feature(
    unit="days/(90+days)", direction=1, inputs=("usage", "accounts"), typologies=("T02", "T16"),
    bounds=(0, 1),
)  # fmt: skip
def f05_woken_account() -> pl.Expr:
    """An account that lay unused for long after sign-up and then came to life."""
    return pl.col("slept_days") / (90.0 + pl.col("slept_days"))


@FAMILY.feature(
    unit="days/(30+days)", direction=1, inputs=("usage", "model_usage"), typologies=("T07", "T02"),
    bounds=(0, 1),
)  # fmt: skip
def f05_sudden_models() -> pl.Expr:
    """The first model call comes after a long time of other use."""
    return pl.col("days_before_models") / (30.0 + pl.col("days_before_models"))


@FAMILY.feature(unit="log(1+days)", direction=1, inputs=_EVENTS, typologies=("T07",))
def f05_logging_off() -> pl.Expr:
    """The records of model calls were switched off."""
    return pl.col("logging_off").log1p()


@FAMILY.feature(
    unit="share", direction=1, inputs=("usage",), typologies=("T08", "T02"), bounds=(0, 1)
)
def f05_bill_moved() -> pl.Expr:
    """From one day on, another party is billed for the account."""
    return pl.col("bill_moved")
