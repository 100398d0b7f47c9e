"""What somebody saw can be shown again when the run is gone."""

from __future__ import annotations

import importlib.util
import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.cases.errors import DamagedCases
from detector.cases.record import snapshots
from detector.cases.record.snapshots import counts_sealed, frozen, keep, opened, run_told, thawed
from detector.dossier import Case, case_keys, open_cases
from detector.report.caseview import case_view
from detector.report.units import feature_units
from detector.results import Results
from tests.cases.runs import run

REPORT = Path(__file__).parent.parent / "report"
SECRET = ("Qorvel", "Harrowmere", "Holding", "FI", "n-1", "CSL-EL")


def load(name: str) -> ModuleType:
    """A helper that lies beside the report's tests."""
    known = f"report_tests_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, REPORT / f"{name}.py")
        assert spec
        assert spec.loader
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


@pytest.fixture(scope="module")
def full() -> Results:
    """A run with rings, holders, lane L's rows and public notices of the accounts in its queues."""
    made = load("maker").make_results(80, sizes=(6, 3), singles=5)
    held = load("holdmaker").with_holders(made)
    some = [key.lead_id for key in case_keys(held)]
    lawful = load("lawmaker").with_law(held, [load("lawmaker").row(a, queues=False) for a in some])
    leads = load("leadmaker")
    told = leads.with_leads(lawful, [leads.row(account) for account in some])
    return leads.reported(told, some[0], [("press", "Harrowmere was named")])


def pages(case: Case, run_: Any) -> dict[str, Any]:
    return case_view(case, 1, feature_units(), run_)


def test_a_page_of_a_snapshot_is_the_page_of_the_run(full) -> None:
    for case in open_cases(full, case_keys(full)):
        text, sealed = frozen(case, full.run)
        assert thawed(text, sealed) == case
        assert pages(thawed(text, sealed), run_told(text, sealed)) == pages(case, full.run)


def test_what_is_sealed_is_not_in_the_open_text(full) -> None:
    for case in open_cases(full, case_keys(full)):
        text, sealed = frozen(case, full.run)
        names = {word for row in case.identity for word in row.values() if isinstance(word, str)}
        hidden = (names | set(SECRET)) - {row["account_id"] for row in case.members}
        assert not [word for word in hidden if json.dumps(word) in text]
        assert "Qorvel" in sealed
        assert counts_sealed(text)["policy"] == len(case.policy)
        bare = thawed(text)
        assert (bare.identity, bare.policy, bare.leads) == ((), (), ())
        assert all(row["lane_l"] == row["lane_e"] == [] for row in bare.members)
        pages(bare, run_told(text))


def test_the_same_case_gives_the_same_bytes(full) -> None:
    one, two = (open_cases(full, case_keys(full)) for _ in range(2))
    assert [frozen(c, full.run) for c in one] == [frozen(c, full.run) for c in two]


TIMES = st.datetimes(timezones=st.just(UTC) | st.none()).map(lambda at: at.replace(fold=0))
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(),
        st.dates(), TIMES,
        st.decimals(allow_nan=False, allow_infinity=False),
    ),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc$", max_size=4), inner),
    max_leaves=12,
)  # fmt: skip


def there_and_back(value: Any) -> Any:
    return snapshots._opened(snapshots._text({"format": snapshots.FORMAT, "it": value}))["it"]


@given(VALUES)
def test_every_value_comes_back_as_it_was(value) -> None:
    back = there_and_back(value)
    assert back == value
    assert json.dumps(back, default=repr, sort_keys=True) == json.dumps(
        value, default=repr, sort_keys=True
    )


def test_values_keep_their_types() -> None:
    for value in (Decimal("1.50"), date(2026, 3, 1), datetime(2026, 3, 1, 2, 3, 4, 5, tzinfo=UTC)):
        assert repr(there_and_back(value)) == repr(value)


def test_a_text_is_kept_once_under_its_hash(store, clock) -> None:
    [case] = open_cases(run(0, "abc"), case_keys(run(0, "abc")))
    text, _ = frozen(case, run(0, "abc").run)
    with store.writing(clock()) as tx:
        name = keep(tx, text)
        assert keep(tx, text) == name
        assert opened(tx.connection, name) == text
        [count] = tx.one("SELECT count(*) FROM snapshots WHERE sha256 = ?", name)
        assert count == 1
        tx.connection.execute("UPDATE snapshots SET body = NULL WHERE sha256 = ?", (name,))
        with pytest.raises(DamagedCases, match="is not kept"):
            opened(tx.connection, name)
        keep(tx, text)
        assert opened(tx.connection, name) == text


@pytest.mark.parametrize("text", ["{}", "[]", "no", '{"format":99}'])
def test_what_is_no_snapshot_is_told(text) -> None:
    with pytest.raises(DamagedCases):
        thawed(text)
