"""Laws of lane L over worlds drawn at random: ids, orders, threads and others have no say."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest
from hypothesis import settings

from detector import read_logs
from detector.pipeline.law import check
from detector.pipeline.run import Asked
from detector.policy.lane import Findings
from detector.policy.law import lane
from tests.examples import first
from tests.policy.law.world import LISTED, MANIFEST, NOW, account, holds, hours, owns, tokens, write

Tables = dict[str, list[dict[str, Any]]]
# Each seed is a world; the profile ``thorough`` draws many.
WORLDS: Final = max(2, settings.default.max_examples // 4)
SEEDS: Final = [*range(2), *(pytest.param(n, marks=pytest.mark.long) for n in range(2, WORLDS))]
PLACES: Final = ("CN", "RU", "SG", "IR", "DE", None)
FIRMS: Final = (
    LISTED, LISTED.upper(), "Zarkov Orlavana Institute", "Pelmira Foundry", "Foundry Pelmira",
    "Tolvo", "Astra One", "Boreal One", "Celdon Works", "Quarnel Broadcast GmbH", "Demarath",
    "成都奥凡塔精密科技有限公司", "Нордвал Системы", "account:a1", "name:tolvo",
)  # fmt: skip
SHARES: Final = ("0", "0.1", "0.25", "0.4999999999", "0.5", "0.6", "1", "")
ENTRIES: Final = [
    {"name": LISTED, "list": "EL", "country": "CN", "aliases": "ZOI;Zarkov"},
    {"name": "Pelmira Foundry", "list": "EL", "country": "RU", "aliases": ""},
    {"name": "Tolvo", "list": "SDN", "country": "RU", "aliases": "Tolvo Lines"},
    {"name": "Chengdu Aofanta Precision", "list": "MEU", "country": "CN",
     "aliases": "成都奥凡塔精密科技有限公司"},
    {"name": "Quarnel Broadcast", "list": "our-own", "country": "", "aliases": ""},
]  # fmt: skip


def world(seed: int, size: int = 8) -> Tables:
    """Accounts, owners, partners, customers and decisions that have much to do with each other."""
    draw = random.Random(seed)
    names = [f"a{n}" for n in range(size)]
    #: Where a firm sits is one fact, whoever tells it.
    seat = {firm: draw.choice(PLACES) for firm in FIRMS}

    def firm() -> str:
        return draw.choice(FIRMS)

    def share() -> tuple[str, str]:
        least, most = sorted((draw.choice(SHARES[:-1]), draw.choice(SHARES[:-1])), key=float)
        return draw.choice([(least, most), ("", "")])

    holders = [
        account(
            name, org_name=draw.choice([firm(), f"{name} Works"]), partner_id=f"p{n % 3}",
            declared_country=draw.choice(PLACES), hq_country=draw.choice(PLACES),
            ultimate_parent_name=draw.choice([firm(), None]),
            customer_class=draw.choice(["business", "individual"]),
        )
        for n, name in enumerate(names)
    ]  # fmt: skip
    owners = [
        holds(draw.choice(names), one, *share(), owner_hq_country=seat[one],
              owner_kind=draw.choice(["entity", "entity", "person"]))
        for one in draw.choices(FIRMS, k=2 * size)
    ]  # fmt: skip
    parents = [owns(one, firm(), *share(), owner_hq_country=seat[one])
               for one in draw.choices(FIRMS, k=size)]  # fmt: skip
    return {
        "accounts": holders,
        "usage": [hours(name) for name in names if draw.random() < 0.7],
        "model_usage": [tokens(name) for name in names if draw.random() < 0.7],
        "account_owners": owners,
        "entity_owners": parents,
        "partners": [{"partner_id": f"p{n}", "name": firm(), "country": "RU"} for n in range(3)],
        "partner_customers": [
            {"partner_id": f"p{n % 3}", "end_customer_name": firm(), "country": "CN",
             "account_id": draw.choice(names)} for n in range(4)
        ],
        "policy_decisions": [
            {"decided_at": f"2026-03-0{n + 1}T00:00:00Z", "party_name": firm(),
             "decision": draw.choice(["false_match", "licensed", "true_match"]),
             "entry_key": "none of these"} for n in range(3)
        ],
    }  # fmt: skip


def entries(rows: list[Mapping[str, str]]) -> str:
    text = ["name,list,country,aliases"]
    return "\n".join([*text, *(",".join(row.values()) for row in rows)]) + "\n"


def ask(folder: Path, tables: Tables, rows: list[Mapping[str, str]] | None = None) -> pl.DataFrame:
    return findings(folder, tables, rows).policy


def findings(folder: Path, tables: Tables, rows: list[Mapping[str, str]] | None = None) -> Findings:
    files = {"ours.csv": entries(rows or list(ENTRIES)), "manifest.toml": MANIFEST}
    logs = write(folder, tables, files)
    return check(read_logs(logs, NOW), NOW, Asked(), {"EAR-50": "in_force"})


@pytest.mark.parametrize("seed", first(SEEDS))
def test_rows_in_another_order_say_the_same(tmp_path: Path, seed: int) -> None:
    tables, draw = world(seed), random.Random(seed)
    told = ask(tmp_path / "one", tables)
    assert told["outcome"].n_unique() > 1
    mixed = {name: draw.sample(rows, len(rows)) for name, rows in tables.items()}
    listed = draw.sample(ENTRIES, len(ENTRIES))
    other = ask(tmp_path / "two", mixed, listed)
    # The list's bytes, and so its hash, are others.
    assert told.drop("list_sha256").equals(other.drop("list_sha256"))


@pytest.mark.parametrize("seed", first(SEEDS))
def test_accounts_that_are_asked_about_a_few_at_a_time_are_told_the_same(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = world(seed)
    whole = findings(tmp_path / "one", tables)
    monkeypatch.setattr(lane, "AT_ONCE", 3)
    some = findings(tmp_path / "two", tables)
    assert whole.policy.height
    assert some.policy.equals(whole.policy)
    assert some.rows.equals(whole.rows)
    assert some.asks == whole.asks
    assert some.told == whole.told


@pytest.mark.parametrize("seed", first(SEEDS))
def test_other_ids_of_accounts_say_the_same(tmp_path: Path, seed: int) -> None:
    tables, draw = world(seed), random.Random(seed)
    ids = [row["account_id"] for row in tables["accounts"]]
    new = [f"{draw.randrange(10**9):09}-{name}" for name in ids]
    names = dict(zip(ids, new, strict=True))
    renamed = {
        table: [
            {key: names.get(value, value) if key in ("account_id", "SubAccountId") else value
             for key, value in row.items()} for row in rows
        ] for table, rows in tables.items()
    }  # fmt: skip
    told, other = (
        ask(tmp_path / str(place), one).with_columns(
            # Ids stand in a chain's words, in the case of one account, and in what flag 21 says.
            pl.col("account_id").replace(names if place == 0 else {})
        ).drop("evidence", "case", "entry_key")
        for place, one in enumerate((tables, renamed))
    )  # fmt: skip
    assert told.sort([*told.columns[:4], "score", "entry_name"]).equals(
        other.sort([*other.columns[:4], "score", "entry_name"])
    )


@pytest.mark.parametrize("seed", first(SEEDS))
def test_other_accounts_have_no_say(tmp_path: Path, seed: int) -> None:
    """What is told of one account, and of companies, decides; nothing that is told of others."""
    tables = world(seed)
    told = ask(tmp_path / "one", tables)
    gone = {row["account_id"] for row in tables["accounts"][::2]}
    fewer = {
        table: [row for row in rows if row.get("account_id", row.get("SubAccountId")) not in gone]
        for table, rows in tables.items()
    }
    other = ask(tmp_path / "two", fewer)
    assert other.filter(pl.col("account_id") != "Bystander").height
    assert told.filter(~pl.col("account_id").is_in(list(gone))).equals(other)


@pytest.mark.long
def test_one_thread_and_two_say_the_same(tmp_path: Path) -> None:
    ask(tmp_path / "logs", world(3, size=40))
    words = (
        "import sys; from tests.policy.law.world import NOW; from detector import read_logs\n"
        "from detector.pipeline.law import check; from detector.pipeline.run import Asked\n"
        "told = check(read_logs(sys.argv[1], NOW), NOW, Asked())\n"
        "told.policy.write_parquet(sys.argv[2]); told.rows.write_parquet(sys.argv[3])\n"
    )
    found = []
    for threads in ("1", "2"):
        out = [tmp_path / f"{name}{threads}" for name in ("policy", "rows")]
        subprocess.run(
            [sys.executable, "-c", words, str(tmp_path / "logs"), *map(str, out)], check=True,
            env={**os.environ, "POLARS_MAX_THREADS": threads},
        )  # fmt: skip
        found.append([path.read_bytes() for path in out])
    assert found[0] == found[1]
