"""Buyers and suppliers of notices: which pages have their names, and which never do."""

from __future__ import annotations

import json
import logging
from email.message import Message
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from detector import Results, read_logs, score_logs, train_logs
from detector.cli import main
from detector.explain import explain
from detector.exporter import exposition
from detector.http.pages import Request, place_of
from detector.policy import LANES
from detector.report import write_report
from detector.results.published import Published
from detector.service.api import Shown, site_of
from tests.policy.noticed import BUYER, SUPPLIER, noticed

pytestmark = pytest.mark.usefixtures("few_trees")
#: What may hold the name of a party: the tables of lanes L and E and of holders, and the report.
HOLDING = ("identity.parquet", "leads.parquet", "policy.parquet", "report.html")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("noticed")
    logs = read_logs(noticed(folder / "logs"))
    score_logs(logs, train_logs(logs), lanes=LANES).write(folder / "out")
    return folder / "out"


def shown(out: Path) -> Shown:
    published = Published.read(out, 50)
    return Shown(exposition(published, b"k" * 32), published)


def ask(shown: Shown, path: str, query: str = "") -> Any:
    """What the interface answers."""
    site = site_of(lambda: shown)
    request = Request("GET", path, query, Message(), BytesIO(), "127.0.0.1", secure=False)
    return json.loads(site[str(place_of(site, path))].answer(request).body)


@pytest.mark.long
def test_names_are_in_the_table_the_report_and_what_commands_print_alone(
    out: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    page = write_report(out).read_text()
    console = Console(file=StringIO(), width=300)
    console.print(explain(Results.read(out), "quell"))
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert main(["leads", str(out), "--json"]) == 0
    for text in (page, said, capsys.readouterr().out):
        assert BUYER in text
        assert SUPPLIER in text
        assert "Canary order" not in text, "titles of notices are kept nowhere"
    for place in out.iterdir():
        if place.name not in HOLDING:
            tabular = place.suffix == ".parquet"
            held = str(pl.read_parquet(place).to_dicts()) if tabular else place.read_text()
            assert "Canary" not in held, place.name
    seen = shown(out)
    assert "Canary" not in seen.metrics.decode() + caplog.text
    for path in ("/api/v1/queue", "/api/v1/accounts/quell", "/api/v1/accounts/resel"):
        assert "Canary" not in json.dumps(ask(seen, path)), path


def test_the_interface_gives_the_leads_of_an_account_as_codes(out: Path) -> None:
    told = ask(shown(out), "/api/v1/accounts/quell")
    assert told["leads"] == [
        {"notice": "t1", "strength": "strong", "queues": True, "buyer_outcome": "match",
         "supplier_outcome": "not found", "day": "2026-03-01", "agrees": ["N", "K", "T", "A"],
         "disagrees": ["H"], "not_seen": ["Q"]},
    ]  # fmt: skip
    assert told["queue"] == "policy"
    assert [row["source"] for row in told["lane_e"]] == ["public notice", "hotline"]


def test_a_weak_row_is_no_lead_of_an_account(out: Path) -> None:
    held = pl.read_parquet(out / "leads.parquet").filter(pl.col("account_id") == "resel")
    assert held["strength"].to_list() == ["weak"]
    assert ask(shown(out), "/api/v1/accounts/resel")["leads"] == []


def test_metrics_count_leads_alone(out: Path) -> None:
    lines = shown(out).metrics.decode().splitlines()
    assert [line for line in lines if line.startswith("enduse_leads{")] == [
        'enduse_leads{strength="strong"} 1.0', 'enduse_leads{strength="medium"} 0.0',
    ]  # fmt: skip


def test_a_run_of_an_earlier_version_has_no_such_table_and_is_shown(
    out: Path, tmp_path: Path
) -> None:
    before = tmp_path / "before"
    before.mkdir()
    for path in out.iterdir():
        if path.name not in ("leads.parquet", "report.html"):
            (before / path.name).write_bytes(path.read_bytes())
    assert ask(shown(before), "/api/v1/accounts/quell")["leads"] == []
    assert write_report(before).is_file()
