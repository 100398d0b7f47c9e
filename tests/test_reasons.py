"""Reasons add up and say what the numbers say."""

import numpy as np
import polars as pl
import pytest

from detector.reasons import SHOWN, Evidence, family_lists, reason_lists, typologies
from features import REGISTRY


@pytest.fixture
def evidence() -> Evidence:
    rng = np.random.default_rng(7)
    shape = (5, len(REGISTRY))
    return Evidence(*(rng.normal(size=shape) for _ in range(4)))


def test_contributions_add_up_to_the_whole(evidence: Evidence) -> None:
    lists = reason_lists(evidence, REGISTRY)
    sums = lists.list.eval(pl.element().struct.field("contribution")).list.sum()
    np.testing.assert_allclose(sums.to_numpy(), evidence.contribution.sum(axis=1), atol=1e-12)


def test_the_strongest_come_first_and_the_rest_last(evidence: Evidence) -> None:
    for row, reasons in enumerate(reason_lists(evidence, REGISTRY).to_list()):
        shown = [r["contribution"] for r in reasons[:-1]]
        assert shown == sorted(evidence.contribution[row], reverse=True)[:SHOWN]
        assert reasons[-1]["code"] == "OTHER"
        for reason in reasons[:-1]:
            column = REGISTRY.names().index(reason["feature"])
            assert reason["value"] == evidence.values[row, column]
            assert reason["text"] == REGISTRY[reason["feature"]].sentence


def test_a_missing_value_is_null_not_a_number(evidence: Evidence) -> None:
    evidence.values[:] = np.nan
    assert reason_lists(evidence, REGISTRY)[0][0]["value"] is None


def test_families_follow_their_contributions(evidence: Evidence) -> None:
    evidence.contribution[:] = 0.0
    features = list(REGISTRY)
    strong = next(i for i, f in enumerate(features) if f.family == "F05")
    weak = next(i for i, f in enumerate(features) if f.family == "F02")
    evidence.contribution[0, strong], evidence.contribution[0, weak] = 0.5, 0.1
    assert family_lists(evidence, REGISTRY).to_list() == [["F05", "F02"], [], [], [], []]


def test_a_typology_needs_a_sign(evidence: Evidence) -> None:
    evidence.contribution[:] = 0.0
    handover = REGISTRY.names().index("f05_operator_break")
    evidence.contribution[0, handover] = 0.4
    assert typologies(evidence, REGISTRY).to_list() == ["T02", None, None, None, None]


def test_what_is_missing_is_no_reason(evidence: Evidence) -> None:
    evidence.contribution[:] = 0.1
    evidence.contribution[0, 0] = 9.0
    evidence.values[0, 0] = np.nan
    reasons = reason_lists(evidence, REGISTRY)[0]
    assert REGISTRY.names()[0] not in [r["feature"] for r in reasons]
    assert sum(r["contribution"] for r in reasons) == pytest.approx(evidence.contribution[0].sum())
