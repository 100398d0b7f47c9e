"""Who is restricted by whom, in the shapes that guidance on ownership speaks of."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector.policy.owners.outcomes import outcomes
from detector.policy.owners.parties import with_parties
from detector.policy.owners.shares import current
from detector.policy.ownership import restricted
from detector.sources.onefile import read_one
from features.types import SHARE

CASES = Path(__file__).parents[4] / "shared/cases/lanes/owners"
HALF = Decimal("0.5")
Row = tuple[Any, ...]


def links(*rows: Row) -> pl.DataFrame:
    """Rows (owned, owner, least, most, least open, most open) as parties are linked."""
    whole = [(*row, *(None,) * (6 - len(row))) for row in rows]
    names = ("owned_name", "owner_name", "share_min", "share_max", "share_min_open",
             "share_max_open")  # fmt: skip
    schema = dict.fromkeys(names[:4], pl.String) | dict.fromkeys(names[4:], pl.Boolean)
    frame = pl.DataFrame(whole, schema=schema, orient="row")
    return with_parties(frame.with_columns(pl.col("share_min", "share_max").cast(SHARE)))


def found(
    rows: pl.DataFrame, *listed: str, perhaps: tuple[str, ...] = (), **rule: Any
) -> dict[str, dict[str, Any]]:
    """Outcomes by name, of listed names."""
    keys = [f"name:{name.lower()}" for name in listed]
    maybe = [f"name:{name.lower()}" for name in perhaps]
    judged = outcomes(restricted(rows, keys, perhaps=maybe, **rule), rows)
    return {row["name"]: row for row in judged.iter_rows(named=True)}


def outcome(rows: pl.DataFrame, name: str, *listed: str, **rule: Any) -> tuple[str, str | None]:
    row = found(rows, *(listed or ("X",)), **rule)[name]
    return row["outcome"], row["because"]


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not here")
def test_the_shared_cases_come_out_as_expected() -> None:
    expected = json.loads((CASES / "expected.json").read_text())
    rows = read_one(CASES / "entity_owners.csv", "entity_owners").rows
    rows = with_parties(current(rows, datetime(2026, 6, 1, tzinfo=UTC)))
    names = {"met": "match", "possible": "inquire", "not met": "clear"}
    told: dict[str, set[str]] = {name: set() for name in names.values()}
    for name, row in found(rows, *expected["listed"]).items():
        told[names[row["outcome"]]].add(name)
    for word, wanted in told.items():
        # Some names in the file of answers have a remark in brackets.
        answers = {name.partition(" (")[0] for name in expected[word]}
        answers.discard("N14 Ended")
        assert wanted == answers, word
    strict = found(rows, *expected["listed"], strict=True)
    for name in expected["same data, rule > 0.5"]["not_match"]:
        assert strict[name]["outcome"] != "met"


def test_half_by_one_listed_owner_is_enough_and_a_little_less_is_not() -> None:
    rows = links(("A", "X", "0.5", "0.5"), ("B", "X", "0.4999999999", "0.4999999999"))
    assert outcome(rows, "A") == ("met", None)
    assert outcome(rows, "B") == ("possible", "minority")


def test_exactly_half_is_not_more_than_half() -> None:
    rows = links(("A", "X", "0.5", "0.5"), ("B", "X", "0.5000000001", "0.5000000001"))
    assert outcome(rows, "A", strict=True) == ("possible", "minority")
    assert outcome(rows, "B", strict=True) == ("met", None)


def test_listed_owners_count_together() -> None:
    rows = links(("A", "X", "0.25", "0.25"), ("A", "Y", "0.25", "0.25"))
    assert outcome(rows, "A", "X", "Y") == ("met", None)
    assert outcome(rows, "A", "X") == ("possible", "minority")


def test_an_owner_that_is_half_owned_counts_in_full() -> None:
    rows = links(
        ("A", "X", "0.5", "0.5"), ("B", "X", "0.5", "0.5"),
        ("C", "A", "0.25", "0.25"), ("C", "B", "0.25", "0.25"),
    )  # fmt: skip
    row = found(rows, "X")["C"]
    assert row["outcome"] == "met"
    assert row["evidence"].endswith("50.0 % of >= 50 % (at least 25.0 % looked through)")


def test_an_owner_that_is_less_than_half_owned_counts_for_nothing() -> None:
    rows = links(
        ("A", "X", "0.25", "0.25"), ("B", "X", "0.25", "0.25"),
        ("C", "A", "0.5", "0.5"), ("C", "B", "0.5", "0.5"),
    )  # fmt: skip
    assert outcome(rows, "C") == ("not met", None)


def test_tenths_sum_exactly() -> None:
    rows = links(*[("A", f"X{n}", "0.1", "0.1") for n in range(5)])
    assert outcome(rows, "A", *(f"X{n}" for n in range(5))) == ("met", None)


@pytest.mark.parametrize(
    ("least", "most", "opens", "strict", "expected"),
    [
        ("0.25", "0.5", (True, False), False, ("possible", "bounds")),
        ("0.25", "0.5", (True, False), True, ("possible", "minority")),
        ("0.25", "0.5", (True, True), False, ("possible", "minority")),
        ("0.5", "0.75", (True, False), True, ("met", None)),
        ("0.5", "0.75", (False, False), True, ("possible", "bounds")),
        ("0.5", "0.75", (False, False), False, ("met", None)),
        ("0", "0", (False, False), False, ("not met", None)),
        (None, None, (None, None), True, ("possible", "unknown share")),
        ("0", "1", (None, None), False, ("possible", "unknown share")),
        (None, "0.3", (None, None), False, ("possible", "minority")),
        ("0.6", None, (None, None), False, ("met", None)),
    ],
)
def test_bands_are_judged_by_their_bounds(
    least: str | None, most: str | None, opens: tuple[bool | None, bool | None],
    strict: bool, expected: tuple[str, str | None],
) -> None:  # fmt: skip
    rows = links(("A", "X", least, most, *opens))
    assert outcome(rows, "A", strict=strict) == expected


def test_what_others_hold_for_certain_is_not_there_for_the_listed() -> None:
    assert outcome(links(("A", "X", "0", "0.9"), ("A", "P", "0.5", "0.9")), "A") == (
        "possible", "bounds",
    )  # fmt: skip
    assert outcome(links(("A", "X", "0", "0.9"), ("A", "P", "0.5", "0.9", True)), "A") == (
        "possible", "minority",
    )  # fmt: skip
    assert outcome(links(("A", "X", "0", "0.9"), ("A", "A", "0.6", "0.6")), "A") == (
        "possible", "minority",
    )  # fmt: skip


def test_an_excluded_share_of_a_restricted_owner_takes_no_room_from_it() -> None:
    rows = links(("A", "X", "0", "0.5", True, False), ("A", "Q", "0.5", "0.5"))
    assert outcome(rows, "A") == ("possible", "bounds")


def test_an_unknown_share_of_an_owner_that_nobody_restricts_is_no_reason() -> None:
    rows = links(("A", "P", None, None), ("B", "P", None, None), ("B", "X", "0.1", "0.1"))
    assert outcome(rows, "A") == ("not met", None)
    assert outcome(rows, "B") == ("possible", "minority")


def test_shares_that_sum_to_more_than_the_whole_are_not_believed() -> None:
    rows = links(
        ("A", "X", "0.6", "0.6"), ("A", "P", "0.6", "0.6"), ("B", "P", "0.7", "1"),
        ("B", "Q", "0.4", "1"), ("C", "A", "1", "1"),
        ("D", "X", "0.5", "1", True), ("D", "P", "0.5", "1"),
    )  # fmt: skip
    assert outcome(rows, "A") == ("possible", "refused shares")
    assert outcome(rows, "B") == ("unknown", "refused shares")
    assert outcome(rows, "C") == ("possible", "bounds")
    assert outcome(rows, "D") == ("possible", "refused shares")


def test_a_least_share_above_the_greatest_is_not_believed() -> None:
    assert outcome(links(("A", "X", "0.7", "0.6")), "A") == ("possible", "refused shares")
    assert outcome(links(("A", "X", "0.6", "0.6", True)), "A") == ("possible", "refused shares")


def test_a_loop_restricts_nobody_by_itself() -> None:
    rows = links(
        ("A", "X", "0.3", "0.3"), ("A", "B", "0.3", "0.3"), ("B", "A", "0.6", "0.6"),
        ("C", "C", "1", "1"), ("D", "E", "1", "1"), ("E", "D", "1", "1"),
    )  # fmt: skip
    told = {name: row["outcome"] for name, row in found(rows, "X").items()}
    assert told == {
        "A": "possible", "B": "not met", "C": "not met", "D": "not met", "E": "not met",
    }  # fmt: skip


def test_a_loop_passes_on_what_comes_into_it() -> None:
    rows = links(("A", "X", "0.5", "0.5"), ("A", "B", "0.4", "0.4"), ("B", "A", "0.6", "0.6"))
    assert found(rows, "X")["B"]["outcome"] == "met"


def test_an_owner_told_twice_does_not_hold_twice_for_certain() -> None:
    rows = links(("A", "X", "0.3", "0.3"), ("A", "X", "0.3", "0.3"))
    assert outcome(rows, "A") == ("possible", "bounds")
    tighter = links(("A", "X", "0.3", "1"), ("A", "X", "0.6", "0.6"))
    assert outcome(tighter, "A") == ("met", None)


def test_who_may_be_listed_restricts_perhaps() -> None:
    rows = links(("A", "X", "0.5", "0.5"), ("B", "A", "0.5", "0.5"))
    assert outcome(rows, "B", "nobody", perhaps=("X",)) == ("possible", "bounds")
    assert outcome(rows, "B", "X", perhaps=("A",)) == ("met", None)


def test_ended_and_future_owners_do_not_count() -> None:
    ends = pl.DataFrame(
        {
            "owned_name": ["A", "B", "C"], "owner_name": ["X"] * 3,
            "share_min": [Decimal(1)] * 3, "share_max": [Decimal(1)] * 3,
            "since": [None, datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 5, 31, tzinfo=UTC)],
            "until": [datetime(2026, 5, 31, tzinfo=UTC), None, datetime(2026, 6, 1, tzinfo=UTC)],
        }
    )  # fmt: skip
    held = current(ends, datetime(2026, 6, 1, tzinfo=UTC))
    assert held["owned_name"].to_list() == ["C"]


def test_accounts_stand_at_the_end_of_the_chain() -> None:
    entities = pl.DataFrame(
        {"owned_name": ["A"], "owner_name": ["X"], "share_min": [HALF], "share_max": [HALF]}
    ).cast({"share_min": SHARE, "share_max": SHARE})
    accounts = pl.DataFrame(
        {"account_id": ["A"], "owner_name": ["A"], "share_min": [HALF], "share_max": [HALF]}
    ).cast({"share_min": SHARE, "share_max": SHARE})
    rows = with_parties(entities, accounts)
    told = outcomes(restricted(rows, ["name:x"]), rows)
    assert told["party"].to_list() == ["account:A", "name:a"]
    assert told["kind"].to_list() == ["account", "entity"]
    assert told["evidence"][0].startswith("X 50 % -> A; A 50 % -> A; 50.0 % of >= 50 %")


@pytest.mark.parametrize("threshold", ["0", "-0.5", "1.1", "NaN", "Infinity", "0.00000000001"])
def test_a_threshold_that_is_no_share_is_refused(threshold: str) -> None:
    with pytest.raises(ValueError, match="a threshold is above 0 and at most 1"):
        restricted(links(("A", "X", "1", "1")), [], Decimal(threshold))


def test_no_rows_restrict_nobody() -> None:
    rows = links()
    assert restricted(rows, ["name:x"]).upper == frozenset()
    assert outcomes(restricted(rows, ["name:x"]), rows).height == 0
