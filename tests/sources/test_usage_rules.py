"""A Usage row says how much of what was used, unless nothing was used or it corrects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from detector.sources import read_logs

Put = Callable[[str, str | bytes], Path]
HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuId,ChargeClass,CommitmentDiscountStatus,"
    "CapacityReservationStatus,EffectiveCost\n"
)
ROW = "2026-01-01,2026-01-02,0012,Usage,Compute,{},p5.48xlarge,{},5\n"


@pytest.mark.parametrize(
    ("amount", "marks", "good"),
    [
        (",", ",Unused,", True),
        (",", ",,Unused", True),
        (",", "Correction,,", True),
        ("1,", ",unused,", True),
        (",Hours", "correction,,", True),
        (",", ",Used,", False),
        (",", ",,Used", False),
        (",", ",,", False),
        ("1,", ",,", False),
        (",Hours", ",Used,Used", False),
    ],
)
def test_quantity_and_unit_may_be_missing_where_nothing_was_used(
    put: Put, folder: Path, amount: str, marks: str, good: bool
) -> None:
    (folder / "usage.csv").unlink()
    put("usage.csv", HEAD + ROW.format("1,Hours", ",,") + ROW.format(amount, marks))
    logs = read_logs(folder, max_bad=1.0)
    logs.validate()
    assert logs.counts["usage"].quarantined == (0 if good else 1)
    reasons = {"breaks the rule: usage has quantity and unit"}
    assert set(logs.quarantine["reason"]) == (set() if good else reasons)
