"""Which queue an account goes to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from detector.pipeline.queues import SIGNS, account_facts, choose_queue
from features.catalogue import Catalogue
from features.population import Population
from features.rollups import complete
from features.tables import SCHEMAS

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = ["a", "b"]


def facts(
    labels: list[dict[str, object]], pairs: pl.DataFrame | None = None, **account: object
) -> pl.DataFrame:
    rows = [{"account_id": n, "created_at": AS_OF - timedelta(days=100), **account} for n in NAMES]
    frames = {
        "accounts": pl.DataFrame(rows, schema=SCHEMAS["accounts"].create_empty().schema),
        "labels": pl.DataFrame(labels, schema=SCHEMAS["labels"].create_empty().schema),
    }
    rollups = complete(frames, ["accounts"], AS_OF, Catalogue.load())
    population = Population.apart(rollups)
    if pairs is not None:
        population = replace(population, pairs=pairs)
    return account_facts(
        population, pl.DataFrame({"account_id": NAMES, **dict.fromkeys(SIGNS, 0.0)})
    )


def queue(
    table: pl.DataFrame,
    *suspicious: bool,
    noticed: bool = True,
    asked: tuple[bool, ...] = (False,) * 2,
) -> list[str]:
    told = pl.Series(suspicious), pl.Series([noticed] * 2), pl.Series(asked)
    return choose_queue(table, *told).to_list()


def with_signs(**signs: float) -> pl.DataFrame:
    """Account ``a`` carries the signs, ``b`` none."""
    here = pl.col("account_id") == "a"
    return facts([]).with_columns(
        pl.when(here).then(value).otherwise(0.0).alias(name) for name, value in signs.items()
    )


def test_a_stolen_key_is_the_holders_injury() -> None:
    table = with_signs(f05_model_recon=0.75, f06_places_per_day=1.0)
    assert queue(table, True, True) == ["victim", "proxy"]


def test_a_new_operator_is_no_victim() -> None:
    table = with_signs(f05_model_recon=0.75, f06_places_per_day=1.0, f05_operator_break=1.5)
    assert queue(table, True, True) == ["proxy", "proxy"]


@pytest.mark.parametrize(
    ("sign", "enough", "less"),
    [
        ("f05_sudden_models", 0.3, 0.29),
        ("f06_two_places_at_once", 0.01, 0.0),
        ("f06_new_networks", 0.1, 0.09),
        ("f06_failed_logins", 0.1, 0.09),
        ("f06_places_per_day", 0.2, 0.19),
    ],
)
def test_any_one_sign_of_a_stranger_is_enough_beside_a_look_at_all_models(
    sign: str, enough: float, less: float
) -> None:
    for value, expected in ((enough, "victim"), (less, "proxy")):
        table = with_signs(**{"f05_model_recon": 0.5, sign: value})
        assert queue(table, True, True) == [expected, "proxy"]


@pytest.mark.parametrize(
    ("sign", "still", "no_more"),
    [
        ("f05_model_recon", 0.5, 0.49),
        ("f05_operator_break", 0.49, 0.5),
        ("f05_change_burst", 1.0, 1.01),
    ],
)
def test_a_stranger_looks_around_while_the_holder_stays(
    sign: str, still: float, no_more: float
) -> None:
    """Without a look at models, or where operators or contacts change, nobody is injured."""
    stranger = {"f05_model_recon": 1.0, "f06_new_networks": 1.0}
    for value, expected in ((still, "victim"), (no_more, "proxy")):
        assert queue(with_signs(**{**stranger, sign: value}), True, True) == [expected, "proxy"]


@pytest.mark.parametrize(
    ("sign", "enough", "less"),
    [("f08_mining_share", 0.5, 0.49), ("f02_money_back_share", 0.2, 0.19)],
)
def test_half_the_hours_mining_or_a_fifth_of_the_money_back_is_another_wrong(
    sign: str, enough: float, less: float
) -> None:
    for value, expected in ((enough, "other"), (less, "proxy")):
        assert queue(with_signs(**{sign: value}), True, True) == [expected, "proxy"]


def test_mining_is_another_wrong() -> None:
    assert queue(with_signs(f08_mining_share=0.9), True, True) == ["other", "proxy"]


def test_payments_taken_back_are_another_wrong() -> None:
    assert queue(with_signs(f02_money_back_share=0.5), True, False) == ["other", "none"]


def test_a_sign_alone_is_not_looked_for_in_ordinary_accounts() -> None:
    table = with_signs(f08_mining_share=0.9, f05_model_recon=1.0, f06_new_networks=1.0)
    assert queue(table, False, False, noticed=False) == ["none", "none"]


def test_signs_that_are_missing_say_nothing() -> None:
    gone = facts([]).with_columns(pl.lit(None, dtype=pl.Float64).alias(sign) for sign in SIGNS)
    assert queue(gone, True, False) == ["proxy", "none"]


def test_suspicious_accounts_are_reviewed() -> None:
    assert queue(facts([]), True, False) == ["proxy", "none"]


@pytest.mark.parametrize("decision", ["confirmed_proxy", "confirmed_victim", "cleared"])
def test_decided_accounts_leave_the_queue(decision: str) -> None:
    label = {"account_id": "a", "decision": decision, "decided_at": AS_OF - timedelta(days=1)}
    assert queue(facts([label]), True, True) == ["none", "proxy"]


def test_an_unresolved_review_stays_in_the_queue() -> None:
    label = {"account_id": "a", "decision": "unresolved", "decided_at": AS_OF - timedelta(days=1)}
    assert queue(facts([label]), True, True) == ["proxy", "proxy"]


def test_a_clearance_that_ran_out_counts_no_more() -> None:
    label = {
        "account_id": "a", "decision": "cleared", "decided_at": AS_OF - timedelta(days=60),
        "expires_at": AS_OF - timedelta(days=1),
    }  # fmt: skip
    assert queue(facts([label]), True, True) == ["proxy", "proxy"]


def test_the_latest_decision_counts() -> None:
    labels = [
        {"account_id": "a", "decision": "cleared", "decided_at": AS_OF - timedelta(days=9)},
        {"account_id": "a", "decision": "unresolved", "decided_at": AS_OF - timedelta(days=2)},
    ]
    assert queue(facts(labels), True, False) == ["proxy", "none"]


def test_closed_accounts_are_not_reviewed() -> None:
    assert queue(facts([], closed_at=AS_OF - timedelta(days=3)), True, True) == ["none", "none"]


def test_what_another_lane_asks_for_fills_policy_where_nothing_else_holds() -> None:
    both = (True, True)
    assert queue(facts([]), True, False, asked=both) == ["proxy", "policy"]
    assert queue(with_signs(f08_mining_share=0.9), False, False, asked=both) == ["other", "policy"]


@pytest.mark.parametrize("decision", ["confirmed_proxy", "confirmed_victim", "cleared"])
def test_a_decision_about_proxy_access_does_not_answer_another_lane(decision: str) -> None:
    label = {"account_id": "a", "decision": decision, "decided_at": AS_OF - timedelta(days=1)}
    assert queue(facts([label]), True, True, asked=(True, True)) == ["policy", "proxy"]


def test_a_closed_account_is_asked_about_by_nobody() -> None:
    shut = facts([], closed_at=AS_OF - timedelta(days=1))
    assert queue(shut, True, True, asked=(True, True)) == ["none", "none"]


APPEAL = {"account_id": "a", "decision": "cleared", "basis": "appeal"}


@pytest.mark.parametrize("sign", [{}, {"f08_mining_share": 0.9}, {"f02_money_back_share": 0.5}])
def test_an_upheld_appeal_keeps_out_of_every_queue_of_behaviour(sign: dict[str, float]) -> None:
    table = facts([], appeal_upheld_at=AS_OF - timedelta(days=9))
    table = table.with_columns(pl.lit(value).alias(name) for name, value in sign.items())
    assert queue(table, True, True) == ["none", "none"]
    assert queue(table, True, True, asked=(True, False)) == ["policy", "none"]


@pytest.mark.parametrize(("days", "expected"), [(399, "none"), (400, "proxy")])
def test_an_upheld_appeal_holds_for_four_hundred_days(days: int, expected: str) -> None:
    old = facts([], appeal_upheld_at=AS_OF - timedelta(days=days))
    assert queue(old, True, True) == [expected] * 2
    label = {**APPEAL, "decided_at": AS_OF - timedelta(days=days)}
    # Without an end a clearing keeps its account out of the queue for ever.
    assert queue(facts([label]), True, True) == ["none", "proxy"]


@pytest.mark.parametrize(("posterior", "expected"), [(0.9, "proxy"), (0.1, "none")])
def test_a_tie_of_a_new_kind_ends_what_an_appeal_answered(posterior: float, expected: str) -> None:
    """What the appeal has answered is among no pairs."""
    tie = {"a": "a", "b": "c", "posterior": posterior, "firm": True, "coincident": False}
    pairs = pl.DataFrame([tie])
    table = facts([], pairs, appeal_upheld_at=AS_OF - timedelta(days=9))
    assert queue(table, True, True) == [expected, "none"]
