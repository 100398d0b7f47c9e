"""Hostile files: bounded memory, no crash, no escape, no secret and no canary in a message."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.errors import DataError, Unreadable
from detector.sources import Logs, read_logs
from detector.sources.discover import discover
from detector.sources.streams import chunks
from detector.sources.text import printable, scrub

Put = Callable[[str, str | bytes], Path]
MEGABYTE = 1 << 20
MEMORY_MB = 512
SECONDS = 120

READER = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
from detector.errors import DataError, Unreadable
from detector.sources import read_logs
try:
    logs = read_logs(sys.argv[1], max_bad=1.0)
    counts = logs.validate()["usage"]
    print("read", counts.read, counts.ok, counts.quarantined, logs.quarantine.estimated_size())
except DataError as error:
    print("refused", str(error))
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def read_apart(folder: Path) -> str:
    """Read a folder in a process of its own and return what it says; memory is asserted."""
    done = subprocess.run(
        [sys.executable, "-c", READER, str(folder)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
        env={**os.environ, "POLARS_MAX_THREADS": "2"},
    )
    said, memory = done.stdout.strip().split("\n")
    assert int(memory) < MEMORY_MB
    return said


def usage_lines(folder: Path) -> tuple[bytes, bytes, bytes]:
    header, first, second = (folder / "usage.csv").read_bytes().splitlines(keepends=True)
    (folder / "usage.csv").unlink()
    return header, first, second


def zeros(megabytes: int) -> Iterator[bytes]:
    for _ in range(megabytes):
        yield bytes(MEGABYTE)


def write_gz(path: Path, *parts: bytes | Iterator[bytes]) -> None:
    with gzip.open(path, "wb", compresslevel=1) as stream:
        for part in parts:
            for chunk in [part] if isinstance(part, bytes) else part:
                stream.write(chunk)


@pytest.mark.long
def test_a_gzip_bomb_without_lines_is_refused(folder: Path) -> None:
    usage_lines(folder)
    write_gz(folder / "usage.csv.gz", zeros(300))
    assert "no header line" in read_apart(folder)


@pytest.mark.long
def test_a_gzip_bomb_of_one_field_is_refused_or_bounded(folder: Path) -> None:
    header, first, second = usage_lines(folder)
    write_gz(folder / "usage.csv.gz", header, first, b'2026-01-01,"', zeros(600), b'",x\n', second)
    said = read_apart(folder)
    assert said.startswith(("refused", "read 3 2 1"))


@pytest.mark.long
def test_a_gzip_bomb_of_many_rows_is_refused(folder: Path) -> None:
    header, first, _ = usage_lines(folder)
    block = first * (4 * MEGABYTE // len(first))
    packed = gzip.compress(block, 9)
    assert len(block) > 250 * len(packed)
    write_gz(folder / "usage.csv.gz", header)
    with (folder / "usage.csv.gz").open("ab") as stream:
        stream.writelines([packed] * 70)
    assert "compression bomb" in read_apart(folder)


PACKED = gzip.compress(b"a,b\n" + b"1,2\n" * 90_000, mtime=0)


@pytest.mark.parametrize(
    "data",
    [
        PACKED[:-1], PACKED[:-9], PACKED[: len(PACKED) // 2], PACKED[:7], b"no gzip",
        PACKED + b"more", PACKED + PACKED[:-9], PACKED[:-5] + b"\0" + PACKED[-4:],
        PACKED[:3] + b"\x08" + PACKED[4:10] + b"n" * (2 << 20),
    ],
    ids=[
        "last byte", "its end", "its half", "its header", "none", "more after it",
        "its second member", "its checksum", "a header without end",
    ],
)  # fmt: skip
def test_gzip_that_is_cut_off_or_damaged_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.csv.gz").write_bytes(data)
    with pytest.raises(Unreadable, match="cut off or damaged: its gzip stream"):
        list(chunks(tmp_path / "a.csv.gz", "a.csv.gz"))


@pytest.mark.parametrize("padding", [b"", bytes(512)], ids=["members", "members and zeros"])
def test_all_members_of_a_gzip_file_are_read(tmp_path: Path, padding: bytes) -> None:
    empty = gzip.compress(b"", mtime=0)
    (tmp_path / "a.csv.gz").write_bytes(PACKED + empty + PACKED + padding)
    assert b"".join(chunks(tmp_path / "a.csv.gz", "a")) == 2 * gzip.decompress(PACKED)


def test_a_zstd_bomb_of_one_line_costs_one_row(folder: Path, usage: pl.DataFrame) -> None:
    (folder / "usage.csv").unlink()
    with pa.CompressedOutputStream(folder / "usage.jsonl.zst", "zstd") as stream:
        stream.write(usage.write_ndjson().encode() + b'{"a": "')
        for chunk in zeros(200):
            stream.write(chunk)
        stream.write(b'"}\n' + usage.write_ndjson().encode())
    assert read_apart(folder).startswith("read 5 4 1")


def write_categories(
    folder: Path, usage: pl.DataFrame, rows: int, groups: int = 1, **other: str
) -> None:
    (folder / "usage.csv").unlink()
    values = {**usage.row(0, named=True), **other}
    columns = {
        name: pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([value]))
        for name, value in values.items()
    }
    table = pa.table(columns)
    with pq.ParquetWriter(folder / "usage.parquet", table.schema, compression="zstd") as writer:
        for _ in range(groups):
            writer.write_table(table, row_group_size=rows)


@pytest.mark.long
def test_a_parquet_bomb_of_rows_is_refused(folder: Path, usage: pl.DataFrame) -> None:
    write_categories(folder, usage, 1_000_000, groups=17)
    assert "compression bomb" in read_apart(folder)


@pytest.mark.long
def test_a_parquet_text_named_by_many_rows_is_bounded(folder: Path, usage: pl.DataFrame) -> None:
    write_categories(folder, usage, 20_000, BillingAccountId="a" * MEGABYTE)
    assert "all 20000 rows of usage are in quarantine" in read_apart(folder)


def test_a_parquet_page_of_one_text_is_refused(folder: Path, usage: pl.DataFrame) -> None:
    (folder / "usage.csv").unlink()
    usage.head(1).with_columns(SkuId=pl.lit("a" * (100 * MEGABYTE))).write_parquet(
        folder / "usage.parquet"
    )
    assert "compression bomb" in read_apart(folder)


def test_an_id_of_a_megabyte_costs_its_row(folder: Path, usage: pl.DataFrame) -> None:
    usage.with_columns(BillingAccountId=pl.Series(["a" * MEGABYTE, "0013"])).write_csv(
        folder / "usage.csv"
    )
    logs = read_logs(folder, max_bad=1.0)
    assert logs.validate()["usage"].quarantined == 1
    assert logs.quarantine["reason"].to_list() == ["is too long"]
    assert len(logs.quarantine["content"][0]) < 3000


def test_a_hundred_thousand_tags_are_bounded(folder: Path, usage: pl.DataFrame) -> None:
    tags = json.dumps({f"tag{i}": str(i) for i in range(100_000)})
    usage.with_columns(Tags=pl.Series([tags, '{"a": "b"}'])).write_csv(folder / "usage.csv")
    logs = read_logs(folder, max_bad=1.0)
    assert logs["usage"].collect()["Tags"].to_list() == [None, '{"a": "b"}']
    assert logs.counts["usage"].unmapped == 1


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_ten_thousand_columns(folder: Path, usage: pl.DataFrame, form: str) -> None:
    wide = usage.with_columns(pl.lit("x").alias(f"x_{i}") for i in range(10_000))
    (folder / "usage.csv").unlink()
    match form:
        case "csv":
            wide.write_csv(folder / "usage.csv")
        case "jsonl":
            wide.write_ndjson(folder / "usage.jsonl")
        case _:
            wide.write_parquet(folder / "usage.parquet")
    assert read_logs(folder)["usage"].collect().height == 2


def test_too_many_columns_are_refused(folder: Path) -> None:
    (folder / "usage.csv").write_text(",".join(f"c{i}" for i in range(20_001)) + "\n")
    with pytest.raises(DataError, match="20001 columns"):
        read_logs(folder).validate()


ODD = [
    b"\xff\xfe\xfd", b"\xed\xa0\x80", b"a\x00b", b"\xc3", "\u202eevil".encode(),
    "ＡＤＭＩＮ аdmin".encode(), b"\x1b[31mred", b"\x02", b"=1+1", b"'; DROP", b"\xf4\x90\x80\x80",
]  # fmt: skip


@pytest.mark.parametrize("value", ODD)
def test_odd_bytes_cost_at_most_their_row(put: Put, folder: Path, value: bytes) -> None:
    header, first, second = usage_lines(folder)
    put("usage.csv", header + first.replace(b"Compute", value) + second)
    logs = read_logs(folder, max_bad=1.0)
    counts = logs.validate()["usage"]
    assert counts.read == 2
    assert counts.ok + counts.quarantined == 2
    assert logs["usage"].collect()["BillingAccountId"][-1] == "0013"
    assert "\x1b" not in logs.quarantine.write_csv()


@pytest.mark.parametrize("value", ['"\\ud800"', '"\\u0000"', '"\\udfff\\ud800"', "1e999", "-0"])
def test_odd_json_costs_at_most_its_row(
    put: Put, folder: Path, usage: pl.DataFrame, value: str
) -> None:
    (folder / "usage.csv").unlink()
    first, second = usage.write_ndjson().splitlines()
    broken = "{"  # makes the reader go line by line as well
    for lines in ([first, second], [first, broken, second]):
        text = "\n".join(lines).replace('"Compute"', value, 1)
        put("usage.jsonl", text)
        logs = read_logs(folder, max_bad=1.0)
        logs.validate()
        assert logs["usage"].collect()["BillingAccountId"][-1] == "0013"


@pytest.mark.parametrize("deep", [100, 100_000])
def test_deeply_nested_json(put: Put, folder: Path, usage: pl.DataFrame, deep: int) -> None:
    (folder / "usage.csv").unlink()
    nested = '{"Tags": ' + "[" * deep + "]" * deep + "}"
    put("usage.jsonl", usage.write_ndjson() + nested + "\n")
    logs = read_logs(folder, max_bad=1.0)
    assert logs.validate()["usage"].quarantined == 1
    (folder / "usage.jsonl").rename(folder / "events.jsonl")
    usage.write_csv(folder / "usage.csv")
    with pytest.raises(DataError, match=r"events\.jsonl is not a table of events"):
        read_logs(folder).validate()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_byte_order_marks(put: Put, folder: Path, encoding: str) -> None:
    text = (folder / "usage.csv").read_text().replace("Compute", "Größe")
    put("usage.csv", text.encode(encoding))
    usage = read_logs(folder)["usage"].collect()
    assert usage["ServiceName"].to_list() == ["Größe", "Größe"]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_and_line_ends(put: Put, folder: Path, separator: str) -> None:
    text = (folder / "usage.csv").read_text().replace(",", separator).replace("\n", "\r\n")
    put("usage.csv", text)
    assert read_logs(folder)["usage"].collect()["SkuId"][1] == "m7i.large"


def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / "usage.csv").rename(outside / "a.csv")
    (folder / "usage").mkdir()
    (folder / "usage" / "x.csv").symlink_to(outside / "a.csv")
    (folder / "usage" / "sub").symlink_to(outside)
    (folder / "events").symlink_to(outside)
    with pytest.raises(DataError, match="required table usage missing"):
        discover(folder)


def test_special_files_are_not_opened(folder: Path) -> None:
    (folder / "usage.csv").rename(folder / "a.csv")
    (folder / "usage").mkdir()
    (folder / "a.csv").rename(folder / "usage" / "a.csv")
    os.mkfifo(folder / "usage" / "b.csv")
    logs = read_logs(folder)
    assert logs.validate()["usage"].ok == 2
    assert any("not a regular file" in warning for warning in logs.warnings)


NAMES = [
    "a..%2f..%2fetc.csv", "a\nb.csv", "\x1b[2J.csv", "<script>.csv", "'; rm -rf.csv", "*.csv",
    "$(id).csv", "source=..", "\u202ea.csv",
]  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("name", NAMES)
def test_odd_file_names(folder: Path, usage: pl.DataFrame, name: str, form: str) -> None:
    (folder / "usage.csv").unlink()
    target = folder / "usage" / f"{name.removesuffix('.csv')}.{form}"
    target.parent.mkdir()
    bad = usage.with_columns(ConsumedQuantity=pl.Series(["x", "1"]))
    bad.write_csv(folder / "x") if form == "csv" else bad.write_parquet(folder / "x")
    (folder / "x").rename(target)
    (folder / "usage" / "z.csv").write_text(usage.write_csv())
    logs = read_logs(folder, max_bad=1.0)
    assert logs.validate()["usage"].ok == 3
    shown = logs.quarantine["file"][0] + " ".join(logs.warnings)
    assert not set(shown) & {"\x1b", "\n", "\u202e"}


def test_a_file_name_that_is_not_utf8_is_skipped_with_a_word(folder: Path) -> None:
    (folder / "usage").mkdir()
    (folder / "usage.csv").rename(folder / "usage" / "a.csv")
    name = b"\xff\xfe.csv".decode("utf-8", "surrogateescape")
    (folder / "usage" / name).write_text("x")
    logs = read_logs(folder)
    assert logs.validate()["usage"].ok == 2
    assert any("not UTF-8" in warning for warning in logs.warnings)


SECRETS = [
    "AKIAIOSFODNN7EXAMPLE",
    "ASIAIOSFODNN7EXAMPLE",
    "sk-proj-abcdefghijklmnop1234",
    "sk-ant-api03-abcdefghijklmnop",
    "Bearer abcdef123456.ghijkl",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghij",
    "password=hunter2hunter2",
    "-----BEGIN RSA PRIVATE KEY-----MIIEabc-----END RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----MIIEabcdef",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_are_cut_out(folder: Path, usage: pl.DataFrame, secret: str) -> None:
    marks = [part for part in secret.split("=", 1)[-1].split("-----") if len(part) > 6]
    kept = marks[-1].split(" ")[-1] if "KEY" not in marks[-1] else "MIIEabc"
    assert kept not in scrub(f"before {secret} after")
    assert kept not in printable(f'{{"a": "{secret}"}}')
    usage.with_columns(
        ConsumedQuantity=pl.lit("x"), ChargeDescription=pl.lit(f"run {secret}")
    ).write_csv(folder / "usage.csv")
    logs = read_logs(folder, max_bad=1.0)
    with pytest.raises(DataError) as caught:
        _ = logs.as_of
    assert kept not in str(caught.value) + logs.quarantine.write_csv()
    assert "removed" in logs.quarantine["content"][0]


def test_a_secret_in_a_column_name_or_a_broken_line_is_cut_out(put: Put, folder: Path) -> None:
    put("usage.csv", f"a,{SECRETS[0]}\n1,2\n")
    with pytest.raises(DataError) as caught:
        read_logs(folder).validate()
    assert SECRETS[0] not in str(caught.value)


def test_canaries_never_reach_a_message(folder: Path, usage: pl.DataFrame) -> None:
    canary = "CANARY-7f3a"
    spoilt = usage.with_columns(
        [pl.lit(canary).alias(c) for c in ("ConsumedQuantity", "ChargePeriodEnd", "EffectiveCost")]
    )
    spoilt.write_csv(folder / "usage.csv")

    def said(logs: Logs) -> str:
        with pytest.raises(DataError) as caught:
            logs.validate()
        chain, error = [], caught.value
        while error is not None:
            chain.append(str(error))
            error = error.__cause__ or error.__context__  # type: ignore[assignment]
        return " ".join(chain)

    assert canary not in said(read_logs(folder))
    assert canary not in said(read_logs(folder, max_bad=1.0))
    with (folder / "usage.csv").open("a") as file:
        file.write(f'"{canary}\n')
    assert canary not in said(read_logs(folder))
