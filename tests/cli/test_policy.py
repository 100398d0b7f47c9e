"""``enduse policy``: what is in force on a day, and what nobody verified."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Enduse = Callable[..., Any]
OWN = Path(__file__).parents[1] / "policy" / "packs" / "own.toml"


def state(enduse: Enduse, rule: str, *words: str) -> dict[str, Any]:
    rows = json.loads(enduse("policy", "list", "--json", *words).out)["rules"]
    (row,) = (row for row in rows if row["rule"] == rule)
    return dict(row)


def test_list_tells_the_state_on_a_day_in_the_rules_own_zone(enduse: Enduse) -> None:
    assert state(enduse, "EAR-50", "--as-of", "2026-11-10")["state"] == "in_force"
    assert state(enduse, "EAR-50", "--as-of", "2026-11-10T04:59:59Z")["state"] == "suspended"
    found = state(enduse, "EAR-50", "--as-of", "2026-11-10T05:00:00Z")
    assert (found["state"], found["verified"]) == ("in_force", False)
    assert state(enduse, "EAR-50", "--as-of", "2025-01-01")["verified"] is None


def test_list_is_a_table_and_names_what_is_not_verified_on_stderr(enduse: Enduse) -> None:
    done = enduse("policy", "list", "--as-of", "2026-11-28")
    assert done.code == 0
    assert "EAR-50" in done.out
    assert "not verified on 2026-11-28" in done.sentence
    assert "EAR-50" in done.sentence
    assert not any(name in done.sentence for name in ("ORDER-TEMPLATE", "RASA"))


def test_what_if_supposes_and_says_so(enduse: Enduse) -> None:
    row = state(enduse, "RASA", "--what-if", "RASA=in_force", "--what-if", "EAR-50=ended")
    assert (row["state"], row["supposed"]) == ("in_force", True)
    shown = enduse("policy", "show", "RASA", "--what-if", "RASA=in_force").out
    assert "supposed in force" in shown
    for wrong in ("RASA", "RASA=law", "X=ended"):
        assert enduse("policy", "list", "--what-if", wrong).code == 2


def test_show_tells_every_fact_with_its_source(enduse: Enduse) -> None:
    shown = enduse("policy", "show", "EAR-50", "--as-of", "2026-11-28").out
    for words in ("America/New_York", "90 FR 47201", "90 FR 50857", "not verified", "sha256",
                  "threshold: 0.5", "read 2026-11-28", "suspended from 2025-11-10"):  # fmt: skip
        assert words in shown
    told = json.loads(enduse("policy", "show", "us-ear-affiliates", "--json").out)
    assert [fact["status"] for fact in told["facts"]] == ["verified", "verified", "unverified"]
    assert told["rules"][0]["says"]["compare"] == ">="
    assert enduse("policy", "show", "NOTHING").code == 2


def test_show_prints_the_file_itself_to_start_from(enduse: Enduse, tmp_path: Path) -> None:
    text = enduse("policy", "show", "order-template", "--toml").out
    (tmp_path / "packs").mkdir()
    filled = text.replace('"order-template"', '"our-order"').replace("ORDER-TEMPLATE", "ORDER-1")
    (tmp_path / "packs" / "order.toml").write_text(filled)
    assert state(enduse, "ORDER-1", "--packs", "packs")["state"] == "not_yet_made"


def test_diff_answers_what_changes_on_a_day_before_it_comes(enduse: Enduse) -> None:
    words = ("policy", "diff", "--from", "2026-11-09", "--to", "2026-11-10")
    (row,) = json.loads(enduse(*words, "--json").out)
    assert (row["rule"], row["on"]) == ("EAR-50", "2026-11-10")
    assert row["was"].startswith("suspended")
    assert "not verified" in row["becomes"]
    assert "EAR-50" in enduse(*words).out
    quiet = enduse("policy", "diff", "--from", "2026-11-10", "--to", "2026-11-28")
    assert quiet.out == "nothing changes\n"


def test_diff_tells_tables_of_countries_too(enduse: Enduse) -> None:
    rows = json.loads(
        enduse("policy", "diff", "--from", "2026-09-23", "--to", "2026-09-24", "--json").out
    )
    assert {"group D:5", "group A:5"} <= {row["rule"] for row in rows}


def test_verify_exits_5_and_names_what_rules_today_unverified(enduse: Enduse) -> None:
    done = enduse("policy", "verify", "--as-of", "2026-11-28", "--json")
    assert done.code == 5
    facts = [row["fact"] for row in json.loads(done.out)["unverified"]]
    assert "EAR-50 in_force from 2026-11-10" in facts
    assert not any("proposed" in fact or "H100" in fact for fact in facts)
    assert "policy show ID --toml" in done.sentence
    before = enduse("policy", "verify", "--as-of", "2026-11-09", "--json")
    assert not any("EAR-50" in row["fact"] for row in json.loads(before.out)["unverified"])


@pytest.mark.long
def test_verify_is_content_where_somebody_verified_everything(
    enduse: Enduse, tmp_path: Path
) -> None:
    home = tmp_path / "packs"
    home.mkdir()
    for row in json.loads(enduse("policy", "list", "--json").out)["packs"]:
        text = enduse("policy", "show", row, "--toml").out
        text = text.replace('status = "unverified"', 'status = "verified"')
        text = text.replace('status = "verified"', 'status = "verified"\nverified_by = "A. C."')
        (home / f"{row}.toml").write_text(text)
    done = enduse("policy", "verify", "--packs", home)
    assert done.code == 0
    assert "packs are sound" in done.out


def test_the_folder_of_packs_is_a_setting(
    enduse: Enduse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "own.toml").write_text(OWN.read_text())
    monkeypatch.setenv("ENDUSE_POLICY_PACKS", str(tmp_path / "ours"))
    assert state(enduse, "OWN-1", "--as-of", "2026-02-01")["state"] == "in_force"
    (tmp_path / "ours" / "own.toml").write_text("schema = 1\nid = 3\n")
    done = enduse("policy", "list")
    assert done.code == 3
    assert "own.toml:2: id is 3: expected text in quotes" in done.sentence
    monkeypatch.setenv("ENDUSE_POLICY_PACKS", str(tmp_path / "absent"))
    assert enduse("policy", "verify").code == 2


@pytest.mark.parametrize("day", ["2026-13-01", "today", "2026-11-10T99", "", "2026111011"])
def test_a_day_that_is_none_is_a_mistake(enduse: Enduse, day: str) -> None:
    assert enduse("policy", "list", "--as-of", day).code == 2
    assert enduse("policy", "diff", "--from", day, "--to", "2026-01-01").code == 2
