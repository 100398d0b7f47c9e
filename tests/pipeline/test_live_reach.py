"""What one account does in a day, others feel within it: live features follow each reach.

In each scene the rows of one account come, and another's features of one family change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from detector.pipeline.live import features as live
from detector.pipeline.live.rollups import Moved
from features.build import REGISTRY
from features.catalogue import Catalogue
from features.registry import Reach
from features.rollups import Rollups, complete, merge, rollup
from features.tables import SCHEMAS
from tests.examples import first

AS_OF = datetime(2026, 3, 10, 12, tzinfo=UTC)
NAMES = [f"a{k}" for k in range(6)]
Row = Mapping[str, Any]
Tables = dict[str, list[Row]]
MOULD = list(range(32))


def ago(**time: float) -> datetime:
    return AS_OF - timedelta(**time)


def charge(account: str, days: float, payer: str | None = None) -> Row:
    return {
        "ChargePeriodStart": ago(days=days), "ChargePeriodEnd": ago(days=days, hours=-1),
        "BillingAccountId": payer or account, "SubAccountId": account, "ChargeCategory": "Usage",
        "ServiceName": "Compute", "ConsumedQuantity": 1, "ConsumedUnit": "Hours",
        "ResourceType": "p5.48xlarge", "EffectiveCost": 5, "BillingCurrency": "AAA",
    }  # fmt: skip


def payment(account: str, hours: float, instrument: str, amount: int = 500) -> Row:
    return {
        "time": ago(hours=hours), "account_id": account, "kind": "top_up", "amount": amount,
        "currency": "AAA", "instrument_hash": instrument, "instrument_kind": "card",
    }  # fmt: skip


def call(account: str, hours: float, mould: list[int] | None = None) -> Row:
    return {"start": ago(hours=hours), "end": ago(hours=hours - 1), "account_id": account,
            "model_id": "m", "requests": 10, "input_tokens": 100, "output_tokens": 50,
            "template_sketch": mould}  # fmt: skip


def link(account: str, value: str) -> Row:
    return {"account_id": account, "kind": "tax_id", "value_hash": value,
            "first_seen": ago(days=50), "last_seen": ago(days=2)}  # fmt: skip


def sample(device: str, hours: float, busy: float) -> Row:
    return {"time": ago(hours=hours), "instance_id": device, "metric": "DCGM_FI_DEV_GPU_UTIL",
            "value": busy}  # fmt: skip


def morning() -> Tables:
    """Six accounts that have nothing in common but that ``a0`` and ``a1`` are linked."""
    return {
        "accounts": [{"account_id": n, "created_at": ago(days=100 + k, hours=k)}
                     for k, n in enumerate(NAMES)],
        "usage": [charge(n, day) for n in NAMES for day in range(2, 8)],
        "payments": [payment(n, 200, f"card of {n}", 1234 + k) for k, n in enumerate(NAMES)],
        "model_usage": [call("a0", 90 + k, MOULD) for k in range(6)],
        "account_links": [link(n, "common") for n in ("a0", "a1")],
        "labels": [],
        "inventory": [{"instance_id": "of a0", "account_id": "a0", "valid_from": ago(days=90)}],
        "gpu_telemetry": [sample("of a0", 50, 90.0)],
    }  # fmt: skip


def rolled(tables: Tables, catalogue: Catalogue) -> Rollups:
    frames = {
        name: pl.DataFrame(rows, schema=SCHEMAS[name].create_empty().schema)
        for name, rows in tables.items()
    }
    parts = [rollup(name, rows, AS_OF, catalogue) for name, rows in frames.items()]
    return complete(merge(parts), frames, AS_OF, catalogue)


@dataclass(frozen=True)
class Scene:
    """Rows that ``who`` brings or takes away, and the family in which ``a0`` feels it."""

    family: str
    who: str | None
    come: Tables
    gone: frozenset[str] = frozenset()

    def play(self, tables: Tables) -> Tables:
        """The tables after the scene."""
        return {
            name: [*([] if name in self.gone else rows), *self.come.get(name, [])]
            for name, rows in tables.items()
        }


SCENES = [
    Scene("F03", "a2", {"payments": [payment("a2", 2, "card of a0")]}),
    Scene("F04", "a2", {"usage": [charge("a2", 1, "a0")]}),
    Scene("F08", None, {"gpu_telemetry": [sample("of a0", 2, 1.0)]}),
    Scene("F08", None, {}, frozenset({"gpu_telemetry"})),
    Scene("F10", "a2", {"model_usage": [call("a2", 2 + k, MOULD) for k in range(6)]}),
    Scene("F11", "a1", {"labels": [{"account_id": "a1", "decision": "confirmed_proxy",
                                    "decided_at": ago(hours=2)}]}),
    Scene("F11", "a1", {"labels": [{"account_id": "a1", "decision": "cleared", "basis": "appeal",
                                    "decided_at": ago(hours=2)}]}),
    Scene("F12", "new", {"accounts": [{"account_id": "new", "created_at": ago(days=100)}]}),
    Scene("F14", "a1", {"payments": [payment("a1", 2, "card of a1", 1234)]}),
]  # fmt: skip


@pytest.fixture(params=first(SCENES, 4), ids=lambda s: s.family + "-goes" * bool(s.gone))
def scene(request: pytest.FixtureRequest) -> Scene:
    scene: Scene = request.param
    return scene


@pytest.fixture(scope="module")
def differing() -> Callable[[Scene], set[str]]:
    """Families of which some live feature is not a batch's after a scene."""
    catalogue, tables = Catalogue.load(), morning()
    morning_numbers = live.numbers(rolled(tables, catalogue))

    @cache
    def batch_after(number: int) -> tuple[Rollups, live.Numbers]:
        after = rolled(SCENES[number].play(tables), catalogue)
        return after, live.numbers(after)

    def play(scene: Scene) -> set[str]:
        after, batch = batch_after(SCENES.index(scene))
        kept = deepcopy(morning_numbers)  # what is followed is changed in place
        then, now = (
            numbers.table.row(by_predicate=pl.col("account_id") == "a0", named=True)
            for numbers in (kept, batch)
        )
        assert scene.family in {f.family for f in REGISTRY if then[f.name] != now[f.name]}
        touched = pl.DataFrame({"account_id": [scene.who]}, schema={"account_id": pl.String})
        followed = live.follow(kept, Moved(after, touched))
        assert followed is not None
        assert followed.numbers.ids.equals(batch.ids)
        unlike = (followed.numbers.values != batch.values) & ~(
            np.isnan(followed.numbers.values) & np.isnan(batch.values)
        )
        return {f.family for f, wrong in zip(REGISTRY, unlike.any(axis=0), strict=True) if wrong}

    return play


def test_live_features_are_a_batchs_when_others_rows_come(
    scene: Scene, differing: Callable[[Scene], set[str]]
) -> None:
    assert differing(scene) == set()


def test_a_family_that_says_it_reads_less_than_it_does_is_not_followed(
    scene: Scene, differing: Callable[[Scene], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Live runs go by nothing else than the declaration."""
    (family,) = (family for family in REGISTRY.families if family.id == scene.family)
    monkeypatch.setattr(family, "reach", Reach.OWN)
    monkeypatch.setattr(family, "nameless", None)
    assert differing(scene) == {scene.family}


def test_a_family_that_names_too_few_rollups_beside_ties_is_not_followed(
    differing: Callable[[Scene], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decision makes and breaks no tie."""
    scene = next(scene for scene in SCENES if scene.family == "F11")
    (family,) = (family for family in REGISTRY.families if family.id == scene.family)
    assert family.given is not None
    monkeypatch.setattr(family, "given", ("accounts",))
    assert differing(scene) == {scene.family}


def test_a_family_without_a_scope_is_an_error(
    differing: Callable[[Scene], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = live.scopes
    monkeypatch.setattr(
        live, "scopes", lambda *told: {k: v for k, v in known(*told).items() if k != "F03"}
    )
    with pytest.raises(KeyError, match="F03"):
        differing(SCENES[0])
