"""A state under pseudonyms: screened where names came in, and what a later list asks of it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from detector import read_logs
from detector.pipeline.ingest import ingest
from detector.pipeline.law import check
from detector.pipeline.run import Asked
from detector.pipeline.stored import open_state
from detector.policy.lane import Findings
from detector.state import pseudonym
from tests.policy.law.world import (
    ENTITY_LIST,
    LISTED,
    MANIFEST,
    NOW,
    account,
    holds,
    hours,
    tokens,
    write,
)

KEY = b"k" * 32
TABLES = {
    "accounts": [
        account("here", org_name=LISTED, declared_country="CN", org_address="1 Mill Road"),
        account("owned"), account("later", org_name="Quarnel Broadcast", declared_country="CN"),
    ],
    "usage": [hours("here"), hours("owned")],
    "model_usage": [tokens("here")],
    "account_owners": [holds("owned", LISTED, "0.6", owner_hq_country="CN")],
}  # fmt: skip
LISTS = {"ours.csv": ENTITY_LIST, "manifest.toml": MANIFEST}


def asked_of(state: Path) -> Findings:
    with open_state(state, NOW) as logs:
        return check(logs, NOW, Asked())


def told(found: Findings) -> set[tuple[str, ...]]:
    columns = ("account_id", "rule", "role", "outcome", "strength", "note")
    return set(found.policy.select(pl.col(columns).cast(pl.String)).iter_rows())


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return write(tmp_path / "logs", TABLES, LISTS)


def test_what_is_found_is_what_the_folder_gives(logs: Path, tmp_path: Path) -> None:
    ingest(logs, tmp_path / "state", pseudonym_key=KEY)
    plain = check(read_logs(logs, NOW), NOW, Asked())
    hidden = asked_of(tmp_path / "state")
    renamed = {(pseudonym(account, KEY), *rest) for account, *rest in told(plain)}
    assert told(hidden) == renamed
    row = hidden.policy.filter(pl.col("outcome") == "match").row(0, named=True)
    assert row["party"] == pseudonym(LISTED, KEY)
    assert plain.told is not None
    assert hidden.told is not None
    assert hidden.told.counts == plain.told.counts


def test_no_name_of_a_customer_is_in_the_state(logs: Path, tmp_path: Path) -> None:
    ingest(logs, tmp_path / "state", pseudonym_key=KEY)
    for name in (b"Quarnel", b"quarnel", b"Mill Road"):
        for path in (tmp_path / "state").rglob("*"):
            if path.suffix == ".parquet":
                texts = pl.read_parquet(path).select(pl.col(pl.String)).to_dicts()
                assert name.decode() not in str(texts), path


def test_a_later_list_asks_for_a_screening_at_the_source(logs: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    ingest(logs, state, pseudonym_key=KEY)
    grown = f"{ENTITY_LIST}Quarnel Broadcast,EL,CN,\n"
    (logs / "lists" / "ours.csv").write_text(grown)
    ingest(logs, state, pseudonym_key=KEY)
    found = asked_of(state)
    later = pseudonym("later", KEY)
    rows = found.policy.filter(pl.col("account_id") == later, pl.col("rule") == "CSL-EL")
    (row,) = rows.to_dicts()
    assert (row["outcome"], row["strength"], row["queues"]) == ("inquire", "weak", False)
    assert "screen again at the source" in row["evidence"]


def test_entries_that_no_name_was_compared_with_clear_nobody(logs: Path, tmp_path: Path) -> None:
    """The folder with what was screened is lost: nobody was looked up."""
    state = tmp_path / "state"
    ingest(logs, state, pseudonym_key=KEY)
    for path in (state / "screened").iterdir():
        path.unlink()
    found = asked_of(state)
    silent = found.policy.filter(pl.col("role") == "not screened")
    assert set(silent["outcome"]) == {"unknown"}
    assert "no name was compared" in silent["evidence"][0]


def test_names_of_a_part_that_a_killed_ingest_left_are_screened_too(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"

    class Killed(Exception):
        pass

    def dies(*_args: object, **_kept: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("detector.pipeline.screened_files.screen_hidden", dies)
        with pytest.raises(Killed):
            ingest(logs, state, pseudonym_key=KEY)
    ingest(logs, state, pseudonym_key=KEY)
    found = asked_of(state)
    assert pseudonym("here", KEY) in found.asks
