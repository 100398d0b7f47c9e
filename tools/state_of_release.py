"""A small state as a release wrote it: ``python tools/state_of_release.py CLONE OUT``.

``CLONE`` is a clone of that release; OUT is a ``.tar.xz`` of ``logs``, what was ingested, ``more``,
what comes next, and ``state``. Everything in it is invented. ``tests/state/test_releases.py`` takes
such states over: before a release, add that of the release before (of a change of ``ROLLUPS``, that
of just before).
"""

from __future__ import annotations

import argparse
import json
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

sys.path.insert(0, next(iter(sys.argv[1:]), ""))  # the clone of the release

from detector.pipeline.ingest import ingest

START: Final = datetime(2026, 3, 1, tzinfo=UTC)
KEY: Final = b"a key of the tests"
ACCOUNTS: Final = [f"{n:04d}" for n in range(12)]
USAGE: Final = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter,EffectiveCost,BillingCurrency"
)
EVENTS: Final = "time,account_id,class_uid,operation,actor_uid,src_ip_hash,src_country"
MODELS: Final = (
    "start,end,account_id,model_id,requests,input_tokens,output_tokens,key_hash,src_ip_hash"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clone", type=Path)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        pack(Path(folder), out)


def make(folder: Path) -> None:
    """Ingest day by day: rows that are held settle, a delivery is restated, a copy comes."""
    for step in steps():
        put(folder / "logs", step)
        ingest(folder / "logs", folder / "state", hash_key=KEY, max_bad=0.2, reject=True)
    put(folder / "more", {"usage/c.csv": usage(range(30, 34)), "events/c.csv": events(range(30))})


def steps() -> list[Mapping[str, str]]:
    """What arrives before each ingest."""
    month = "source=x/period=2026-03/a.csv"
    return [
        {**facts(), "usage/a.csv": usage(range(8)), "events/a.csv": events(range(60)),
         "events/1.trail.json": trail(range(9))},
        {
            f"usage/v1/{month}": usage(range(8, 14)), "model_usage/a.csv": models(range(60)),
        },
        {
            f"usage/v2/{month}": usage(range(8, 16)),
            "usage/copy.csv": usage(range(8)), "events/b.csv": events(range(40, 120)),
            "events/2.trail.json": trail(range(5, 20)),
        },
        {"usage/b.csv": usage(range(16, 30)), "usage/odd.csv": "nothing\n", "model_usage/b.csv":
         models(range(50, 110))},
    ]  # fmt: skip


def usage(days: range) -> str:
    """Hours of GPUs and of others, a row that crosses midnight, tax, and a bad row."""
    rows = [
        f"{stamp(24 * d + h)},{stamp(24 * d + h + 1)},{a},{a}s,Usage,Compute,{1 + n % 3},Hours,"
        f"{'p5.48xlarge' if n < 5 else 'm5.large'},{n}.25,USD"
        for d in days
        for n, a in enumerate(ACCOUNTS)
        for h in range((n + d) % 7, 24, 8 if n < 5 else 11)
    ]
    first = 24 * days.start
    rows += [
        f"{stamp(first)},{stamp(first + 30)},0003,,Usage,Compute,7.5,Hours,p5.48xlarge,90,USD",
        f"{stamp(0)},{stamp(31 * 24)},0004,,Tax,Compute,,,,12,USD",
        f"{stamp(first)},{stamp(first)},0005,,Usage,Compute,1,Hours,p5.48xlarge,1,USD",
    ]
    return text(USAGE, rows)


def events(numbers: range) -> str:
    """Calls that repeat from file to file, by few people from few places."""
    return text(EVENTS, [
        f"{stamp(6.5 * n)},{ACCOUNTS[n % 7]},6003,RunInstances,person{n % 5},ip{n % 4},"
        f"{'AB'[n % 2]}A"
        for n in numbers
    ])  # fmt: skip


def trail(numbers: range) -> str:
    """Calls with ids of their own: what two files tell of counts once."""
    return json.dumps({"Records": [
        {"eventVersion": "1.08", "eventTime": stamp(9 * n), "eventSource": "ec2.amazonaws.com",
         "eventName": "RunInstances", "eventID": f"00000000-0000-4000-8000-{n:012d}",
         "awsRegion": "us-east-1", "sourceIPAddress": f"198.51.100.{n % 5}",
         "userIdentity": {"type": "IAMUser", "accountId": ACCOUNTS[n % 3], "arn":
                          f"arn:aws:iam::{ACCOUNTS[n % 3]}:user/a"},
         "recipientAccountId": ACCOUNTS[n % 3]}
        for n in numbers
    ]})  # fmt: skip


def models(numbers: range) -> str:
    """Hours of model use."""
    return text(MODELS, [
        f"{stamp(6 * n)},{stamp(6 * n + 1)},{ACCOUNTS[n % 9]},m-{n % 2},{n},{90 * n},7,k{n % 3},"
        f"ip{n % 4}"
        for n in numbers
    ])  # fmt: skip


def facts() -> dict[str, str]:
    """Tables that are held as rows."""
    return {
        "accounts.csv": text("account_id,created_at,closed_at,close_reason,payer_account_id", [
            f"{a},{stamp(-2400 + 40 * n)},,,{ACCOUNTS[0] if n < 4 else ''}"
            for n, a in enumerate(ACCOUNTS)
        ]),
        "payments.csv": text("time,account_id,kind,amount,currency", [
            f"{stamp(20 * n)},{a},top_up,{n}0.5,USD" for n, a in enumerate(ACCOUNTS)
        ]),
        "labels.csv": text("account_id,decision,decided_at", [f"0001,confirmed_proxy,{stamp(60)}"]),
        "account_links.csv": text("account_id,kind,value_hash,first_seen,last_seen", [
            f"{a},{kind},{kind}{n % 6},{stamp(n)},{stamp(20 * n + 1)}"
            for n, a in enumerate(ACCOUNTS)
            for kind in ("payment", "device")
        ]),
    }  # fmt: skip


def stamp(hours: float) -> str:
    return (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def text(head: str, rows: list[str]) -> str:
    return "\n".join([head, *rows]) + "\n"


def put(folder: Path, files: Mapping[str, str]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)


def pack(folder: Path, out: Path) -> None:
    """Pack files alone, without times and owners, together: their ends are alike."""
    with tarfile.open(out, "w:xz", preset=9) as packed:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            held = tarfile.TarInfo(str(path.relative_to(folder)))
            held.size = path.stat().st_size
            with path.open("rb") as file:
                packed.addfile(held, file)


if __name__ == "__main__":
    main()
