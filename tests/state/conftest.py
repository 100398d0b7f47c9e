"""Small logs as text, file by file, and what a clean reading of them gives."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector import read_logs
from detector.pipeline.ingest import ingest
from detector.pipeline.stored import open_state
from features.catalogue import Catalogue
from features.rollups import merge, rollup

START = datetime(2026, 3, 1, tzinfo=UTC)
KEY = b"a key of the tests"

HEADS = {
    "usage": "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,"
    "ServiceName,ConsumedQuantity,ConsumedUnit,SkuMeter,EffectiveCost,BillingCurrency",
    "events": "time,account_id,class_uid,operation,actor_uid,src_ip_hash,src_country",
    "model_usage": "start,end,account_id,model_id,requests,input_tokens,output_tokens,key_hash",
    "accounts": "account_id,created_at,closed_at,close_reason,payer_account_id",
    "payments": "time,account_id,kind,amount,currency",
    "labels": "account_id,decision,decided_at",
    "account_links": "account_id,kind,value_hash,first_seen,last_seen",
}
ACCOUNTS = [f"{n:04d}" for n in range(8)]


@pytest.fixture(scope="module", autouse=True)
def small_models(few_trees: None) -> None:
    """What is asked here is the state: its scores come from small models."""


def stamp(hours: float) -> str:
    return (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def usage_row(number: int) -> str:
    """Hourly GPU hours, rows that cross midnight, tax of the whole month, tokens, a bad row."""
    account = ACCOUNTS[number % len(ACCOUNTS)]
    begin = (number * 7) % 140
    match number % 9:
        case 0:
            return f"{stamp(0)},{stamp(31 * 24)},{account},,Tax,Compute,,,,{number},USD"
        case 1:
            return (
                f"{stamp(begin)},{stamp(begin + 30)},{account},,Usage,Compute,{number}.7,Hours,"
                f"p5.48xlarge,{number},USD"
            )
        case 2:
            return f"{stamp(begin)},{stamp(begin)},{account},,Usage,Compute,1,Hours,p5.48xlarge,,"
        case _:
            return (
                f"{stamp(begin)},{stamp(begin + 1)},{account},{account}s,Usage,Compute,1,Hours,"
                f"p4d.24xlarge,{number}.25,USD"
            )


def event_row(number: int) -> str:
    account = ACCOUNTS[number % len(ACCOUNTS)]
    return (
        f"{stamp(number * 3.5)},{account},6003,RunInstances,person{number % 3},ip{number % 5},"
        f"{'AB'[number % 2]}A"
    )


def model_row(number: int) -> str:
    account = ACCOUNTS[number % len(ACCOUNTS)]
    begin = number * 5 % 150
    counts = f"{number},{number * 9},7"
    return f"{stamp(begin)},{stamp(begin + 1)},{account},m-{number % 2},{counts},k{number % 3}"


ROWS: Mapping[str, Callable[[int], str]] = {
    "usage": usage_row, "events": event_row, "model_usage": model_row,
}  # fmt: skip


def text(table: str, rows: list[str]) -> str:
    return "\n".join([HEADS[table], *rows]) + "\n"


@pytest.fixture
def make_rows() -> Callable[[str, range], str]:
    """``make_rows(table, numbers)``: the text of a file with these rows."""
    return lambda table, numbers: text(table, [ROWS[table](n) for n in numbers])


@pytest.fixture
def facts() -> dict[str, str]:
    """Paths and texts of the tables of facts, some of which lie in the future of others."""
    return {
        "accounts.csv": text(
            "accounts",
            [f"{a},{stamp(-2400 + 40 * n)},,,{ACCOUNTS[0]}" for n, a in enumerate(ACCOUNTS[:5])]
            + [f"{ACCOUNTS[5]},{stamp(-100)},{stamp(100)},fraud,", f"late,{stamp(900)},,,"],
        ),
        "payments.csv": text(
            "payments", [f"{stamp(20 * n)},{ACCOUNTS[n]},top_up,{n}0.5,USD" for n in range(8)]
        ),
        "labels.csv": text("labels", [f"{ACCOUNTS[1]},confirmed_proxy,{stamp(60)}"]),
        "account_links.csv": text(
            "account_links",
            [f"{a},payment,card{n % 3},{stamp(n)},{stamp(50 * n)}" for n, a in enumerate(ACCOUNTS)],
        ),
    }


@pytest.fixture
def put() -> Callable[[Path, Mapping[str, str]], Path]:
    """``put(folder, files)``: write files below a folder."""

    def write(folder: Path, files: Mapping[str, str]) -> Path:
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content)
        return folder

    return write


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Any]:
    """``take(logs, **options)``: ingest into the test's state."""

    def take_in(logs: Path, **options: Any) -> Any:
        options = {"hash_key": KEY, "max_bad": 0.9, **options}
        return ingest(logs, tmp_path / "state", **options)

    return take_in


@pytest.fixture
def from_state(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """``from_state(as_of)``: what the state shows."""

    def read(as_of: datetime | None = None, state: Path | None = None) -> dict[str, Any]:
        with open_state(state or tmp_path / "state", as_of, max_bad=0.9) as logs:
            rolled = {table: logs.rolled(table, logs.as_of) for table in logs}
            return _shown(logs, rolled)

    return read


@pytest.fixture
def from_logs(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """``from_logs(files, as_of)``: what one clean reading of the files shows."""

    def read(files: Mapping[str, str], as_of: datetime | None = None) -> dict[str, Any]:
        folder = tmp_path / "clean"
        shutil.rmtree(folder, ignore_errors=True)
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content)
        logs = read_logs(folder, as_of, max_bad=0.9, hash_key=KEY)
        catalogue = Catalogue.load()
        rolled = {
            table: merge(rollup(table, part, logs.as_of, catalogue) for part in logs.parts(table))
            for table in logs
        }
        return _shown(logs, rolled)

    return read


def _shown(logs: Any, rolled: Mapping[str, Mapping[str, pl.DataFrame]]) -> dict[str, Any]:
    frames = {
        f"{table}.{name}": (frame.schema, frame.rows())
        for table, parts in rolled.items()
        for name, frame in sorted(parts.items())
        if frame.height
    }
    counts = {t: {**vars(c), "late": 0} for t, c in logs.counts.items()}
    inputs = [(f.path, f.sha256, f.rows) for f in logs.inputs]
    return {
        "as_of": logs.as_of, "frames": frames, "counts": counts, "inputs": inputs,
        "quarantine": logs.quarantine.rows(),
    }  # fmt: skip
