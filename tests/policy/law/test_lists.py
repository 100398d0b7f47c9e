"""Rules about lists: what is a match, what is a question, and what nobody can say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from detector import read_logs
from detector.pipeline.law import known_alone
from detector.pipeline.run import Asked
from detector.policy.law import lane_l
from detector.policy.names.screen import HITS
from tests.policy.law.world import (
    ENTITY_LIST,
    LISTED,
    MANIFEST,
    NOW,
    Asking,
    account,
    holds,
    hours,
    queued,
    said,
    write,
)


def test_a_match_needs_the_name_and_the_place(ask: Asking) -> None:
    found = ask(
        accounts=[
            account("here", org_name=LISTED, declared_country="CN"),
            account("seat", org_name=LISTED.upper(), hq_country="CN"),
            account("elsewhere", org_name=LISTED),
            account("nowhere", org_name=LISTED, declared_country=None),
        ]
    )
    assert said(found, "CSL-EL") == {
        "here": "match", "seat": "match", "elsewhere": "inquire", "nowhere": "inquire"
    }  # fmt: skip
    # The same name in another country is a homonym first.
    assert queued(found) == {"here", "seat", "nowhere"}


def test_a_strong_alias_in_chinese_is_the_same_party(ask: Asking) -> None:
    lists = {
        "ours.csv": "name,list,country,aliases\nChengdu Orvanta Precision Technology,EL,CN,"
        "成都奥凡塔精密科技有限公司\n",
        "manifest.toml": MANIFEST,
    }
    found = ask(
        lists=lists,
        accounts=[account("a", local_name="成都奧凡塔精密科技", hq_country="CN")],
    )
    assert said(found, "CSL-EL") == {"a": "match"}
    row = found.policy.filter(pl.col("rule") == "CSL-EL").row(0, named=True)
    assert row["role"] == "local name"
    assert row["parts"]
    assert row["list_sha256"]


def test_a_person_is_never_queued_by_a_name(ask: Asking) -> None:
    lists = {
        "ours.csv": "name,list,country,kind\nVasko Mirandel Torvik,SDN,CN,individual\n"
        "Ostara Belquist,EL,CN,\n",
        "manifest.toml": MANIFEST,
    }
    found = ask(
        lists=lists,
        accounts=[
            account("firm", org_name="Vasko Mirandel Torvik", declared_country="CN"),
            account("person", org_name="Ostara Belquist", declared_country="CN",
                    customer_class="individual"),
            account("owned"),
        ],
        account_owners=[
            {"account_id": "owned", "owner_name": "Ostara Belquist", "share_min": "1",
             "share_max": "1", "owner_kind": "person", "owner_country": "CN"},
        ],
    )  # fmt: skip
    rows = found.policy.filter(pl.col("outcome") == "inquire")
    assert set(rows["account_id"]) == {"firm", "person", "owned"}
    assert set(rows["strength"]) == {"weak"}
    assert not queued(found)


def test_lists_that_warn_ask_and_lists_that_no_rule_knows_ask_too(ask: Asking) -> None:
    lists = {
        "ours.csv": f"{ENTITY_LIST}Quarnel Broadcast,our-own,CN,\nDemarath Lines,UVL,CN,\n",
        "manifest.toml": MANIFEST,
    }
    found = ask(
        lists=lists,
        accounts=[
            account("unverified", org_name="Demarath Lines", declared_country="CN"),
            account("own", org_name="Quarnel Broadcast", declared_country="CN"),
        ],
    )
    assert said(found, "CSL-UVL") == {"unverified": "inquire"}
    assert said(found, "LIST-OTHER") == {"own": "inquire"}


def test_parties_behind_an_account_are_asked_about_in_their_roles(ask: Asking) -> None:
    found = ask(
        accounts=[
            account("parent", ultimate_parent_name=LISTED, ultimate_parent_hq_country="CN"),
            account("sold", partner_id="p-1"),
            account("used"),
        ],
        partners=[{"partner_id": "p-1", "name": LISTED, "country": "CN"}],
        partner_customers=[
            {"partner_id": "p-2", "end_customer_name": LISTED, "account_id": "used",
             "country": "CN"},
        ],
    )  # fmt: skip
    rows = found.policy.filter(pl.col("rule") == "CSL-EL")
    told = {row["account_id"]: (row["role"], row["outcome"]) for row in rows.to_dicts()}
    assert told == {
        "parent": ("parent", "inquire"),
        "sold": ("partner", "match"),
        "used": ("end customer named by partner p-2", "match"),
    }


def test_an_entry_that_has_ended_or_not_begun_is_no_hit(ask: Asking) -> None:
    lists = {
        "ours.csv": "name,list,country,from,until\nAlbero Trine,EL,CN,,2026-03-09\n"
        "Corvin Dast,EL,CN,2026-03-11,\nEldra Fonn,EL,CN,2026-03-10,2026-03-10\n",
        "manifest.toml": MANIFEST,
    }
    names = {"ended": "Albero Trine", "coming": "Corvin Dast", "today": "Eldra Fonn"}
    found = ask(
        lists=lists,
        accounts=[account(a, org_name=n, declared_country="CN") for a, n in names.items()],
    )
    assert said(found, "CSL-EL") == {"today": "match"}


@pytest.mark.parametrize(
    ("lists", "why"),
    [
        ({"ours.csv": ENTITY_LIST, "manifest.toml": MANIFEST,
          "more.csv": 'name,list\n"Cut in a quo'}, "more.csv"),
        ({"ours.csv": ENTITY_LIST}, "the day of ours.csv is not known"),
        ({"ours.csv": ENTITY_LIST, "manifest.toml": MANIFEST.replace("2026-03", "2026-01")},
         "64 days old"),
        ({"ours.csv": "name,list\nTolvo,UVL\n", "manifest.toml": MANIFEST}, "Entity List"),
        ({"ours.csv": "<html><body>try later</body></html>", "manifest.toml": MANIFEST}, "ours"),
    ],
    ids=["cut", "undated", "old", "no entity list", "a web page"],
)  # fmt: skip
def test_a_list_that_is_not_whole_clears_nobody(
    ask: Asking, lists: dict[str, str], why: str
) -> None:
    found = ask(lists=lists, accounts=[account("a", org_name=LISTED, declared_country="CN")])
    silent = found.policy.filter(pl.col("role") == "not screened")
    assert set(silent["account_id"]) == {"a", "Bystander"}
    assert set(silent["outcome"]) == {"unknown"}
    assert why in silent["evidence"][0]
    assert found.told is not None
    listed = [counts for rule, counts in found.told.counts.items() if rule.startswith("CSL")]
    assert not any("clear" in counts for counts in listed)
    assert not silent["queues"].any()


def test_entries_that_hidden_names_never_met_clear_nobody(tmp_path: Path) -> None:
    tables = {
        "accounts": [account("a", org_name=LISTED, declared_country="CN")],
        "account_owners": [holds("a", LISTED, "1")], "usage": [hours("a")],
    }  # fmt: skip
    folder = write(tmp_path, tables, {"ours.csv": ENTITY_LIST, "manifest.toml": MANIFEST})
    known = known_alone(read_logs(folder, NOW), NOW, Asked())
    found = lane_l(
        replace(
            known, screen=lambda parties: HITS.to_frame(), unseen=3,
            packs=known.packs.supposing({"EAR-50": "in_force"}),
        )
    )  # fmt: skip
    assert found.told is not None
    assert found.told.counts["CSL-EL"] == {"unknown": 2}
    assert found.told.counts["EAR-50"] == {"unknown": 1}
    assert "no name was compared with 3 entries" in found.told.stale[0]


def test_whole_lists_are_told_with_their_day_and_who_is_clear_is_counted(ask: Asking) -> None:
    found = ask(accounts=[account("a", org_name=LISTED, declared_country="CN"), account("b")])
    assert found.told is not None
    assert found.told.counts["CSL-EL"] == {"match": 1, "clear": 2}
    assert found.told.counts["CSL-UVL"] == {"clear": 3}
    assert "CSL-SDN" in found.told.not_asked
    (file,) = found.told.lists
    assert (file.day, file.age, dict(file.rows)) == ("2026-03-05", 5, {"EL": 2, "UVL": 1})
    assert said(found, "CSL-EL") == {"a": "match"}


def test_without_lists_nobody_is_said_to_be_clear(ask: Asking) -> None:
    found = ask(no_lists=True, accounts=[account("a", org_name=LISTED, declared_country="CN")])
    assert found.told is not None
    assert not [rule for rule in found.told.counts if rule.startswith("CSL")]
    assert "no lists/" in found.told.not_asked["CSL-EL"]
    assert not found.asks


def test_a_closed_account_asks_nothing(ask: Asking) -> None:
    found = ask(
        accounts=[
            account("a", org_name=LISTED, declared_country="CN", closed_at="2026-03-01T00:00:00Z")
        ]
    )
    assert said(found, "CSL-EL") == {"a": "match"}
    assert not queued(found)


def test_a_company_beside_a_ship_or_a_person_of_another_country_is_not_asked_about(
    ask: Asking,
) -> None:
    lists = {
        "ours.csv": "name,list,country,kind\nVasko Torvik,SDN,RU,individual\n"
        "Jorvane Teng,SDN,KP,vessel\nOstara Belquist,EL,CN,\n",
        "manifest.toml": MANIFEST,
    }
    names = {
        "person": ("Vasko Torvik Energy", "CN"), "ship": ("Jorvane Teng Logistics", "CN"),
        "near": ("Vasko Torvik Energy", "RU"), "same": ("Vasko Torvik", "CN"),
        "nowhere": ("Jorvane Teng Logistics", None),
    }  # fmt: skip
    found = ask(
        lists=lists,
        accounts=[account(a, org_name=n, declared_country=c) for a, (n, c) in names.items()],
    )
    assert set(said(found, "CSL-SDN")) == {"near", "same", "nowhere"}
    assert not queued(found)
