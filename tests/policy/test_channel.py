"""The channel: where exceptions gather among peers, and whom nobody names."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.policy.channel import at_least, channel
from detector.results.runparts import RunChannel
from tests.policy.leads.world import account, day, known, write

Asking = Callable[..., tuple[RunChannel, ...]]
LISTED = "name,list,country,aliases\nZarkov Orlavane Institute,EL,CN,\nPelmira Foundry,EL,RU,\n"


@pytest.fixture
def ask(tmp_path: Path) -> Asking:
    number = itertools.count()

    def asking(*, lists: str | None = None, **tables: Any) -> tuple[RunChannel, ...]:
        return channel(known(write(tmp_path / f"logs{next(number)}", tables, lists)))

    return asking


def partner(name: str, rep: str = "") -> dict[str, Any]:
    return {"partner_id": name, "name": f"Partner {name} Supplies", "rep_id": rep,
            "since": day(-300)}  # fmt: skip


def granted(account_: str, **told: Any) -> dict[str, Any]:
    return {"time": day(-5), "account_id": account_, "kind": "quota", **told}


def books(peers: int, size: int = 10, excepted: int = 1, worst: int = 9) -> dict[str, Any]:
    """A partner with many exceptions, and peers with few."""
    accounts, exceptions = [], []
    for number in range(peers + 1):
        name = f"p{number:02}"
        accounts += [account(f"{name}-{n}", partner_id=name) for n in range(size)]
        many = worst if number == 0 else excepted
        exceptions += [granted(f"{name}-{n}") for n in range(many)]
    return {"accounts": accounts, "exceptions": exceptions}


def gathering(rows: tuple[RunChannel, ...]) -> list[tuple[str, str]]:
    return [(row.kind, row.id) for row in rows if row.gathers]


def test_a_partner_where_exceptions_gather_is_shown_and_busy_peers_are_not(ask: Asking) -> None:
    (row,) = ask(**books(20))
    assert (row.kind, row.id, row.accounts, row.excepted) == ("partner", "p00", 10, 9)
    assert row.usual == pytest.approx(0.1)
    assert row.tail == pytest.approx(at_least(9, 10, 0.1))
    assert row.gathers


def test_a_rate_needs_twenty_peers(ask: Asking) -> None:
    assert ask(**books(19)) == ()
    assert gathering(ask(**books(20))) == [("partner", "p00")]


def test_fewer_than_five_exceptions_are_never_shown(ask: Asking) -> None:
    assert ask(**books(25, size=6, excepted=0, worst=4)) == ()
    assert gathering(ask(**books(25, size=6, excepted=0, worst=5))) == [("partner", "p00")]


def test_at_the_usual_rate_a_large_book_is_no_finding(ask: Asking) -> None:
    tables = books(20, size=10, excepted=2, worst=2)
    large = [account(f"big-{n}", partner_id="big") for n in range(100)]
    tables["accounts"] += large
    tables["exceptions"] += [granted(f"big-{n}") for n in range(20)]
    assert gathering(ask(**tables)) == []


def test_the_tail_is_that_of_brute_force() -> None:
    for hits, trials, rate in itertools.product(range(8), range(7, 12), (0.0, 0.05, 0.3, 1.0)):
        brute = sum(
            math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k)
            for k in range(hits, trials + 1)
        )
        assert at_least(hits, trials, rate) == pytest.approx(brute, abs=1e-12)


def test_an_account_counts_once_however_often_it_was_excepted(ask: Asking) -> None:
    tables = books(20, worst=0)
    tables["exceptions"] += [granted("p00-0", time=day(-n)) for n in range(9)]
    assert gathering(ask(**tables)) == []


def test_exceptions_without_an_account_count_at_the_partner_they_name(ask: Asking) -> None:
    tables = books(20, worst=0)
    tables["exceptions"] += [
        granted("", partner_id="p00", time=day(-n)) for n in range(1, 10)
    ]  # fmt: skip
    (row,) = ask(**tables)
    assert (row.id, row.excepted, row.gathers) == ("p00", 9, True)
    # More than it has customers: each had one.
    tables["exceptions"] += [
        granted("", partner_id="p00", time=day(-n)) for n in range(10, 30)
    ]  # fmt: skip
    (row,) = ask(**tables)
    assert (row.excepted, row.accounts) == (10, 10)


def test_exceptions_gather_at_a_representative_too(ask: Asking) -> None:
    tables = books(21, excepted=0, worst=0)
    tables["partners"] = [partner(f"p{n:02}", f"rep{n:02}") for n in range(22)]
    tables["exceptions"] = [granted(f"p03-{n}", rep_id="rep03") for n in range(8)]
    rows = ask(**tables)
    assert ("rep", "rep03") in gathering(rows)
    (row,) = [one for one in rows if one.kind == "rep"]
    assert (row.accounts, row.excepted) == (10, 8)


def test_end_customers_that_nobody_names_are_counted(ask: Asking) -> None:
    accounts = [account(f"c{n}", partner_id="p1") for n in range(4)]
    named = [{"partner_id": "p1", "end_customer_name": f"End {n} Works", "account_id": f"c{n}",
              "since": day(-20)} for n in range(3)]  # fmt: skip
    (row,) = ask(accounts=accounts, partner_customers=named)
    assert (row.id, row.undeclared, row.gathers) == ("p1", 1, False)
    # Where no partner sends its customers, nobody is blamed for it.
    assert ask(accounts=accounts) == ()


def test_end_customers_on_lists_are_counted(ask: Asking) -> None:
    named = [
        {"partner_id": "p1", "end_customer_name": name, "country": "CN", "since": day(-20)}
        for name in ("Zarkov Orlavane Institute", "Plain Meadow", "Zarkov Orlavane Institute")
    ]
    (row,) = ask(partner_customers=named, lists=LISTED)
    assert (row.id, row.listed) == ("p1", 1)


def test_the_order_of_rows_changes_nothing(ask: Asking) -> None:
    tables = books(22, worst=7)
    tables["partners"] = [partner(f"p{n:02}", f"rep{n % 3}") for n in range(23)]
    expected = ask(**tables)
    assert expected
    for seed in range(3):
        mixed = {k: random.Random(seed).sample(rows, len(rows)) for k, rows in tables.items()}
        assert ask(**mixed) == expected
