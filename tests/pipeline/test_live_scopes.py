"""Whoever a change of templates or of meters can be felt by is computed anew, and right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from detector.pipeline.live import moulds
from detector.pipeline.live.cutting import Scope, restricted
from detector.pipeline.live.machines import by_machines
from detector.pipeline.live.moulds import by_moulds
from features import templates
from features.build import REGISTRY, family_columns
from features.catalogue import Catalogue
from features.devices import DEVICE
from features.population import Population, payers
from features.rollups import Rollups, complete, merge, rollup
from features.tables import SCHEMAS
from tests.examples import examples

AS_OF = datetime(2026, 3, 10, 12, tzinfo=UTC)
CATALOGUE = Catalogue.load()
FAMILIES = {family.id: family for family in REGISTRY.families}
NAMES = [f"a{number}" for number in range(6)]
IDS = pl.DataFrame({"account_id": NAMES})
EXAMPLES = examples(60)
FEW = 3
"""Holders of a template beyond whom it says nothing, in these tests."""
Row = dict[str, Any]
Tables = dict[str, list[Row]]


def ago(hours: float) -> datetime:
    return AS_OF - timedelta(hours=hours)


def rolled(tables: Tables) -> Rollups:
    parts = [
        rollup(table, pl.DataFrame(rows, schema=SCHEMAS[table].create_empty().schema), AS_OF,
               CATALOGUE)
        for table, rows in tables.items()
    ]  # fmt: skip
    return complete(merge(parts), tables, AS_OF, CATALOGUE)


def apart(rollups: Rollups) -> Population:
    return replace(Population.apart(rollups), payers=payers(rollups["usage"]))


def touched(then: Tables, later: Tables) -> pl.DataFrame:
    """Who has other rows, by the tables."""
    found = {
        str(row.get("account_id", row.get("SubAccountId")))
        for name in then
        for one, other in ((then, later), (later, then))
        for row in one[name]
        if row not in other[name]
    }
    return pl.DataFrame({"account_id": sorted(found & {*NAMES})}, schema={"account_id": pl.String})


def check(family: str, then: Tables, later: Tables, scope_of: Callable[..., Scope]) -> Scope:
    """Numbers of before, and of the scope those of its own reading, are a batch's."""
    before, now = apart(rolled(then)), apart(rolled(later))
    scope = scope_of(before, now, touched(then, later))
    assert scope.reached is not None
    assert scope.read is not None
    reached = IDS.filter(pl.col("account_id").is_in(scope.reached["account_id"].implode()))
    small = replace(now, rollups=restricted(now.rollups, scope.read, scope.beside))
    kept = family_columns(FAMILIES[family], before, IDS).with_columns(IDS["account_id"])
    fresh = family_columns(FAMILIES[family], small, reached)
    rest = kept.filter(~pl.col("account_id").is_in(reached["account_id"].implode()))
    followed = pl.concat([rest, fresh.with_columns(reached["account_id"])]).sort("account_id")
    batch = family_columns(FAMILIES[family], now, IDS).with_columns(IDS["account_id"])
    assert_frame_equal(followed, batch, check_exact=True)
    return scope


def call(name: str, mould: int, requests: int, hours: int) -> Row:
    return {"start": ago(hours), "end": ago(hours - 0.5), "account_id": name, "model_id": "m",
            "requests": requests, "input_tokens": 1, "output_tokens": 1,
            "template_sketch": [mould] * 32}  # fmt: skip


def record(name: str, organisation: int | None, resells: bool) -> Row:
    group = None if organisation is None else f"o{organisation}"
    return {"account_id": name, "created_at": ago(9000), "organisation_id": group,
            "declared_reseller": resells}  # fmt: skip


def charge(name: str, payer: str) -> Row:
    return {"ChargePeriodStart": ago(50), "ChargePeriodEnd": ago(49), "SubAccountId": name,
            "BillingAccountId": payer, "ChargeCategory": "Usage", "ServiceName": "Compute",
            "ConsumedQuantity": 1, "ConsumedUnit": "Hours", "ResourceType": "p5.48xlarge",
            "EffectiveCost": 5, "BillingCurrency": "AAA"}  # fmt: skip


WHO = st.sampled_from(NAMES)
HOURS = st.sampled_from([5, 9])
CALLS = st.lists(st.builds(call, WHO, st.integers(0, 3), st.integers(1, 9), HOURS))
RECORDS = st.lists(
    st.builds(record, WHO, st.none() | st.integers(0, 1), st.sampled_from([False, False, True])),
    unique_by=lambda row: row["account_id"],
)
CHARGES = st.lists(st.builds(charge, WHO, WHO), max_size=4)
USED = st.fixed_dictionaries({"model_usage": CALLS, "accounts": RECORDS, "usage": CHARGES})


@settings(max_examples=EXAMPLES)
@given(then=USED, come=CALLS, other=USED, what=st.sampled_from(["accounts", "usage", "none"]))
def test_whoever_feels_a_change_of_templates_is_reached(
    then: Tables, come: list[Row], other: Tables, what: str
) -> None:
    later = then | {"model_usage": [*then["model_usage"], *come]}
    later |= {what: other[what]} if what in other else {}
    with pytest.MonkeyPatch.context() as patch:
        for module in (moulds, templates):
            patch.setattr(module, "MAX_DEGREE", FEW)
        check("F10", then, later, by_moulds)


def using(*names: str) -> list[Row]:
    return [call(name, 1, 5, 9) for name in names]


@pytest.mark.parametrize(
    ("then", "come"),
    [
        # Another begins to use it, and one too many.
        ({"model_usage": using("a0")}, {"model_usage": using("a1")}),
        ({"model_usage": using(*NAMES[:FEW])}, {"model_usage": using(NAMES[FEW])}),
        # Who uses it too begins to declare something: alone, with the other, or by who pays.
        ({"model_usage": using("a0", "a1")}, {"accounts": [record("a1", None, True)]}),
        (
            {"model_usage": using("a0", "a1"), "accounts": [record("a0", 0, False)]},
            {"accounts": [record("a1", 0, False)]},
        ),
        (
            {"model_usage": using("a0", "a1"), "usage": [charge("a0", "a5")]},
            {"usage": [charge("a1", "a5")]},
        ),
    ],
    ids=["user", "too many", "reseller", "organisation", "payer"],
)
def test_who_uses_a_template_and_declares_what_reaches_its_users(
    then: Tables, come: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (moulds, templates):
        monkeypatch.setattr(module, "MAX_DEGREE", FEW)
    none: Tables = {"model_usage": [], "accounts": [], "usage": []}
    later = {name: [*then.get(name, []), *come.get(name, [])] for name in none}
    scope = check("F10", none | then, later, by_moulds)
    assert scope.reached is not None
    assert "a0" in scope.reached["account_id"]


def test_how_often_a_template_is_used_again_reaches_nobody_else() -> None:
    then = {"model_usage": [call(name, 1, 5, 9) for name in NAMES[:2]], "accounts": [], "usage": []}
    later = then | {"model_usage": [*then["model_usage"], call("a0", 1, 7, 5)]}
    scope = check("F10", then, later, by_moulds)
    assert scope.reached is not None
    assert scope.reached["account_id"].to_list() == ["a0"]


GPUS = st.sampled_from([None, "GPU-0", "GPU-0/1", "GPU-0/2", "GPU-1"])
INSTANCES = st.sampled_from([None, "i0", "i1", "i2"])
DEVICES = st.tuples(INSTANCES, GPUS).filter(any)


def meter(name: str | None, device: tuple[str | None, str | None], busy: int, hours: int) -> Row:
    return {"time": ago(hours), "account_id": name, "instance_id": device[0], "gpu_uuid": device[1],
            "metric": "DCGM_FI_DEV_GPU_UTIL", "value": float(busy)}  # fmt: skip


def hold(name: str, device: tuple[str | None, str | None], since: int, until: int | None) -> Row:
    end = None if until is None else ago(until)
    return {"account_id": name, "instance_id": device[0], "gpu_uuid": device[1],
            "valid_from": ago(since), "valid_to": end}  # fmt: skip


def metered(*devices: tuple[str | None, str | None]) -> Callable[..., Scope]:
    """The scope of what reads meters, of which these devices have others."""
    told = pl.DataFrame([*devices], schema=dict.fromkeys(DEVICE, pl.String), orient="row").unique()
    return lambda before, now, ids: by_machines(before, now, ids, told)


METERS = st.lists(
    st.builds(meter, st.none() | st.none() | WHO, DEVICES, st.sampled_from([3, 90]),
              st.sampled_from([2, 30])),
    max_size=8,
)  # fmt: skip
INVENTORY = st.lists(
    st.builds(hold, WHO, DEVICES, st.sampled_from([90, 20]), st.none() | st.sampled_from([1, 10])),
    max_size=8,
)  # fmt: skip


@settings(max_examples=EXAMPLES)
@given(meters=METERS, come=METERS, held=INVENTORY, other=st.none() | INVENTORY)
def test_whoever_feels_a_change_of_meters_is_reached(
    meters: list[Row], come: list[Row], held: list[Row], other: list[Row] | None
) -> None:
    then = {"gpu_telemetry": meters, "inventory": held}
    later = {"gpu_telemetry": [*meters, *come], "inventory": held if other is None else other}
    nameless = [row for row in come if row["account_id"] is None]
    devices = [(row["instance_id"], row["gpu_uuid"]) for row in nameless]
    check("F08", then, later, metered(*devices))


def test_who_held_a_machine_of_a_rival_is_reached_and_its_other_rivals_read() -> None:
    a, b = ("i0", None), ("i1", None)
    meters = [meter(None, a, 90, 30), meter(None, b, 3, 30)]
    rest = [hold("a1", a, 90, None), hold("a1", b, 90, None), hold("a2", b, 90, None)]
    then = {"gpu_telemetry": meters, "inventory": [hold("a0", a, 90, None), *rest]}
    scope = check("F08", then, then | {"inventory": rest}, metered())
    assert scope.reached is not None
    assert set(scope.reached["account_id"]) == {"a0", "a1"}


def test_meters_of_a_machine_reach_its_holder_alone() -> None:
    held = [hold("a0", ("i0", None), 90, None), hold("a1", ("i1", None), 90, None)]
    meters = [meter(None, (f"i{n}", None), 90, 30) for n in range(2)]
    come = meter(None, ("i0", None), 3, 2)
    then = {"gpu_telemetry": meters, "inventory": held}
    later = then | {"gpu_telemetry": [*meters, come]}
    scope = check("F08", then, later, metered(("i0", None)))
    assert scope.reached is not None
    assert scope.reached["account_id"].to_list() == ["a0"]
