"""Notices, reports and indicators of worlds: lane E says of each what its truth says."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from detector.pipeline.law import known_alone
from detector.pipeline.run import Asked
from detector.policy.evidence import lane_e
from detector.simulate.leads.judging import judged
from detector.sources import read_logs

ROOT = Path(__file__).resolve().parents[2]
SAMPLE, TRUTHS = ROOT / "sample_logs", ROOT / "tests" / "data" / "sample_logs"
PUBLIC = {
    "C1 one budget for chips": "strong", "C2 did not proceed": "disposed",
    "C3 no supplier named": "unattached", "C4 tokens, listed buyer": "strong",
    "C5 servers, listed parent": "strong", "C8 declared reseller": "weak",
}  # fmt: skip
INNOCENT = {
    "declared reseller", "distributor without chips", "uses it since years", "homonym elsewhere",
    "homonym, other form", "furniture and switches", "cancelled", "did not proceed",
    "other supplier", "corrected supplier", "amount by accident", "amount alone", "after as-of",
    "several suppliers",
}  # fmt: skip
WORLDS = [
    pytest.param(("public_cases", 1500, 45, 21), marks=pytest.mark.long, id="1500"),
    pytest.param(("standard", 1500, 30, 23), marks=pytest.mark.long, id="standard"),
    pytest.param(("clean", 1000, 30, 24), marks=pytest.mark.long, id="clean"),
]


class Asking:
    """Lane E alone on a folder, and what it should have said."""

    def __init__(self, folder: Path, truths: str) -> None:
        self.found = lane_e(known_alone(read_logs(folder), None, Asked()))
        self.truth = pl.read_parquet(f"{truths}.leads_truth.parquet")
        self.policy = pl.read_parquet(f"{truths}.policy_truth.parquet")
        who = pl.read_parquet(f"{truths}.truth.parquet")
        self.judged = judged(self.found.leads, self.found.rows, self.truth, who)

    def missed(self) -> list[tuple[str, str, str]]:
        wrong = self.judged.cases.filter(~pl.col("right"))
        return list(wrong.select("shape", "row", "said").iter_rows())


@pytest.fixture(scope="module")
def sample():
    return Asking(SAMPLE, str(TRUTHS))


def test_every_public_case_of_the_sample_is_what_its_table_says(sample):
    cases = sample.judged.cases.filter(pl.col("kind") == "public case")
    assert dict(cases.select("shape", "said").iter_rows()) == PUBLIC
    assert cases["right"].all()
    # The Chinese and the English notice of C1 are one lead.
    mine = sample.found.leads.filter(pl.col("buyer") == "Quillmere University")
    assert mine["strength"].to_list() == ["strong"]
    agreed = [part["code"] for part in mine["parts"][0] if part["seen"] == "yes"]
    assert {"N", "K", "T", "A"} <= set(agreed)


def test_buyers_of_the_sample_that_a_list_has_are_asked_about(sample):
    buyers = dict(sample.found.leads.select("buyer", "buyer_outcome").iter_rows())
    assert buyers["Fennimore Polytechnic"] == "inquire"
    assert buyers["Tallis Institute of Advanced Study"] == "inquire"
    assert buyers["Quillmere University"] == "not found"


def test_lane_e_says_of_the_sample_what_its_truth_says(sample):
    assert sample.missed() == []
    assert sample.judged.wrong.is_empty()
    assert set(sample.truth["shape"]) >= INNOCENT | set(PUBLIC)


def test_the_loud_partner_of_the_sample_is_shown_and_the_busy_representative_is_not(sample):
    told = sample.policy.filter(pl.col("rule") == "CHANNEL")
    parties = dict(told.select("shape", "party").iter_rows())
    gathers = {row.id for row in sample.found.evidence.channel if row.gathers}
    assert parties["nine exceptions of ten customers"] in gathers
    assert parties["busy, at the median rate"] not in gathers


def test_the_leads_in_the_readme_are_those_of_the_truth(sample):
    text = (SAMPLE / "README.md").read_text().partition("## Notices")[2]
    table = re.findall(r"^\| (\d{12}|none) \| ([^|]+) \| [^|]+ \| (\w+) \|$", text, re.M)
    rows = sample.judged.cases.select(pl.col("account_id").fill_null("none"), "row", "said")
    assert len(table) == 16
    assert set(table) <= set(rows.iter_rows())


@pytest.mark.parametrize("world", WORLDS)
def test_lane_e_accuses_no_innocent_of_a_world(make_world, world):
    made = make_world(*world)
    asked = Asking(made.folder, str(made.folder))
    assert asked.missed() == []
    assert asked.judged.wrongs("strong") == 0
    assert asked.judged.wrongs("medium") <= 1


@pytest.mark.long
def test_notices_are_hung_on_accounts_of_the_right_role(make_world):
    made = make_world("public_cases", 1500, 45, 21)
    truth = pl.read_parquet(f"{made.folder}.leads_truth.parquet").drop_nulls("account_id")
    roles = truth.join(made.truth, on="account_id", how="left")
    assert set(roles.filter(pl.col("published_at").is_not_null(), pl.col("kind") == "innocent")
               ["role"]) == {"benign"}  # fmt: skip
    assert set(roles.filter(pl.col("kind") == "trade of a ring")["role"]) == {"proxy"}


@pytest.mark.long
def test_an_earlier_as_of_knows_none_of_what_was_published_later(make_world):
    made = make_world("public_cases", 1500, 45, 21)
    logs = read_logs(made.folder)
    early = logs.as_of.replace(day=20, month=3)
    found = lane_e(known_alone(read_logs(made.folder, early), early, Asked()))
    assert found.leads["published_at"].max() < early
    whole = lane_e(known_alone(logs, None, Asked())).leads
    assert whole.filter(pl.col("published_at") >= early).height > 3
    assert json.dumps(found.leads["notice"].to_list()) != json.dumps(whole["notice"].to_list())
