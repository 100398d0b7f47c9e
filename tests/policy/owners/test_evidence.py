"""Evidence: the chain in words, short, true to the sum, and harmless to a terminal."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import polars as pl
import pytest

from detector.policy.owners.outcomes import EVIDENCE, outcomes
from detector.policy.owners.parties import with_parties
from detector.policy.ownership import restricted
from features.types import SHARE


def told(rows: list[tuple[str, str, str]], name: str, method: str = "cascade") -> str:
    schema = ["owned_name", "owner_name", "share_min"]
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        pl.col("share_min").cast(SHARE)
    )
    held = with_parties(frame.with_columns(share_max="share_min"))
    found = restricted(held, ["name:x"], Decimal("0.5"), method=method)  # type: ignore[arg-type]
    judged = outcomes(found, held)
    return str(judged.filter(pl.col("name") == name)["evidence"].item())


def test_the_chain_is_told_from_the_listed_owner_on() -> None:
    rows = [("A", "X", "0.5"), ("B", "X", "0.6"), ("C", "A", "0.25"), ("C", "B", "0.25")]
    assert told(rows, "C") == (
        "X 60 % -> B; X 50 % -> A; A 25 % + B 25 % -> C; "
        "50.0 % of >= 50 % (at least 27.5 % looked through)"
    )
    assert told(rows, "C", "product") == (
        "X 60 % -> B; X 50 % -> A; A 25 % + B 25 % -> C; looked through 27.5 % of >= 50 %: minority"
    )


def test_all_that_the_sum_counts_is_named_or_counted() -> None:
    rows = [("A", "X", "0.6"), ("B", "A", "0.3"), ("B", "X", "0.6"), ("B", "P", "0.1")]
    assert told(rows, "B") == (
        "X 60 % -> A; X 60 % + A 30 % -> B; 90.0 % of >= 50 % (at least 78.0 % looked through)"
    )
    many = [(f"A{n}", "X", "1") for n in range(9)] + [("B", f"A{n}", "0.1") for n in range(9)]
    assert "A0 10 % + A1 10 % + A2 10 % + A3 10 % + 5 more -> B; 90.0 %" in told(many, "B")


@pytest.mark.parametrize("length", [4, 5, 6, 7, 40])
def test_a_long_chain_keeps_its_beginning_and_its_end(length: int) -> None:
    names = ["X", *(f"C{n}" for n in range(1, length + 1))]
    rows = [(owned, owner, "1") for owner, owned in pairwise(names)]
    text = told(rows, names[-1])
    assert text.startswith("X ")
    assert text.endswith(f"C{length - 1} 100 % -> C{length}; 100.0 % of >= 50 %")
    if length <= 5:
        assert text.count("->") == length
    else:
        assert f"X -> ... ({length - 5} steps) -> C{length - 5}; " in text


def test_long_and_hostile_names_stay_short_and_harmless() -> None:
    evil = "\x1b[2J\u202e" + "z" * 5000
    rows = [(evil, "X", "1"), *((f"{evil}{n}", evil, "1") for n in range(3))]
    rows += [("last" + evil, f"{evil}{n}", "0.3") for n in range(3)]
    text = told(rows, "last" + evil)
    assert len(text) <= EVIDENCE
    assert text.isprintable()
    assert text.endswith("90.0 % of >= 50 %")
