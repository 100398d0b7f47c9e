"""How accounts stand: what was decided before, since and until when, by whom and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from detector.pipeline.queues import SIGNS, account_facts
from detector.pipeline.standings import standings
from features.catalogue import Catalogue
from features.population import Population
from features.rollups import complete
from features.tables import SCHEMAS

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
EARLIER = AS_OF - timedelta(days=20)
SHUT = {"closed_at": EARLIER, "close_reason": "fraud"}


def stand(*labels: dict[str, object], **account: object) -> dict[str, Any]:
    """How account ``a`` stands."""
    row = {"account_id": "a", "created_at": AS_OF - timedelta(days=900), **account}
    told = [{"account_id": "a", "decided_at": EARLIER, "reviewer": "r1", **one} for one in labels]
    frames = {
        "accounts": pl.DataFrame([row], schema=SCHEMAS["accounts"].create_empty().schema),
        "labels": pl.DataFrame(told, schema=SCHEMAS["labels"].create_empty().schema),
    }
    population = Population.apart(complete(frames, ["accounts"], AS_OF, Catalogue.load()))
    table = pl.DataFrame({"account_id": ["a"], **{sign: [0.0] for sign in SIGNS}})
    found = standings(population, account_facts(population, table)).row(0, named=True)
    return {name.removeprefix("standing_"): value for name, value in found.items()}


def test_nobody_decided_about_an_open_account() -> None:
    assert stand() == {"standing": "open", "since": None, "until": None, "note": None}


def test_a_closed_account_says_when_and_why() -> None:
    assert stand(**SHUT) == {
        "standing": "closed", "since": EARLIER, "until": None,
        "note": "closed on 2026-02-09: fraud",
    }  # fmt: skip


@pytest.mark.parametrize("word", ["confirmed_proxy", "confirmed_victim", "cleared"])
def test_a_decision_says_who_made_it_and_what_was_noted(word: str) -> None:
    later = AS_OF + timedelta(days=9)
    assert stand({"decision": word, "note": "one card", "expires_at": later}) == {
        "standing": word, "since": EARLIER, "until": later, "note": "decided by r1: one card",
    }  # fmt: skip


def test_a_confirmed_account_that_was_closed_as_well_says_both() -> None:
    found = stand({"decision": "confirmed_proxy"}, **SHUT)
    assert found["standing"] == "confirmed_proxy"
    assert found["note"] == "decided by r1; closed on 2026-02-09: fraud"


def test_a_cleared_account_that_is_closed_is_closed() -> None:
    assert stand({"decision": "cleared"}, **SHUT)["standing"] == "closed"


@pytest.mark.parametrize(
    "labels",
    [
        [{"decision": "cleared", "expires_at": AS_OF - timedelta(days=1)}],
        [{"decision": "unresolved"}],
        [{"decision": "cleared"}, {"decision": "confirmed_proxy"}],
        [{"decision": "cleared", "decided_at": AS_OF - timedelta(days=40)},
         {"decision": "unresolved"}],
    ],
)  # fmt: skip
def test_what_ran_out_or_contradicts_itself_leaves_it_open(labels: list[dict[str, object]]) -> None:
    assert stand(*labels)["standing"] == "open"


def test_an_upheld_appeal_clears_for_as_long_as_it_protects() -> None:
    assert stand(appeal_upheld_at=EARLIER) == {
        "standing": "cleared", "since": EARLIER, "until": EARLIER + timedelta(days=400),
        "note": "an appeal was upheld",
    }  # fmt: skip
    assert stand(appeal_upheld_at=AS_OF - timedelta(days=401))["standing"] == "open"
