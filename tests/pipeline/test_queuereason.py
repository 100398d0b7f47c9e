"""The sentence that says why an account is in its queue, or what is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from detector.pipeline.queuereason import queue_reason, speaking
from detector.results import Results
from models.account.scores import AccountScores

SINCE = datetime(2026, 2, 9, tzinfo=UTC)
ROW: dict[str, Any] = {
    "queue": "none", "standing": "open", "standing_since": None, "standing_until": None,
    "standing_note": None, "speaking": [], "p_value": 0.2, "opened": False, "ring_size": 0,
    "f05_model_recon": 0.0, "f08_mining_share": 0.0, "f02_money_back_share": 0.0,
}  # fmt: skip
SCHEMA = {
    "standing_since": pl.Datetime("us", "UTC"), "standing_until": pl.Datetime("us", "UTC"),
    "standing_note": pl.String(), "speaking": pl.List(pl.String()), "queue": pl.String(),
}  # fmt: skip


def said(**row: Any) -> str:
    table = pl.DataFrame([{**ROW, **row}], schema_overrides=SCHEMA)
    [sentence] = table.select(queue_reason(0.01)).to_series()
    return str(sentence)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"speaking": ["F03", "F11"], "p_value": 0.00112, "queue": "proxy"},
         "In queue proxy because F03 and F11 speak (p 0.0011)."),
        ({"speaking": ["F03", "F11", "F02"], "opened": True, "ring_size": 7, "queue": "proxy",
          "p_value": 0.01},
         "In queue proxy because F03, F11 and F02 speak, and its ring of 7 accounts says more "
         "than it does alone (p 0.01)."),
        ({"opened": True, "ring_size": 7, "queue": "proxy", "speaking": ["F03"], "p_value": 0.01},
         "In queue proxy because its ring of 7 accounts says more than it does alone (p 0.01)."),
        ({"queue": "proxy", "speaking": ["F03"], "p_value": 0.004},
         "In queue proxy because the odds learnt from decisions pass the model's threshold "
         "(p 0.004)."),
        ({"speaking": ["F03"], "p_value": 0.004},
         "Not in a queue: only one family speaks (F03, p 0.004)."),
        ({"p_value": 0.004}, "Not in a queue: no family speaks by itself (p 0.004)."),
        ({"speaking": ["F03"], "p_value": 0.04},
         "Not in a queue: only one family speaks (F03), and p 0.04 is above 0.01."),
        ({"speaking": ["F03", "F11"], "p_value": 0.04},
         "Not in a queue: F03 and F11 speak, but p 0.04 is above 0.01."),
        ({}, "Not in a queue: no family speaks, and p 0.2 is above 0.01."),
        ({"queue": "other", "f08_mining_share": 0.72},
         "In queue other because 72 % of its device-hours look like mining (F08-MINING-SHARE); "
         "that is no sign of access for somebody else."),
        ({"queue": "other", "f02_money_back_share": 0.24},
         "In queue other because 24 % of what was paid was taken back (F02-MONEY-BACK-SHARE); "
         "that is no sign of access for somebody else."),
        ({"queue": "policy"},
         "In queue policy because a rule or a public notice asks; behaviour does not."),
        ({"queue": "policy", "standing": "cleared", "standing_since": SINCE},
         "In queue policy because a rule or a public notice asks; a decision about proxy access "
         "does not answer that."),
        ({"standing": "closed", "standing_since": SINCE,
          "standing_note": "closed on 2026-02-09: fraud"},
         "Not in a queue: closed on 2026-02-09: fraud."),
        ({"standing": "confirmed_proxy", "standing_since": SINCE},
         "Not in a queue: confirmed as proxy access on 2026-02-09."),
        ({"standing": "cleared", "standing_since": SINCE},
         "Not in a queue: cleared on 2026-02-09."),
        ({"standing": "cleared", "standing_since": SINCE, "standing_until": SINCE},
         "Not in a queue: cleared on 2026-02-09 until 2026-02-09."),
    ],
)  # fmt: skip
def test_each_way_into_a_queue_and_out_of_it_has_its_words(
    row: dict[str, Any], sentence: str
) -> None:
    assert said(**row) == sentence


def test_a_victims_sentence_counts_the_steps_that_were_seen() -> None:
    assert "3 of four steps" in said(queue="victim", f05_model_recon=2.0)
    assert "the holder is likely the injured party" in said(queue="victim", f05_model_recon=2.0)


def test_families_speak_strongest_first_and_place_is_not_counted() -> None:
    accounts = AccountScores(
        **{name: np.zeros(2) for name in AccountScores.__dataclass_fields__}
        | {"families": ("F01", "F06", "F09"),
           "speaks": np.array([[True, True, True], [False, True, False]]),
           "family_p": np.array([[0.04, 0.001, 0.002], [0.5, 0.001, np.nan]])}
    )  # fmt: skip
    assert speaking(accounts).to_list() == [["F09", "F01"], []]


def test_every_account_of_a_run_has_its_sentence_and_the_rule_holds(sample_run: Path) -> None:
    scores = Results.read(sample_run).scores
    assert not scores["queue_reason"].has_nulls()
    start = pl.col("queue_reason").str.starts_with("In queue ")
    assert scores.filter(start != (pl.col("queue") != "none")).is_empty()
    open_ones = scores.filter(pl.col("standing") == "open", pl.col("queue") == "none")
    enough = (pl.col("speaking").list.len() >= 2) & (pl.col("p_value") <= 0.01)
    assert open_ones.filter(enough).is_empty()
    assert scores.filter((pl.col("score") == 0) & pl.col("typology").is_not_null()).is_empty()
