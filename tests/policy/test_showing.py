"""Names of parties and holders: which pages have them, which never do, in what order."""

from __future__ import annotations

import json
import logging
from email.message import Message
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest
from rich.console import Console

from detector import Results, read_logs, score_logs, train_logs
from detector.explain import explain
from detector.exporter import exposition
from detector.http.pages import Request, place_of
from detector.policy import Findings, Known
from detector.report import write_report
from detector.results import POLICY_SCHEMA
from detector.results.published import Published
from detector.results.runparts import RunList, RunPolicy
from detector.service.api import Shown, site_of
from detector.simulate import simulate

pytestmark = pytest.mark.usefixtures("few_trees")

PARTY: Final = "Quellmark Canary Works"
ENTRY: Final = "Quellmarque Canary Werke"
HOLDER: Final = "Holder Canary Limited"
OWNER: Final = "Owner Canary Trust"
PLACE: Final = "Canary Island"
#: What may hold a name: the tables of lane L and of identity, and the report.
HOLDING: Final = ("policy.parquet", "identity.parquet", "report.html")
SHA256: Final = "4d" * 32
#: In the order of lane L's queue, by place among the accounts asked about.
ORDER: Final = (3, 0, 2, 1)
ASKED: Final = (
    {"outcome": "inquire", "strength": "strong", "source": "EL"},
    {"outcome": "inquire", "strength": "medium", "source": "ISN"},
    {"outcome": "inquire", "strength": "medium", "source": "EL"},
    {"outcome": "match", "strength": "medium", "source": "ISN"},
)


def names_on_a_list(known: Known) -> Findings:
    """Asks about four accounts, each of a party with a name."""
    accounts = known.accounts.sort().head(len(ASKED))
    rows = [
        dict.fromkeys(POLICY_SCHEMA)
        | {"account_id": account, "party": PARTY, "rule": "CSL", "queues": True,
           "role": f"end customer named by partner {PARTY}",
           "evidence": f"{PARTY} is {ENTRY}", "entry_name": ENTRY, "entry_key": ENTRY,
           "parts": [{"kind": "agrees", "mine": PARTY, "theirs": ENTRY, "weight": 1, "points": 1}],
           "score": 900, "list_sha256": SHA256, "case": PARTY, "note": "in force", "pack": "csl"}
        | asked
        for account, asked in zip(accounts, ASKED, strict=True)
    ]  # fmt: skip
    policy = pl.DataFrame(rows, schema=POLICY_SCHEMA)
    brief = policy.select("account_id", "rule", pl.col("outcome").cast(pl.String))
    told = RunPolicy(
        lists=(RunList(file="lists/own.csv", sha256=SHA256, day="2026-01-01", age=1,
                       rows={"EL": 5}),),
        names=4, counts={"CSL": {"match": 1, "inquire": 3}},
    )  # fmt: skip
    return Findings("L", brief, asks=accounts.to_list(), policy=policy, told=told)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    world = tmp_path_factory.mktemp("names") / "logs"
    simulate("public_cases", 150, 21, 7, world)
    _name_everybody(world)
    logs = read_logs(world)
    return score_logs(logs, train_logs(logs), lanes=(names_on_a_list,))


def _name_everybody(world: Path) -> None:
    """Gives every holder, owner and place the same name."""
    names = {"org_name": HOLDER, "org_address": f"1 {PLACE} Road", "declared_use": HOLDER,
             "email_domain": "canary-Canary.example", "declared_country": PLACE,
             "billing_country": PLACE, "phone_country": PLACE}  # fmt: skip
    for table, told in (("accounts", names), ("account_owners", {"owner_name": OWNER})):
        (place,) = world.glob(f"{table}*")
        rows = pl.read_parquet(place)
        rows.with_columns(**{name: pl.lit(text) for name, text in told.items()}).write_parquet(
            place if place.is_file() else next(place.rglob("*.parquet"))
        )


@pytest.fixture(scope="module")
def out(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names") / "out"
    results.write(folder)
    return folder


@pytest.fixture(scope="module")
def asked(results: Results) -> list[str]:
    """The accounts asked about, in the order of lane L's queue, lane B's cases left out."""
    found = results.policy["account_id"].to_list()
    queue = dict(results.scores.select("account_id", pl.col("queue").cast(pl.String)).iter_rows())
    kept = [found[place] for place in ORDER if queue[found[place]] == "policy"]
    assert len(kept) > 2
    return kept


def ask(shown: Shown, path: str, query: str = "") -> Any:
    """What the interface answers."""
    site = site_of(lambda: shown)
    request = Request("GET", path, query, Message(), BytesIO(), "127.0.0.1", secure=False)
    return json.loads(site[str(place_of(site, path))].answer(request).body)


def shown(out: Path) -> Shown:
    published = Published.read(out, 50)
    return Shown(exposition(published, b"k" * 32), published)


def test_a_party_is_named_in_its_table_the_report_and_explain_alone(
    out: Path, asked: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    page = write_report(out).read_text()
    console = Console(file=StringIO(), width=200)
    console.print(explain(Results.read(out), asked[0]))
    said = console.file.getvalue()  # type: ignore[attr-defined]
    table = pl.read_parquet(out / "policy.parquet")
    assert set(table["party"]) == {PARTY}
    for text in (page, said):
        assert PARTY in text
        assert ENTRY in text
    assert PARTY not in page.partition('id="policy-queue"')[0]
    for place in out.iterdir():
        if place.name not in HOLDING:
            tabular = place.suffix == ".parquet"
            held = str(pl.read_parquet(place).to_dicts()) if tabular else place.read_text()
            assert "Canary" not in held, place.name
    seen = shown(out)
    assert "Canary" not in seen.metrics.decode() + caplog.text
    assert "Canary" not in json.dumps(ask(seen, "/api/v1/queue", "limit=500"))


def test_a_holder_is_named_in_its_table_the_report_and_explain_alone(
    out: Path, asked: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    page = write_report(out).read_text()
    console = Console(file=StringIO(), width=200)
    console.print(explain(Results.read(out), asked[0]))
    said = console.file.getvalue()  # type: ignore[attr-defined]
    table = pl.read_parquet(out / "identity.parquet")
    assert table["org_name"].unique().to_list() == [HOLDER]
    assert asked[0] in table["account_id"]
    owned = table.filter(pl.col("owners").list.len() > 0)["account_id"][0]
    console.print(explain(Results.read(out), owned))
    for text in (page, said):
        assert HOLDER in text
        assert f"declared {PLACE}" in text
        assert text.index("Facts of record") < text.index(HOLDER)
    assert OWNER in page
    assert OWNER in console.file.getvalue()  # type: ignore[attr-defined]
    seen = shown(out)
    assert "Canary" not in seen.metrics.decode() + caplog.text
    for account in table["account_id"].head(8):
        assert "Canary" not in json.dumps(ask(seen, f"/api/v1/accounts/{account}")), account


def test_the_queue_policy_comes_in_lane_ls_own_order(out: Path, asked: list[str]) -> None:
    page = ask(shown(out), "/api/v1/queue", "queue=policy")
    assert [item["account_id"] for item in page["items"]] == asked
    ranks = [item["rank"] for item in page["items"]]
    assert ranks != sorted(ranks)
    whole = ask(shown(out), "/api/v1/queue", "limit=500")["items"]
    assert [i["account_id"] for i in whole if i["queue"] == "policy"] == asked


def test_the_interface_gives_the_rows_of_an_account_and_names_nobody(
    out: Path, asked: list[str]
) -> None:
    answer = ask(shown(out), f"/api/v1/accounts/{asked[0]}")
    assert "Canary" not in json.dumps(answer)
    (row,) = answer["policy"]
    assert (row["rule"], row["role"], row["outcome"]) == ("CSL", "end customer", "match")
    assert row["list_sha256"] == SHA256
    assert answer["lane_l"][0]["rule"] == "CSL"


def test_an_account_without_a_row_has_none(out: Path, results: Results) -> None:
    other = results.scores.filter(
        ~pl.col("account_id").is_in(results.policy["account_id"].implode())
    )
    assert ask(shown(out), f"/api/v1/accounts/{other['account_id'][0]}")["policy"] == []


def test_a_run_of_an_earlier_version_has_no_such_table_and_is_shown(
    out: Path, asked: list[str], tmp_path: Path
) -> None:
    before = tmp_path / "before"
    before.mkdir()
    for path in out.iterdir():
        if path.name != "policy.parquet":
            (before / path.name).write_bytes(path.read_bytes())
    assert ask(shown(before), f"/api/v1/accounts/{asked[0]}")["policy"] == []
    assert ask(shown(before), "/api/v1/queue", "queue=policy")["total"] == len(asked)
