"""Reasons add up and say what the numbers say."""

import numpy as np
import polars as pl
import pytest

from detector.reasons import (
    SHOWN,
    Evidence,
    counter_evidence,
    family_lists,
    reason_lists,
    standing_lists,
    typologies,
)
from features import REGISTRY

AGAINST = np.array([not feature.both for feature in REGISTRY])
FACTS = pl.Schema(
    {
        "declared_reseller": pl.Boolean(), "partner_id": pl.String(),
        "organisation_size": pl.Int64(), "kyc_status": pl.String(), "age_days": pl.Int64(),
        "declared_use_class": pl.String(), "customer_class": pl.String(),
        "appeal_upheld_at": pl.Datetime("us", "UTC"), "decision": pl.String(),
    }
)  # fmt: skip


def speaks_for(**facts: object) -> list[str]:
    """Codes of what speaks for an account with these facts and no others."""
    row = {name: facts.get(name) for name in FACTS}
    (notes,) = counter_evidence(pl.DataFrame([row], schema=FACTS)).to_list()
    return [note["code"] for note in notes]


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
    evidence.tail[:] = 0.01
    for row, reasons in enumerate(reason_lists(evidence, REGISTRY).to_list()):
        shown = [r["contribution"] for r in reasons[:-1]]
        assert shown == sorted(evidence.contribution[row][AGAINST], reverse=True)[:SHOWN]
        assert reasons[-1]["code"] == "OTHER"
        for reason in reasons[:-1]:
            column = REGISTRY.names().index(reason["feature"])
            assert reason["value"] == evidence.values[row, column]
            assert reason["text"] == REGISTRY[reason["feature"]].sentence


def test_what_many_peers_share_comes_after_what_few_do(evidence: Evidence) -> None:
    evidence.contribution[:] = -1.0
    places = np.flatnonzero(AGAINST)[:8]
    evidence.contribution[:, places] = [0.9, 0.8, 0.7, 0.6, 0.5, 0.0, -0.1, -0.2]
    evidence.tail[:, places] = [0.5, 0.1, 0.11, 0.02, np.nan, 0.001, 0.001, 0.001]
    names = REGISTRY.names()
    for reasons in reason_lists(evidence, REGISTRY).to_list():
        shown = [r["feature"] for r in reasons[:-1]]
        assert shown == [names[places[at]] for at in (1, 3, 4, 0, 2, 5, 6)]
        assert reasons[-1]["code"] == "OTHER"
        assert sum(r["contribution"] for r in reasons) == pytest.approx(
            evidence.contribution[0].sum()
        )


def test_what_may_speak_for_an_account_is_never_a_reason(evidence: Evidence) -> None:
    evidence.contribution[:] = 0.1
    evidence.contribution[:, ~AGAINST] = 9.0
    whole = evidence.contribution[0].sum()
    for reasons in reason_lists(evidence, REGISTRY).to_list():
        assert not {"F16"} & {r["family"] for r in reasons}
        assert sum(r["contribution"] for r in reasons) == pytest.approx(whole)
    assert not any("F16" in families for families in family_lists(evidence, REGISTRY).to_list())


def test_what_lowered_a_score_is_named_and_what_is_missing_is_not(evidence: Evidence) -> None:
    evidence.contribution[:] = 0.1
    public, steady = map(REGISTRY.names().index, ("f16_public_body", "f16_steady_client"))
    evidence.contribution[:2, [public, steady]] = -0.2
    evidence.contribution[2, public] = -0.01
    evidence.values[1, steady] = np.nan
    codes = [[note["code"] for note in notes] for notes in standing_lists(evidence, REGISTRY)]
    assert codes == [["F16-PUBLIC-BODY", "F16-STEADY-CLIENT"], ["F16-PUBLIC-BODY"], [], [], []]


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


def test_nothing_known_speaks_for_nobody() -> None:
    assert speaks_for() == []


@pytest.mark.parametrize(("days", "told"), [(730, []), (731, ["LONG-STANDING"])])
def test_an_account_is_long_standing_after_two_years(days: int, told: list[str]) -> None:
    assert speaks_for(age_days=days) == told


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"customer_class": "education"}, ["EDUCATION"]),
        ({"customer_class": "business"}, []),
        ({"customer_class": "government"}, []),
        ({"declared_reseller": True}, ["DECLARED-RESELLER"]),
        ({"declared_reseller": False}, []),
        ({"partner_id": "p"}, ["DECLARED-RESELLER"]),
        ({"organisation_size": 1}, []),
        ({"organisation_size": 2}, ["ONE-ORGANISATION"]),
        ({"kyc_status": "verified"}, ["KYC-VERIFIED"]),
        ({"kyc_status": "failed"}, []),
        ({"declared_use_class": "scientific"}, ["DECLARED-TRAINING"]),
        ({"declared_use_class": "web"}, []),
        ({"decision": "cleared"}, ["CLEARED"]),
        ({"decision": "confirmed_victim"}, []),
    ],
)
def test_counter_evidence_says_what_the_record_says(
    facts: dict[str, object], told: list[str]
) -> None:
    assert speaks_for(**facts) == told


def test_what_speaks_for_an_account_adds_up() -> None:
    facts = {"customer_class": "education", "age_days": 4000, "kyc_status": "verified"}
    assert speaks_for(**facts) == ["KYC-VERIFIED", "LONG-STANDING", "EDUCATION"]
