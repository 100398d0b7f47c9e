"""sample_logs/ is what its README says: reproducible, small, and about nobody."""

import csv
import hashlib
import json
import re
from pathlib import Path

import polars as pl
import pytest

from tools import worlds_real, worlds_sample

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample_logs"
SCREENING = ROOT.parent / "shared" / "data" / "screening"
# Names of publicly reported cases, as SHA-256 of their lower-case letters and digits, so that
# this file does not spell them out either.
REPORTED = Path(__file__).parent / "reported_names.json"


def _plain(text: str) -> str:
    return re.sub(r"[^\w]", "", text.casefold())


def _texts() -> set[str]:
    accounts = pl.read_csv(SAMPLE / "accounts.csv", infer_schema=False)
    tenders = pl.read_ndjson(SAMPLE / "tenders.ndjson")
    truth = pl.read_parquet(ROOT / "tests" / "data" / "sample_logs.truth.parquet")
    listed = pl.read_csv(SAMPLE / "lists" / "consolidated.csv", infer_schema=False)
    owned = pl.read_csv(SAMPLE / "entity_owners.csv.zst", infer_schema=False)
    sold = pl.read_ndjson(SAMPLE / "partner_customers.jsonl.gz", infer_schema_length=None)
    columns = [
        *(accounts[name] for name in ("org_name", "org_address", "email_domain", "declared_use")),
        *(accounts[name] for name in ("ultimate_parent_name", "local_name")),
        *(listed[name] for name in ("name", "addresses")),
        listed["alt_names"].drop_nulls().str.split("; ").explode(),
        *(owned[name] for name in ("owned_name", "owner_name")),
        *(sold[name] for name in ("end_customer_name", "stated_use")),
        pl.read_csv(SAMPLE / "partners.csv", infer_schema=False)["name"],
        *(tenders[name] for name in ("buyer_name", "supplier_name", "title", "text")),
        *(truth[name] for name in ("typology", "ring_id", "archetype")),
    ]
    return {text for column in columns for text in column.drop_nulls().to_list()}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "sample_logs"
    worlds_sample.make(folder)
    return folder


@pytest.mark.long
def test_the_command_in_the_readme_makes_the_same_bytes(fresh):
    files = sorted(path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file())
    assert files
    for file in files:
        assert (fresh / file).read_bytes() == (SAMPLE / file).read_bytes(), file
    for name in ("truth", "policy_truth", "leads_truth", "books"):
        kept = ROOT / "tests" / "data" / f"sample_logs.{name}.parquet"
        assert Path(f"{fresh}.{name}.parquet").read_bytes() == kept.read_bytes()


def test_no_table_is_in_the_folder_that_the_command_does_not_make(fresh):
    made = {path.name for path in fresh.iterdir()}
    assert {path.name for path in SAMPLE.iterdir()} - made == {"README.md", "real"}


def test_the_sample_stays_under_five_megabytes():
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 5_000_000


def test_third_party_usage_is_unaltered():
    digest = hashlib.sha256((SAMPLE / "real" / "focus" / "usage.csv").read_bytes()).hexdigest()
    assert digest == "e91e5ac7edf01ed2c9d926f37ef7dc1ae2aae97956fea8da6c9ee488b1c2839e"


def test_accounts_beside_the_third_party_file_are_made_by_the_script():
    folder = SAMPLE / "real" / "focus"
    made = worlds_real.accounts_of(folder / "usage.csv").write_csv()
    assert made == (folder / "accounts.csv").read_text()


def test_no_name_of_a_reported_case_occurs():
    known = json.loads(REPORTED.read_text())
    hashes = set(known["sha256"])
    for text in sorted(_texts()):
        plain = _plain(text)
        for size in known["lengths"]:
            for start in range(len(plain) - size + 1):
                piece = plain[start : start + size].encode()
                assert hashlib.sha256(piece).hexdigest() not in hashes, text


def _screened() -> set[str]:
    listed = pl.read_csv(SCREENING / "csl_extract.csv", infer_schema=False)
    names = listed["name"].drop_nulls().to_list()
    with (SCREENING / "ofac_sdn.csv").open(newline="", encoding="utf-8") as rows:
        names += [row[1] for row in csv.reader(rows) if len(row) > 1]
    for cell in listed["alt_names"].drop_nulls():
        names += cell.split(";")
    for name in pl.read_csv(SCREENING / "nomenklatura_name_bench_cases.csv",
                            infer_schema=False).iter_rows():  # fmt: skip
        names += [cell for cell in name if cell and " " in cell]
    return {_plain(name) for name in names if len(_plain(name)) >= 8}


@pytest.mark.skipif(
    not SCREENING.is_dir(), reason="the screening lists are not at ../shared/data/screening"
)
def test_no_name_of_a_screening_list_occurs():
    screened = _screened()
    assert len(screened) > 5000
    whole = {_plain(text) for text in _texts()}
    assert not whole & screened
    everything = " ".join(sorted(whole))
    assert not [name for name in screened if len(name) >= 12 and name in everything]


def test_the_policy_cases_in_the_readme_are_those_of_the_truth():
    table = re.findall(
        r"^\| (\d{12}) \| [^|]+ \| ([\w-]+) \| (\w+) \|$", (SAMPLE / "README.md").read_text(), re.M
    )
    truth = pl.read_parquet(ROOT / "tests" / "data" / "sample_logs.policy_truth.parquet")
    assert len(table) == 15
    assert set(table) <= set(truth.select("account_id", "rule", "outcome").iter_rows())
