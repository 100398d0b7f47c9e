"""Laws of lane E: order, time, names of accounts, other doors, hostile text, and lane B's bytes."""

from __future__ import annotations

import itertools
import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector import Results, read_logs, score_logs, train_logs
from detector.pipeline import Trained
from detector.pipeline.ingest import ingest
from detector.pipeline.stored import open_state
from detector.policy.evidence import lane_e
from detector.policy.lane import Findings
from detector.policy.law import lane_l
from detector.results.words import LANE_B_QUEUES
from detector.simulate import simulate
from tests.examples import first
from tests.policy.leads.world import (
    NOW,
    account,
    charge,
    day,
    known,
    known_of,
    notice,
    payment,
    tokens,
    write,
)  # fmt: skip

Tables = dict[str, list[dict[str, Any]]]
NAMES = ("Vantorre Brightline Trading Co., Ltd.", "Orrin Vale Information Services",
         "Castellane Campus Supply GmbH", "成都运达科技有限公司",
         "Chengdu Yunda Technology")  # fmt: skip
BUYERS = ("Quillmere University", "Wendelow Laboratory", "四川大学", "Sichuan University")
SUBJECTS = ("A100", "8xH100", "GPT, 40 million tokens", "云服务账号采购", "Laboratory furniture",
            "500台服务器，每台8张A100", "Claude", "")  # fmt: skip
LISTS = "name,list,country,aliases\nQuillmere University,EL,CN,\n"


def world(seed: int) -> Tables:
    """A few accounts and notices of few names, so that much of it meets."""
    draw = random.Random(seed)

    def some(*values: Any) -> Any:
        return draw.choice(values)

    names = [f"a{n}" for n in range(8)]
    accounts = [
        account(
            name, some(*NAMES), created_at=day(draw.randint(-400, 10)),
            declared_reseller=some("true", "false", ""), partner_id=some("p1", "p2", ""),
            closed_at=some("", "", day(50)), local_name=some("", *NAMES),
        )
        for name in names
    ]  # fmt: skip
    tenders = [
        notice(
            notice_id=some("", "n1", "n2", "n3"), published_at=day(draw.randint(0, 40)),
            buyer_name=some(*BUYERS), supplier_name=some("", *NAMES),
            amount=some("", "200000", "500"), currency=some("CNY", "USD"),
            title=some(*SUBJECTS), text=some(*SUBJECTS),
            notice_type=some("tender", "award", "correction", "cancelled", "award", "award"),
            disposition=some("", "", "", "confirmed", "did_not_proceed"),
            disposition_at=day(draw.randint(0, 60)), supplier_names=some("", "; ".join(NAMES[:2])),
        )
        for _ in range(14)
    ]  # fmt: skip
    return {
        "accounts": accounts, "tenders": tenders,
        "usage": [charge(some(*names), draw.randint(-40, 60), some("9", "18000"))
                  for _ in names * 3],
        "payments": [
            payment(some(*names), draw.randint(0, 60), some("9", "150000"), some("CNY", "USD"))
            for _ in names
        ],
        "model_usage": [
            tokens(some(*names), draw.randint(0, 60), some(40_000_000, 10),
                   some("gpt-4", "claude-3"))
            for _ in names
        ],
        "fx": [{"date": day(n)[:10], "currency": c, "rate": r}
               for n in (-5, 20) for c, r in (("CNY", f"0.1{n + 5}"), ("USD", "1"))],
        "abuse_reports": [
            {"reported_at": day(draw.randint(0, 60)), "source": some("s", "t"), "category": "relay",
             "report_id": some("", "r1", "r2"), "account_id": some(*names),
             "status": some("open", "rejected", "withdrawn"), "confidence": some("low", "high")}
            for _ in range(8)
        ],
        "indicators": [
            {"source": some("s", "t"), "kind": "device", "value_hash": some("v", "w"),
             "valid_from": day(draw.randint(0, 60)), "valid_to": some("", day(70)),
             "category": some("farm", ""), "confidence": some("low", "high"),
             "sharing": some("red", "amber")}
            for _ in range(6)
        ],
        "account_links": [
            {"account_id": some(*names), "kind": "device", "value_hash": some("v", "w"),
             "first_seen": day(-20), "last_seen": day(-10)} for _ in range(6)
        ],
        "exceptions": [{"time": day(draw.randint(0, 60)), "kind": "quota",
                        "account_id": some("", *names), "partner_id": some("p1", "p2")}
                       for _ in range(6)],
    }  # fmt: skip


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., Findings]:
    number = itertools.count()

    def asking(tables: Tables, as_of: datetime = NOW, lists: str | None = LISTS) -> Findings:
        return lane_e(known(write(tmp_path / f"logs{next(number)}", tables, lists), as_of))

    return asking


Found = Callable[..., Findings]
SEEDS = range(4)


@pytest.mark.parametrize("seed", first(SEEDS))
def test_the_order_of_any_table_changes_nothing(found: Found, seed: int) -> None:
    tables = world(seed)
    first = found(tables)
    mixed = {k: random.Random(seed + 99).sample(rows, len(rows)) for k, rows in tables.items()}
    again = found(mixed)
    assert first.leads.height > 3
    assert again.leads.equals(first.leads)
    assert again.rows.equals(first.rows)
    assert (again.asks, again.evidence) == (first.asks, first.evidence)


WHEN = {"accounts": "created_at", "tenders": "published_at", "usage": "ChargePeriodStart",
        "payments": "time", "model_usage": "start", "abuse_reports": "reported_at",
        "indicators": "valid_from", "exceptions": "time"}  # fmt: skip


def cut(tables: Mapping[str, list[dict[str, Any]]], moment: datetime) -> Tables:
    """What had been written by a day."""
    until = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    kept = {
        name: [row for row in rows if name not in WHEN or row[WHEN[name]] < until]
        for name, rows in tables.items()
    }
    for row in (*kept["tenders"], *kept["accounts"]):
        if row.get("disposition_at", "") >= until:
            row.update(disposition="", disposition_at="")
        if row.get("closed_at", "") >= until:
            row["closed_at"] = ""
    kept["fx"] = [row for row in kept["fx"] if row["date"] < until[:10]]
    return {name: rows for name, rows in kept.items() if rows}


@pytest.mark.parametrize("seed", first(SEEDS))
@pytest.mark.parametrize("after", first([12, 35]))
def test_an_earlier_day_is_told_as_it_was_told_then(found: Found, seed: int, after: int) -> None:
    moment = datetime(2026, 3, 11, tzinfo=UTC) + timedelta(days=after)
    replayed = found(world(seed), moment)
    then = found(cut(world(seed), moment), moment)
    assert replayed.leads.height > 0
    assert replayed.leads.equals(then.leads)
    assert replayed.rows.equals(then.rows)


@pytest.mark.parametrize("seed", first(SEEDS))
def test_other_ids_of_accounts_keep_every_strength(found: Found, seed: int) -> None:
    tables = world(seed)
    renamed = json.loads(json.dumps(tables))
    for rows in renamed.values():
        for row in rows:
            for column in ("account_id", "SubAccountId"):
                if row.get(column):
                    row[column] = f"z{9 - int(row[column][1:])}"
    first, again = found(tables).leads, found(renamed).leads
    back = again.with_columns(
        account_id=pl.format("a{}", 9 - pl.col("account_id").str.slice(1).cast(pl.Int64))
    )
    order = ["notice", "account_id"]
    told = first.sort(order, nulls_last=True)
    assert back.sort(order, nulls_last=True).equals(told)


@pytest.mark.parametrize("seed", first(SEEDS))
def test_a_stored_state_gives_the_rows_of_its_folder(tmp_path: Path, seed: int) -> None:
    folder = write(tmp_path / "logs", world(seed), LISTS)
    ingest(folder, tmp_path / "state", hash_key=b"key", max_bad=1.0)
    with open_state(tmp_path / "state", NOW, max_bad=1.0) as stored:
        told = lane_e(known_of(stored, NOW))
    plain = lane_e(known_of(read_logs(folder, NOW, hash_key=b"key", max_bad=1.0), NOW))
    assert plain.leads.height > 0
    assert told.leads.equals(plain.leads)
    assert told.rows.equals(plain.rows)
    assert told.evidence == plain.evidence


HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "=1+1", "@SUM(A1)", "+cmd|'/c'!A1",
    "-2+3", "\tx", "'; DROP TABLE tenders; --", "{{7*7}}", "${jndi:ldap://x}", "%s%s%n", "{0}{}",
    "../../etc/passwd", "file:///etc/passwd", "\u202eevil", "\u2066a\u2069", "\x1b[2J\x1b]8;;x\x07",
    "a\x00b", "\ufeff", "\u200b", "\U0001f600", "A" * 70_000, "A100 " * 200_000, ";" * 5000,
    " ; " * 5000, "(" * 5000, "[" * 5000 + "]" * 5000, "\\" * 3000, '"', '""', "'", "`id`", "null",
    "NaN", "1e400", "-1", "Ⅷ八8", "ﷺ" * 3000, "é" * 3000, "x" * 300 + "\n" + "y", "𠀀" * 500, "",
]  # fmt: skip


FIELDS = ("buyer_name", "supplier_name", "supplier_names", "title", "text", "url",
          "buyer_country", "currency", "amount", "published_at", "notice_type", "disposition",
          "disposition_at", "disposition_source")  # fmt: skip


def hostile_rows(payload: str, number: int) -> list[dict[str, Any]]:
    """Notices with a payload in each field, in the id, and in all at once."""
    rows = [notice(notice_id=f"h{number}-{name}", **{name: payload}) for name in FIELDS]
    everywhere = notice(**dict.fromkeys(FIELDS, payload))
    return [*rows, notice(notice_id=payload, title=f"A100 {number}"), everywhere]


@pytest.mark.parametrize("part", first(range(6), 2))
def test_hostile_text_costs_itself_alone(found: Found, part: int) -> None:
    payloads = HOSTILE[part::6]
    rows = [row for n, payload in enumerate(payloads) for row in hostile_rows(payload, n)]
    reports = [
        {"reported_at": day(0), "source": payload, "category": payload, "account_id": "a1"}
        for payload in payloads
    ]
    strange = [account(f"b{n}", payload) for n, payload in enumerate(payloads)]
    tables: Tables = {
        "accounts": [account(), *strange], "tenders": [*rows, notice(notice_id="good")],
        "usage": [charge(cost="1")], "abuse_reports": reports,
    }  # fmt: skip
    told = found(tables)
    good = told.leads.filter(notice="good", account_id="a1")
    assert good["strength"].cast(pl.String).to_list() == ["medium"]
    assert told.rows.height > len(payloads)
    for text in told.rows["evidence"].to_list() + told.leads["evidence"].drop_nulls().to_list():
        assert text.isprintable()
        assert len(text) <= 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("evidence") / "logs"
    simulate("public_cases", 150, 21, 7, made)
    return made


@pytest.fixture(scope="module")
def model(folder: Path, few_trees: None) -> Trained:
    return train_logs(read_logs(folder))


@pytest.fixture(scope="module")
def without(folder: Path, model: Trained) -> Results:
    return score_logs(read_logs(folder), model, lanes=())


@pytest.mark.long
def test_not_a_byte_of_lane_b_moves_by_what_others_say(
    folder: Path, model: Trained, without: Results
) -> None:
    told = score_logs(read_logs(folder), model, lanes=(lane_l, lane_e))
    assert told.run.lanes["E"]
    _same(without, told)


@pytest.mark.long
def test_lane_b_is_the_same_without_what_lane_e_reads_and_with_hostile_tables(
    folder: Path, model: Trained, without: Results, tmp_path: Path
) -> None:
    bare = shutil.copytree(folder, tmp_path / "logs")
    for name in ("tenders", "abuse_reports", "indicators", "exceptions"):
        for path in list(_files(bare, name)):
            path.unlink()
    silent = score_logs(read_logs(bare), model, lanes=(lane_e,))
    assert not silent.run.lanes["E"]
    _same(without, silent)
    accounts = without.scores["account_id"].to_list()
    tenders = [notice(notice_id=f"{n}", title=p, text=p) for n, p in enumerate(HOSTILE)]
    reports = [
        {"reported_at": "2020-01-01T00:00:00Z", "source": p, "category": "relay",
         "account_id": accounts[n % len(accounts)]} for n, p in enumerate(HOSTILE)
    ]  # fmt: skip
    pl.DataFrame(tenders).write_csv(bare / "tenders.csv")
    pl.DataFrame(reports).write_csv(bare / "abuse_reports.csv")
    hostile = score_logs(read_logs(bare, max_bad=1.0), model, lanes=(lane_e,))
    assert hostile.run.lanes["E"]
    _same(without, hostile)


def _files(folder: Path, name: str) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).parts[0].split(".")[0] == name:
            yield path


def _same(one: Results, other: Results) -> None:
    own = [name for name in one.scores.columns if name not in
           ("queue", "queue_reason", "lane_l", "lane_e")]  # fmt: skip
    assert other.scores.select(own).equals(one.scores.select(own))
    for table in ("rings", "features", "timelines"):
        assert getattr(other, table).equals(getattr(one, table))
    queued = pl.col("queue").is_in(LANE_B_QUEUES)
    before, after = (result.scores.filter(queued) for result in (one, other))
    assert after.select("account_id", "queue").equals(before.select("account_id", "queue"))
