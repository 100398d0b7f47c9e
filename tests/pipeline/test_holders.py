"""Facts, names and identifiers of accounts in a queue or a ring."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector import read_logs
from detector.pipeline.holders import Held, holders_of
from detector.pipeline.ingest import ingest
from detector.pipeline.stored import open_state
from detector.results import FACTS_SCHEMA, IDENTITY_SCHEMA, LINKS_SCHEMA, SCORES_SCHEMA
from detector.sources import Source
from features.rollups import Rollups, complete, merge
from tests.policy.law.world import NOW, account, holds, hours, write

KEY = b"k" * 32
FIRST, LATER = "2026-01-02T00:00:00Z", "2026-02-03T00:00:00Z"


def link(who: str, kind: str, value: str, last: str = LATER) -> dict[str, Any]:
    return {"account_id": who, "kind": kind, "value_hash": value, "first_seen": FIRST,
            "last_seen": last}  # fmt: skip


def seen(who: str, time: str, **of: str) -> dict[str, Any]:
    return {"time": time, "account_id": who, "class_uid": 6003, "operation": "RunInstances",
            **of}  # fmt: skip


TABLES = {
    "accounts": [
        account("queued", org_name="Ostrel Works", org_address="1 Mill Road", declared_country="SE",
                billing_country="FI", phone_country="SE", email_domain="ostrel.example",
                declared_use="frames for a film", declared_use_class="rendering",
                customer_class="startup", kyc_status="verified", kyc_verified_at=FIRST,
                partner_id="p1", payer_account_id="payer"),
        account("member"), account("quiet", org_name="Quiet Mill"), account("owned"),
    ],
    "usage": [hours(who) for who in ("queued", "member", "quiet", "owned", "unrecorded")],
    "account_links": [
        link("queued", "device", "d1"), link("member", "device", "d1", FIRST),
        link("quiet", "device", "d1"), link("quiet", "phone", "p9"), link("queued", "phone", "p1"),
    ],
    "events": [
        seen("queued", "2026-02-20T00:00:00Z", device_hash="d1", ssh_key_hash="s1"),
        seen("quiet", "2026-02-20T00:00:00Z", ssh_key_hash="s1"),
    ],
    "account_owners": [
        holds("queued", "Small Holder", "0.1", owner_kind="person", owner_country="NO"),
        holds("queued", "Large Holder", "0.6", owner_kind="entity"),
        holds("queued", "Former Holder", "0.3", until=FIRST), holds("quiet", "Nobody Asked", "1"),
    ],
}  # fmt: skip


def scored(*reviewed: tuple[str, str, str | None]) -> pl.DataFrame:
    rows = [{"account_id": who, "queue": queue, "ring_id": ring} for who, queue, ring in reviewed]
    return pl.DataFrame(rows, schema=SCORES_SCHEMA)


SCORES = scored(
    ("queued", "proxy", None), ("member", "none", "ring-1"), ("unrecorded", "policy", None),
    ("quiet", "none", None),
)  # fmt: skip


def rolled(source: Source) -> Rollups:
    parts = (part for table in source.tables() for part in source.rollups(table, NOW))
    return complete(merge(parts), source.tables(), NOW, source.catalogue)


def held_by(source: Source, scores: pl.DataFrame = SCORES) -> Held:
    return holders_of(source, rolled(source), scores)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return write(tmp_path / "logs", TABLES, None)


@pytest.fixture
def found(logs: Path) -> Held:
    return held_by(read_logs(logs, NOW))


def test_facts_are_those_of_accounts_in_a_queue_or_a_ring_and_no_others(found: Held) -> None:
    assert found.facts.schema == FACTS_SCHEMA
    assert found.facts["account_id"].to_list() == ["member", "queued", "unrecorded"]
    row = found.facts.row(1, named=True)
    assert (row["declared_use_class"], row["customer_class"]) == ("rendering", "startup")
    assert (row["kyc_status"], row["partner_id"], row["payer_account_id"]) == (
        "verified", "p1", "payer",
    )  # fmt: skip
    assert row["kyc_verified_at"] == datetime(2026, 1, 2, tzinfo=UTC)
    nobody = found.facts.row(2, named=True)
    assert set(nobody.values()) == {"unrecorded", None}


def test_names_have_the_owners_of_the_day_the_largest_first(found: Held) -> None:
    assert found.identity is not None
    assert found.identity.schema == IDENTITY_SCHEMA
    row = found.identity.row(1, named=True)
    assert (row["org_name"], row["declared_use"]) == ("Ostrel Works", "frames for a film")
    assert (row["declared_country"], row["billing_country"]) == ("SE", "FI")
    assert [owner["owner_name"] for owner in row["owners"]] == ["Large Holder", "Small Holder"]
    assert row["owners"][1] == {
        "owner_name": "Small Holder", "share_min": Decimal("0.1"), "share_max": Decimal("0.1"),
        "owner_kind": "person", "owner_country": "NO",
    }  # fmt: skip
    assert found.identity["owners"].to_list()[0] == []
    assert "Quiet" not in str(found.identity.to_dicts())
    assert "Asked" not in str(found.identity.to_dicts())


def test_without_a_table_of_owners_nobody_knows_them(tmp_path: Path) -> None:
    tables = {name: rows for name, rows in TABLES.items() if name != "account_owners"}
    found = held_by(read_logs(write(tmp_path / "logs", tables, None), NOW))
    assert found.identity is not None
    assert found.identity["owners"].null_count() == 3


def test_holders_are_counted_in_the_whole_population_and_times_over_all_tables(
    found: Held,
) -> None:
    assert found.links.schema == LINKS_SCHEMA
    rows = {(who, kind, value): (first, last, holders)
            for who, kind, value, first, last, holders in found.links.iter_rows()}  # fmt: skip
    day = datetime(2026, 1, 2, tzinfo=UTC)
    assert set(rows) == {
        ("queued", "device", "d1"), ("member", "device", "d1"), ("queued", "phone", "p1"),
        ("queued", "ssh_key", "s1"),
    }  # fmt: skip
    # Seen in events after the linkage table had seen it; the quiet account is a holder too.
    assert rows["queued", "device", "d1"] == (day, datetime(2026, 2, 20, tzinfo=UTC), 3)
    assert rows["member", "device", "d1"] == (day, day, 3)
    assert rows["queued", "ssh_key", "s1"][2] == 2
    assert rows["queued", "phone", "p1"][2] == 1


def test_a_state_tells_the_same(logs: Path, tmp_path: Path, found: Held) -> None:
    ingest(logs, tmp_path / "state")
    with open_state(tmp_path / "state", NOW) as state:
        again = held_by(state)
    assert again.facts.equals(found.facts)
    assert again.links.equals(found.links)
    assert again.identity is not None
    assert found.identity is not None
    assert again.identity.equals(found.identity)


def test_a_state_under_pseudonyms_tells_no_name(logs: Path, tmp_path: Path) -> None:
    ingest(logs, tmp_path / "state", pseudonym_key=KEY)
    with open_state(tmp_path / "state", NOW) as state:
        ids = state["accounts"].select("account_id").collect()["account_id"]
        found = held_by(state, scored(*((who, "proxy", None) for who in ids)))
    assert found.identity is None
    assert found.facts.height == 5
    assert "p1" not in found.facts["partner_id"].to_list()
    assert sorted(found.links["holders"].to_list()) == [1, 1, 2, 2, 3, 3, 3]


def test_nobody_in_review_has_no_row_and_every_column(logs: Path) -> None:
    found = held_by(read_logs(logs, NOW), scored(("quiet", "none", None)))
    assert found.identity is not None
    for frame, schema in (
        (found.facts, FACTS_SCHEMA), (found.identity, IDENTITY_SCHEMA), (found.links, LINKS_SCHEMA),
    ):  # fmt: skip
        assert frame.equals(schema.to_frame())
