"""Runs of an export that lie beside each other count once, through every door."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from detector.state import Store

Files = Mapping[str, str]
HEADER = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,"
    "ServiceName,ConsumedQuantity,ConsumedUnit,SkuMeter"
)
ACCOUNTS = "account_id,created_at\na,2025-01-01\n"
PERIOD = "usage/source=azure/period=2026-03"
AZURE = f"{PERIOD}/exports/x/20260301-20260331"


def days(*numbers: int, quantity: float = 24, account: str = "a") -> str:
    """Charges of some days: eight H100 each hour."""
    rows = [
        f"2026-03-{d:02d}T00:00:00Z,2026-03-{d + 1:02d}T00:00:00Z,p,{account},Usage,"
        f"Virtual Machines,{quantity},Hours,ND96isr H100 v5"
        for d in numbers
    ]
    return "\n".join([HEADER, *rows]) + "\n"


def hours(seen: Any) -> float:
    """H100-hours of the account."""
    return float(seen.features["a"]["h100_hours"])


def test_three_month_to_date_runs_count_as_the_newest(through: Any) -> None:
    seen = through(
        {
            f"{AZURE}/1111/part_0_0001.csv": days(1, 2),
            f"{AZURE}/2111/part_0_0001.csv": days(1, 2, 3),
            f"{AZURE}/3111/part_0_0001.csv": days(1, 2, 3, 4),
            "accounts.csv": ACCOUNTS,
        }
    )
    assert hours(seen) == 4 * 24 * 8
    assert sum("older run" in sentence for sentence in seen.warnings) == 2


def test_a_time_in_the_path_tells_which_run_is_newer_though_it_holds_less(through: Any) -> None:
    seen = through(
        {
            f"{PERIOD}/20260402T060000Z/part.csv": days(1, 2, 3),
            f"{PERIOD}/20260403T060000Z/part.csv": days(1, 2),
            "accounts.csv": ACCOUNTS,
        }
    )
    assert hours(seen) == 2 * 24 * 8


def test_runs_of_several_parts_are_told_apart_as_a_whole(through: Any) -> None:
    seen = through(
        {
            f"{AZURE}/1111/part_0.csv": days(1, 2),
            f"{AZURE}/1111/part_1.csv": days(3, 4),
            f"{AZURE}/2111/part_0.csv": days(1, 2, 3),
            f"{AZURE}/2111/part_1.csv": days(4, 5),
            "accounts.csv": ACCOUNTS,
        }
    )
    assert hours(seen) == 5 * 24 * 8


def test_parts_that_hold_different_rows_all_count(through: Any) -> None:
    seen = through(
        {
            f"{PERIOD}/one/part_0.csv": days(1, 2),
            f"{PERIOD}/two/part_0.csv": days(3, 4),
            f"{PERIOD}/two/part_1.csv": days(5, quantity=1),
            "accounts.csv": ACCOUNTS,
        }
    )
    assert hours(seen) == (4 * 24 + 1) * 8
    assert not seen.warnings


def test_a_part_that_an_older_run_left_behind_does_not_count(through: Any) -> None:
    parts = {f"{PERIOD}/x-0000{n}.csv": days(*range(5 * n, 5 * n + 5)) for n in range(1, 4)}
    seen = through({**parts, f"{PERIOD}/x-00004.csv": days(16, 17, 18), "accounts.csv": ACCOUNTS})
    assert hours(seen) == 15 * 24 * 8
    assert any("x-00004.csv repeats rows" in sentence for sentence in seen.warnings)


def test_where_nothing_tells_which_run_is_newer_nothing_is_added_up(through: Any) -> None:
    seen = through(
        {
            f"{AZURE}/1111/part.csv": days(1, 2, 3),
            f"{AZURE}/2111/part.csv": days(2, 3, 4),
            "accounts.csv": ACCOUNTS,
        }
    )
    assert seen.error is not None
    assert "keep the newest run alone" in seen.error
    assert "1111" in seen.error


def test_file_times_tell_which_run_is_newer(
    write: Callable[[Files], Path], seen_through: Callable[[str, Path], Any]
) -> None:
    for door in ("folder", "state"):
        folder = write(
            {
                f"{AZURE}/1111/part.csv": days(1, 2, 3),
                f"{AZURE}/2111/part.csv": days(2, 3, 4),
                "accounts.csv": ACCOUNTS,
            }
        )
        os.utime(folder / AZURE / "1111" / "part.csv", (1_775_300_000, 1_775_300_000))
        os.utime(folder / AZURE / "2111" / "part.csv", (1_775_200_000, 1_775_200_000))
        seen = seen_through(door, folder)
        assert hours(seen) == 3 * 24 * 8
        assert "2111" in " ".join(seen.warnings)


def manifest(*names: str, run: str = "2026-04-01T06:00:00Z", export: str = "x") -> str:
    return json.dumps(
        {
            "manifestVersion": "2024-04-01",
            "exportConfig": {"exportName": export},
            "runInfo": {"submittedTime": run},
            "blobs": [{"blobName": name} for name in names],
        }
    )


def test_a_manifest_is_no_data_and_says_which_files_count(through: Any) -> None:
    seen = through(
        {
            f"{AZURE}/1111/manifest.json": manifest("d/x/r1/part_0.csv"),
            f"{AZURE}/1111/part_0.csv": days(1, 2),
            f"{AZURE}/1111/part_1.csv": days(3),
            "accounts.csv": ACCOUNTS,
        }
    )
    assert hours(seen) == 2 * 24 * 8
    assert any("part_1.csv is not named" in sentence for sentence in seen.warnings)


def test_of_several_manifests_of_one_export_the_newest_counts(through: Any) -> None:
    """The newer run came first by name, and holds less: rows alone would tell it wrongly."""
    seen = through(
        {
            f"{AZURE}/1111/manifest.json": manifest("r/part.csv", run="2026-04-02T06:00:00Z"),
            f"{AZURE}/1111/part.csv": days(1, 2),
            f"{AZURE}/2111/manifest.json": manifest("r/part.csv", run="2026-04-01T06:00:00Z"),
            f"{AZURE}/2111/part.csv": days(1, 2, 3),
            "accounts.csv": ACCOUNTS,
        }
    )
    assert hours(seen) == 2 * 24 * 8


def test_manifests_of_two_exports_both_count(through: Any) -> None:
    seen = through(
        {
            f"{PERIOD}/x/1/manifest.json": manifest("x/1/part.csv"),
            f"{PERIOD}/x/1/part.csv": days(1, 2),
            f"{PERIOD}/y/1/manifest.json": manifest("y/1/part.csv", export="y"),
            f"{PERIOD}/y/1/part.csv": days(3),
            "accounts.csv": ACCOUNTS,
        }
    )
    assert hours(seen) == 3 * 24 * 8


def test_an_aws_manifest_in_a_folder_of_its_own_leaves_a_stale_part_out(through: Any) -> None:
    listed = [f"s3://b/e/data/BILLING_PERIOD=2026-03/x-0000{n}.csv" for n in (1, 2)]
    base = "usage/source=aws/period=2026-03"
    seen = through(
        {
            f"{base}/metadata/BILLING_PERIOD=2026-03/x-Manifest.json": json.dumps(
                {"exportArn": "arn:x", "dataFiles": listed}
            ),
            f"{base}/data/BILLING_PERIOD=2026-03/x-00001.csv": days(1, 2),
            f"{base}/data/BILLING_PERIOD=2026-03/x-00002.csv": days(3, 4),
            f"{base}/data/BILLING_PERIOD=2026-03/x-00003.csv": days(4, 5),
            "accounts.csv": ACCOUNTS,
        }
    )
    assert hours(seen) == 4 * 24 * 8


def test_a_manifest_that_names_files_that_are_not_here_says_so(through: Any) -> None:
    seen = through(
        {
            f"{AZURE}/1/manifest.json": manifest("r/part_0.csv", "r/part_1.csv"),
            f"{AZURE}/1/part_0.csv": days(1),
            "accounts.csv": ACCOUNTS,
        }
    )
    assert hours(seen) == 24 * 8
    assert any("names 1 file that" in s and "not whole" in s for s in seen.warnings)


def test_versions_in_a_plain_folder_are_told(through: Any) -> None:
    """Outside deliveries every path counts, but nothing is added up twice in silence."""
    seen = through(
        {"usage/a.csv": days(1, 2), "usage/b.csv": days(1, 2, 3), "accounts.csv": ACCOUNTS}
    )
    assert hours(seen) == 5 * 24 * 8
    assert any("begin with the same charges" in sentence for sentence in seen.warnings)


@pytest.mark.parametrize(
    "files",
    [
        {"usage.csv": days(1), "usage/1.csv": days(2)},
        {"usage.csv": days(1), "usage.jsonl": "{}\n"},
        {"usage.csv": days(1), "USAGE.csv.gz": days(2)},
    ],
)
def test_a_table_that_is_there_twice_is_refused(through: Any, files: Files) -> None:
    seen = through({**files, "accounts.csv": ACCOUNTS})
    assert seen.error is not None
    assert "is there 2 times" in seen.error


def test_a_name_in_capitals_is_read_and_told(through: Any) -> None:
    seen = through({"USAGE.CSV": days(1), "accounts.csv": ACCOUNTS})
    assert hours(seen) == 24 * 8
    assert any("small letters" in sentence for sentence in seen.warnings)


def test_one_content_under_two_paths_counts_once(through: Any) -> None:
    seen = through({"usage/a.csv": days(1), "usage/copy.csv": days(1), "accounts.csv": ACCOUNTS})
    assert hours(seen) == 24 * 8
    assert seen.counts["usage"]["duplicate"] == 1


def test_a_service_waits_for_a_delivery_of_which_nobody_can_tell_the_newer_run(
    write: Callable[[Files], Path], take_in: Callable[..., Any],
    rolled_up: Callable[[Path, str], Any], tmp_path: Path,
) -> None:  # fmt: skip
    """What stood before stands, and the delivery is looked at again when it is another."""
    state = tmp_path / "state"

    def taken(look: str) -> float:
        done = take_in(inbox, state, reject=True)
        again = take_in(inbox, state, reject=True)
        assert not again.changed, look
        assert bool(done.rejected) is (look == "ambiguous")
        return float(rolled_up(state, "usage")["gpu_amount"].sum() / 3600)

    inbox = write({f"{AZURE}/1111/part.csv": days(1, 2, 3), "accounts.csv": ACCOUNTS})
    first = taken("one run")
    newer = inbox / AZURE / "2111"
    newer.mkdir()
    (newer / "part.csv").write_text(days(2, 3, 4))
    assert taken("ambiguous") == first
    (newer / "part.csv").write_text(days(1, 2, 3, 4))
    assert taken("whole") == first / 3 * 4
    assert not Store(state).manifest().rejected
