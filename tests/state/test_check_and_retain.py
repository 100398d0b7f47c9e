"""Damage is found and named; what is past its time leaves, with a receipt."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from detector.errors import StateError
from detector.pipeline.stored import open_state
from detector.state import Store, check, pseudonym, retain

Put = Callable[[Path, Mapping[str, str]], Path]
MakeRows = Callable[[str, range], str]
KEY = b"sixteen bytes or more"


@pytest.fixture
def state(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any], tmp_path: Path
) -> Path:
    files = {f"{t}/a.csv": make_rows(t, range(40)) for t in ("usage", "events", "model_usage")}
    take(put(tmp_path / "inbox", {**facts, **files}), hold=timedelta(days=1))
    return tmp_path / "state"


def damage(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    if chance.random() < 0.3:
        del data[chance.randrange(len(data)) :]
    else:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def find_damage(state: Path, rounds: int, seed: int = 0) -> None:
    """Flip a bit or cut a file, at random: it is found, the file is named, it is mended."""
    chance = random.Random(seed)
    files = sorted(p for p in state.rglob("*") if p.is_file() and p.stat().st_size)
    for _ in range(rounds):
        victim = chance.choice(files)
        before = victim.read_bytes()
        damage(victim, chance)
        try:
            found = [f.path for f in check(state)[1] if f.kind == "damaged"]
        except StateError as error:
            found = [str(error).split(" ")[0]]
        assert found == [str(victim)]
        victim.write_bytes(before)
    assert check(state)[1] == []


def test_each_flipped_bit_and_each_cut_is_found_and_named(state: Path) -> None:
    find_damage(state, rounds=20)


def test_damage_never_becomes_a_score(state: Path) -> None:
    chance = random.Random(1)
    with open_state(state, max_bad=0.9) as logs:
        part = next(p for p in logs.manifest.parts if p.table == "usage")
    for victim in (state / "parts" / part.key).glob("*.parquet"):
        damage(victim, chance)
    with open_state(state, max_bad=0.9) as logs, pytest.raises(StateError, match=part.key):
        logs.rolled("usage", logs.as_of)


def test_a_missing_part_is_made_again_by_the_next_ingest(
    state: Path, take: Callable[..., Any], from_state: Callable[..., Any], tmp_path: Path
) -> None:
    before = from_state()
    part = Store(state).manifest().parts[0]
    for file in (state / "parts" / part.key).iterdir():
        file.unlink()
    assert take(tmp_path / "inbox", hold=timedelta(days=1)).changed
    assert from_state() == before


def test_retention_deletes_what_is_old_and_leaves_a_receipt(
    state: Path, take: Callable[..., Any], tmp_path: Path
) -> None:
    with open_state(state, max_bad=0.9) as logs:
        newest = logs.as_of
    receipt = retain(state, 3)
    limit = (newest - timedelta(days=3)).replace(hour=0)
    assert receipt.limit == limit
    written = json.loads((state / "kept" / receipt.name).read_bytes())
    assert {p["table"] for p in written["parts"]} >= {"usage", "events", "payments"}
    assert check(state)[1] == []
    with open_state(state, max_bad=0.9) as logs:
        usage = logs.rolled("usage", logs.as_of)["usage"].filter(charge="Usage")
        # A row of more than a day that ended later is still there as a whole.
        assert usage["day"].min() >= (limit - timedelta(days=2)).date()
        assert logs.rolled("payments", logs.as_of)["payments"]["time"].min() >= limit
        assert logs.quarantine.is_empty()
    # What was deleted does not come back with the file that brought it.
    assert not take(tmp_path / "inbox", hold=timedelta(days=1)).changed
    assert retain(state, 3).parts == ()


def test_names_that_were_screened_leave_with_the_rows_that_told_them(state: Path) -> None:
    kept = state / "screened" / "names.parquet"
    kept.parent.mkdir()
    kept.write_bytes(b"names")
    retain(state, 10_000)
    assert kept.exists()
    retain(state, 3)
    assert not kept.parent.exists()


def test_a_part_that_is_old_as_a_whole_is_gone_from_the_disk(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any], tmp_path: Path
) -> None:
    files = {"events/old.csv": make_rows("events", range(2)), "usage/a.csv": make_rows(
        "usage", range(3, 40))}  # fmt: skip
    take(put(tmp_path / "inbox", {**facts, **files}))
    retain(tmp_path / "state", 2, now=datetime(2026, 4, 20, tzinfo=UTC))
    held = [p.path for p in Store(tmp_path / "state").manifest().parts if not p.retired]
    assert "events/old.csv" not in held
    assert not take(tmp_path / "inbox").changed


def test_pseudonyms_hide_every_id_and_keep_every_link(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any], tmp_path: Path
) -> None:
    secret = "CANARY-4711"
    files = {**facts, "usage/a.csv": make_rows("usage", range(40)).replace("0003", secret)}
    files["accounts.csv"] = files["accounts.csv"].replace("0003", secret)
    files["events/e.csv"] = make_rows("events", range(20)).replace("person1", secret)
    inbox = put(tmp_path / "inbox", files)
    take(inbox, pseudonym_key=KEY)
    for path in (tmp_path / "state").rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes()
    with open_state(tmp_path / "state", max_bad=0.9) as logs:
        assert logs.quarantine.height
        assert not logs.quarantine["content"].str.contains(".").any()
        accounts = logs.rolled("accounts", logs.as_of)["accounts"]
        usage = logs.rolled("usage", logs.as_of)["usage"]
        events = logs.rolled("events", logs.as_of)["access"]
    assert pseudonym(secret, KEY) in set(accounts["account_id"]) & set(usage["payer_id"])
    assert pseudonym(secret, KEY) in set(events["actor"])
    with pytest.raises(StateError, match="another key"):
        take(inbox, pseudonym_key=b"another key of sixteen")
    with pytest.raises(StateError, match="pseudonyms"):
        take(inbox)


@pytest.mark.parametrize(
    ("last", "gone"),
    [("2026-03-04T23:59:59.999999Z", True), ("2026-03-05T00:00:00Z", False)],
    ids=["up to the limit", "at the limit"],
)
def test_what_ended_before_the_first_day_that_is_kept_is_deleted(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any],
    tmp_path: Path, last: str, gone: bool,
) -> None:  # fmt: skip
    event = f"time,account_id,class_uid,operation\n{last},0001,6003,RunInstances\n"
    paid = f"time,account_id,kind,amount,currency\n{last},0001,top_up,1,USD\n"
    files = {**facts, "usage/a.csv": make_rows("usage", range(40)), "events/e.csv": event}
    take(put(tmp_path / "inbox", {**files, "payments.csv": paid}))
    receipt = retain(tmp_path / "state", 1, now=datetime(2026, 3, 6, tzinfo=UTC))
    assert receipt.limit == datetime(2026, 3, 5, tzinfo=UTC)
    parts = {p.path: p for p in Store(tmp_path / "state").manifest().parts}
    assert parts["events/e.csv"].retired is gone
    cut = {p["path"] for p in receipt.parts}
    assert ("payments.csv" in cut) is gone
