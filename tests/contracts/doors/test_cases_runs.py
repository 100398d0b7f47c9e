"""Exports as clouds leave them behind: runs, manifests and stale parts count once at every door."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from tests.examples import first

HEADER = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,"
    "ServiceName,ConsumedQuantity,ConsumedUnit,SkuMeter"
)
ACCOUNTS = {"accounts.csv": "account_id,created_at\na,2025-01-01\n"}
DELIVERY = "usage/source=azure/period=2026-03"
EXPORT = f"{DELIVERY}/exports/x/20260301-20260331"
DAY = 24.0 * 8
"""H100-hours of a day of one machine."""


def days(*numbers: int, quantity: str = "24", machines: int = 1) -> str:
    """Charges of some days: so many machines of eight H100, all day."""
    rows = [
        f"2026-03-{d:02d}T00:00:00Z,2026-03-{d + 1:02d}T00:00:00Z,p,a,Usage,"
        f"Virtual Machines,{quantity},Hours,ND96isr H100 v5"
        for d in numbers
        for _ in range(machines)
    ]
    return "\n".join([HEADER, *rows]) + "\n"


def parquet(csv: str) -> bytes:
    sink = io.BytesIO()
    pl.read_csv(csv.encode()).write_parquet(sink)
    return sink.getvalue()


def reordered(csv: str) -> str:
    return pl.read_csv(csv.encode()).select(sorted(HEADER.split(","))).write_csv()


def hours(seen: Any) -> float:
    assert seen.error is None
    return float(seen.features["a"]["h100_hours"])


FORMS: Mapping[str, tuple[str, str | bytes]] = {
    "as the older run": ("p.csv", days(1, 2, 3)),
    "gzip": ("p.csv.gz", gzip.compress(days(1, 2, 3).encode())),
    "Parquet": ("p.parquet", parquet(days(1, 2, 3))),
    "CRLF and a byte order mark": ("p.csv", "\ufeff" + days(1, 2, 3).replace("\n", "\r\n")),
    "columns in another order": ("p.csv", reordered(days(1, 2, 3))),
    "quantities spelt otherwise": ("p.csv", days(1, 2, 3, quantity="24.000")),
}


@pytest.mark.parametrize("form", first(FORMS, 2))
def test_a_newer_run_in_another_form_replaces_the_older(through: Any, form: str) -> None:
    name, content = FORMS[form]
    files = {**ACCOUNTS, f"{EXPORT}/1111/p.csv": days(1, 2), f"{EXPORT}/2111/{name}": content}
    seen = through(files, slowly=False)
    assert hours(seen) == 3 * DAY
    assert ["older run" in sentence for sentence in seen.warnings] == [True]


def test_three_month_to_date_runs_count_as_the_last(through: Any) -> None:
    runs = {f"{EXPORT}/{n}1111111/part_0.csv": days(*range(1, n + 2)) for n in (1, 2, 3)}
    assert hours(through({**ACCOUNTS, **runs})) == 4 * DAY


def test_runs_of_like_machines_are_versions_too(through: Any) -> None:
    """Without a resource, two like machines are two equal rows of each run."""
    files = {f"{EXPORT}/{n}/p.csv": days(*range(1, n + 2), machines=2) for n in (1, 2)}
    assert hours(through({**ACCOUNTS, **files})) == 3 * 2 * DAY


def test_like_machines_in_two_parts_of_one_run_all_count(through: Any) -> None:
    files = {
        f"{EXPORT}/1/part_0.csv": days(1, 2, machines=2) + days(3).split("\n")[1] + "\n",
        f"{EXPORT}/1/part_1.csv": days(1, 2, machines=2) + days(4).split("\n")[1] + "\n",
    }
    seen = through({**ACCOUNTS, **files})
    assert hours(seen) == 10 * DAY
    assert not seen.warnings


def test_a_run_that_is_the_same_as_the_one_before_counts_once(through: Any) -> None:
    seen = through({**ACCOUNTS, f"{EXPORT}/1/p.csv": days(1, 2), f"{EXPORT}/2/p.csv": days(1, 2)})
    assert hours(seen) == 2 * DAY
    assert len(seen.warnings) == 1


def test_a_part_that_is_there_twice_counts_once(through: Any) -> None:
    """Like machines tell nothing of parts; the same bytes do."""
    parts = {f"{EXPORT}/1/part_{n}.csv": days(1, 2, machines=2) for n in (0, 1)}
    seen = through({**ACCOUNTS, **parts})
    assert hours(seen) == 4 * DAY
    assert any("part_1.csv has the same content" in sentence for sentence in seen.warnings)


def test_a_day_that_stayed_the_same_does_not_hide_that_a_run_is_older(through: Any) -> None:
    seen = through(
        {
            **ACCOUNTS,
            f"{DELIVERY}/20260402T06/2026-03-01.csv": days(1),
            f"{DELIVERY}/20260402T06/2026-03-02.csv": days(2),
            f"{DELIVERY}/20260403T06/2026-03-01.csv": days(1),
            f"{DELIVERY}/20260403T06/2026-03-02.csv": days(2, quantity="12"),
            f"{DELIVERY}/20260403T06/2026-03-03.csv": days(3),
        }
    )
    assert hours(seen) == 2.5 * DAY


def test_a_time_in_the_files_names_tells_which_run_is_newer_though_it_holds_less(
    through: Any,
) -> None:
    seen = through(
        {**ACCOUNTS, f"{DELIVERY}/20260402.csv": days(1, 2, 3), f"{DELIVERY}/20260403.csv": days(1)}
    )
    assert hours(seen) == DAY


def test_files_of_a_day_each_all_count(through: Any) -> None:
    files = {f"{DELIVERY}/2026-03-{n:02d}.csv": days(n) for n in (1, 2, 3)}
    seen = through({**ACCOUNTS, **files})
    assert hours(seen) == 3 * DAY
    assert not seen.warnings


def test_a_copy_elsewhere_of_what_an_older_run_held_does_not_count(through: Any) -> None:
    seen = through(
        {
            **ACCOUNTS,
            f"{EXPORT}/1/p.csv": days(1, 2),
            f"{EXPORT}/2/p.csv": days(1, 2, 3),
            "usage/zz.csv": days(1, 2),
        },
        slowly=False,
    )
    assert hours(seen) == 3 * DAY
    assert any("same content" in sentence for sentence in seen.warnings)


PARTS = {f"{DELIVERY}/x-0000{n}.csv": days(*range(5 * n - 4, 5 * n + 1)) for n in (1, 2, 3, 4)}


@pytest.mark.parametrize(
    "stale",
    first(
        [
            {"x-00005.csv": days(16, 17, 18)},
            {"x-00005.csv": days(2, 3, 4), "x-00006.csv": days(17, 18)},
            {"x-00005.csv.gz": gzip.compress(days(16, 17, 18).encode())},
            {"x-00005.parquet": parquet(days(4, 5, 6, 7))},
            {"x-00000.csv": days(9, 10, 11, 12)},
        ],
        2,
    ),
    ids=["one", "two", "gzip", "Parquet over two parts", "the first by name"],
)
def test_parts_that_an_older_run_left_behind_do_not_count(
    through: Any, stale: Mapping[str, str | bytes]
) -> None:
    left = {f"{DELIVERY}/{name}": content for name, content in stale.items()}
    seen = through({**ACCOUNTS, **PARTS, **left}, slowly=False)
    assert hours(seen) == 20 * DAY
    for path in left:
        assert any(s.startswith(f"{path} repeats rows") for s in seen.warnings)


def manifest(*names: str) -> str:
    held = {"manifestVersion": "2024-04-01", "blobs": [{"blobName": n} for n in names]}
    return json.dumps({**held, "exportConfig": {"exportName": "x"}}, indent=2)


MANIFESTS: Mapping[str, Mapping[str, str | bytes]] = {
    "beside its part": {f"{EXPORT}/1/manifest.json": manifest("d/x/r1/p.csv")},
    "in capitals, with CRLF and a mark": {
        f"{EXPORT}/1/Manifest.json": "\ufeff" + manifest("r1/p.csv").replace("\n", "\r\n")
    },
    "compressed": {f"{EXPORT}/1/manifest.json.gz": gzip.compress(manifest("r1/p.csv").encode())},
    "of a run without data": {f"{EXPORT}/2/manifest.json": manifest()},
    "of AWS, in a folder of its own": {
        f"{DELIVERY}/metadata/x-Manifest.json": json.dumps(
            {"exportArn": "arn:x", "dataFiles": [f"s3://b/{EXPORT}/1/p.csv"]}
        )
    },
}


@pytest.mark.parametrize("kind", MANIFESTS)
def test_a_manifest_is_named_and_no_data(through: Any, kind: str) -> None:
    files = {**ACCOUNTS, f"{EXPORT}/1/p.csv": days(1, 2), **MANIFESTS[kind]}
    seen = through(files, slowly=False)
    assert hours(seen) == 2 * DAY
    (path,) = MANIFESTS[kind]
    assert any(sentence.startswith(f"{path} is ") for sentence in seen.warnings)
    assert [place for place, _, _ in seen.unread] == [path]


def test_empty_files_are_no_copies_of_each_other_and_many_copies_are_one_sentence(
    through: Any,
) -> None:
    files = {f"usage/{n:02d}.csv": "" for n in range(3)}
    assert not through({**ACCOUNTS, **files, "usage/x.csv": days(1)}).warnings
    files = {f"usage/{n:02d}.csv": days(1) for n in range(24)}
    seen = through({**ACCOUNTS, **files}, slowly=False)
    assert len(seen.warnings) == 21
    assert seen.counts["usage"]["duplicate"] == 23
