"""What lane L reads of a world: it moves nothing else, and its cases are what their truth says."""

import datetime
import json

import polars as pl
import pytest

from detector import score_logs
from detector.policy.lists import read_lists
from detector.policy.names.screen import screen
from detector.policy.ownership import restricted
from detector.policy.packs.book import load_packs
from detector.policy.packs.products import sold
from detector.sources import read_logs
from features import build_features
from tests.examples import first
from tests.simulate import digests

# What is asked here is what lanes say, and of lane B whether it moves.
pytestmark = pytest.mark.usefixtures("few_trees")

# What lanes L and E may set; all else is lane B's.
OWN = ("queue", "queue_reason", "lane_l", "lane_e")

KEPT = json.loads(digests.KEPT.read_text())
START = datetime.date(2026, 3, 2)
NEW_TABLES = (
    "entity_owners", "partners", "partner_customers", "exceptions", "abuse_reports", "indicators",
)  # fmt: skip
SHAPES = {
    "list match", "unverified list", "Chinese alias", "listed parent", "homonym elsewhere",
    "namesake of a person", "expired entry", "generic word", "two halves of a listed party",
    "listed owner in a band", "listed owner below the half, open band",
    "listed owner with unknown share", "listed minority", "half of a blocked party's company",
    "loop with a blocked minority", "owned from an unsupported place",
    "owned through a company of a supported place", "owned to exactly half", "owned by a person",
    "owned from a supported place", "place not served", "served place", "headquarters elsewhere",
    "parent's headquarters elsewhere", "listed end customer", "nine exceptions of ten customers",
    "busy, at the median rate",
}  # fmt: skip
LEAST = ("standard", 250, 21, 5)
SMALL = [
    LEAST,
    pytest.param(("no_access", 400, 30, 9), marks=pytest.mark.long),
    pytest.param(("clean", 250, 21, 5), marks=pytest.mark.long),
]


@pytest.fixture
def large(make_world):
    return make_world("standard", accounts=1500, days=14, seed=5)


@pytest.mark.parametrize(
    "world",
    first([*digests.WORLDS[:-1], pytest.param(digests.SAMPLE, marks=pytest.mark.long)]),
    ids=str,
)
def test_what_was_in_a_world_before_is_in_it_still(make_world, world):
    assert digests.digests(make_world(*world).folder) == KEPT["-".join(map(str, world))]


@pytest.fixture
def stripped(tmp_path):
    """Return a function that gives a world without what came for lanes L and E."""

    def strip(made):
        for table in digests.TABLES:
            digests.before(table, made[table]).write_parquet(tmp_path / f"{table}.parquet")
        logs = read_logs(tmp_path)
        assert not {"entity_owners", "abuse_reports", "indicators"} & set(logs)
        return logs

    return strip


@pytest.mark.long
@pytest.mark.parametrize("world", SMALL, ids=str)
def test_no_feature_sees_what_came_for_other_lanes(make_world, stripped, world):
    made = make_world(*world)
    with_lane, without = read_logs(made.folder), stripped(made)
    assert "entity_owners" in with_lane
    seen, plain = (build_features(dict(logs), logs.as_of) for logs in (with_lane, without))
    assert seen.equals(plain)


@pytest.mark.long
@pytest.mark.parametrize(
    "world", [LEAST, pytest.param(digests.SAMPLE, marks=pytest.mark.long)], ids=str
)
def test_scores_of_lane_b_are_the_same_bits_without_what_came_for_other_lanes(
    make_world, stripped, world
):
    made = make_world(*world)
    with_lane, without = score_logs(read_logs(made.folder)), score_logs(stripped(made))
    lane_b = [name for name in without.scores.columns if name not in OWN]
    assert with_lane.scores.select(lane_b).equals(without.scores.select(lane_b))
    assert not with_lane.policy.is_empty()
    assert not with_lane.leads.filter(pl.col("strength") == "weak").is_empty()


def test_every_shape_is_planted_where_there_are_accounts_enough(large):
    assert set(large.cases["shape"]) >= SHAPES


def test_a_clean_world_has_no_party_that_a_list_or_an_owner_condemns(make_world):
    cases = make_world("clean", 600).cases.filter(pl.col("rule").ne("EAR-HQ"))
    accused = cases.filter(pl.col("account_id").is_not_null() & (pl.col("outcome") != "clear"))
    assert accused.is_empty()
    assert {"owned by a person", "expired entry"} <= set(cases["shape"])


def test_cases_are_hung_on_innocents(large):
    planted = large.cases.filter(pl.col("shape") != "seated there by chance")
    roles = planted.drop_nulls("account_id").join(large.truth, on="account_id", how="left")
    assert set(roles["role_right"]) == {"benign"}
    assert planted["account_id"].drop_nulls().is_unique().all()


def test_the_list_is_read_whole_and_dated_before_the_end(large):
    lists = read_lists(large.folder / "lists")
    assert lists.refused == ()
    assert lists.quarantine.is_empty()
    assert lists.entries["mapped"].all()
    codes = {
        "EL",
        "MEU",
        "UVL",
        "DPL",
        "SDN",
        "SSI",
        "FSE",
        "PLC",
        "CAP",
        "MBS",
        "CMIC",
        "ISN",
        "DTC",
    }
    assert set(lists.entries["source"]) == codes
    assert [file.day for file in lists.files] == [START + datetime.timedelta(days=10)]
    assert "person" in set(lists.entries["kind"])
    assert (lists.entries["until"] < START).any()
    assert 200 < len(lists.entries) < 1000


def _rows(logs, table):
    return pl.concat(list(logs.parts(table)))


def _parties(logs):
    accounts, owners = _rows(logs, "accounts"), _rows(logs, "account_owners")
    customers = _rows(logs, "partner_customers").filter(pl.col("account_id").is_not_null())
    parts = [
        (accounts, "holder", "org_name", "declared_country"),
        (accounts, "local name", "local_name", "declared_country"),
        (accounts, "parent", "ultimate_parent_name", "ultimate_parent_hq_country"),
        (owners, "owner", "owner_name", "owner_country"),
        (customers, "end customer", "end_customer_name", "country"),
    ]
    return pl.concat(
        frame.select(
            "account_id", party_id="account_id", role=pl.lit(role), name=pl.col(name),
            country=pl.col(country).cast(pl.String), address=pl.lit(None, dtype=pl.String),
        ).drop_nulls("name")
        for frame, role, name, country in parts
    )  # fmt: skip


@pytest.fixture(scope="module")
def screened(make_world):
    world = make_world("standard", accounts=1500, days=14, seed=5)
    logs = read_logs(world.folder)
    entries = read_lists(world.folder / "lists").entries
    parties = _parties(logs).drop("account_id").unique(maintain_order=True)
    return world, screen(parties, entries, as_of=logs.as_of.date())


def test_screening_finds_the_planted_parties_under_their_list(screened):
    world, hits = screened
    cases = world.cases.filter(pl.col("rule").str.starts_with("CSL-"))
    found = hits.select(
        pl.col("party_id").alias("account_id"), "role", "band", "country_agrees", "kind",
        rule="CSL-" + pl.col("source"),
    )  # fmt: skip
    meant = cases.filter(pl.col("outcome") != "clear")
    both = meant.join(found, on=["account_id", "role", "rule"], how="left")
    assert set(both["band"]) == {"same"}
    met = both.filter(pl.col("outcome") == "match")
    assert met["country_agrees"].all()
    assert not (met["kind"] == "person").any()
    elsewhere = both.filter(pl.col("shape") == "homonym elsewhere")
    assert not elsewhere["country_agrees"].any()
    assert set(both.filter(pl.col("queues").eq(other=False))["kind"]) == {"person"}


def test_nobody_else_has_the_name_of_a_listed_organisation(screened):
    world, hits = screened
    meant = world.cases.filter(pl.col("outcome") != "clear")["account_id"].drop_nulls()
    others = hits.filter(~pl.col("party_id").is_in(meant.implode()) & (pl.col("kind") != "person"))
    # Invented words may be a slip of the pen apart.
    assert set(others["band"]) <= {"possible"}
    assert len(others) <= 3


def _held(world, listed, strict):
    rows = _rows(read_logs(world.folder), "entity_owners").select(
        "share_min", "share_max", "share_min_open", "share_max_open",
        owned="owned_name", owner="owner_name",
    )  # fmt: skip
    return restricted(rows, listed, strict=strict)


def _named(world, cases):
    return cases.join(world["accounts"].select("account_id", "org_name"), on="account_id")


@pytest.mark.parametrize(
    ("rule", "sources"), [("EAR-50", ("EL", "MEU")), ("OFAC-50", ("SDN",))], ids=["EAR", "OFAC"]
)
def test_owners_on_lists_restrict_the_planted_holders_alone(large, rule, sources):
    entries = read_lists(large.folder / "lists").entries
    listed = entries.filter(pl.col("source").is_in(sources))["name"].to_list()
    found = _held(large, listed, strict=False)
    cases = _named(large, large.cases.filter(pl.col("rule") == rule))
    met = set(cases.filter(pl.col("condition") == "met")["org_name"])
    holders = set(large["accounts"]["org_name"]) - set(listed)
    assert met
    assert found.lower & holders == met
    possible = set(cases.filter(pl.col("shape") == "listed owner in a band")["org_name"])
    unknown = set(cases.filter(pl.col("condition") == "unknown")["org_name"])
    assert found.upper & holders == met | possible | unknown


def test_companies_seated_elsewhere_own_more_than_half_of_the_subsidiaries_alone(large):
    packs = load_packs()
    owners = large["entity_owners"]
    seats = owners.filter(pl.col("owner_kind") == "entity").drop_nulls("owner_hq_country")
    places = packs["anthropic-regions"]
    outside = [
        name for name, seat in seats.select("owner_name", "owner_hq_country").iter_rows()
        if not places.supported(seat, datetime.date(2026, 3, 14)).inside
    ]  # fmt: skip
    cases = _named(large, large.cases.filter(pl.col("rule") == "ANT-OWNERSHIP"))
    over = _held(large, outside, strict=True).lower
    assert (
        set(cases.filter(pl.col("outcome") == "match")["org_name"]) == set(cases["org_name"]) & over
    )
    half = cases.filter(pl.col("shape") == "owned to exactly half")["org_name"].to_list()
    assert set(half) <= _held(large, outside, strict=False).lower


def test_models_are_sold_as_a_family_where_terms_are_the_case(large):
    namings = load_packs()["model-products"].namings
    used = large["model_usage"].select("account_id", "model_id").unique()
    sellers = {
        (account, found.seller, found.family)
        for account, model in used.iter_rows()
        if (found := sold(model, namings))
    }
    about = large.cases.filter(pl.col("rule").str.contains("^(ANT|OAI|BEDROCK)"))
    assert {account for account, *_ in sellers} == set(about["account_id"])
    direct = {"ANT-REGION": ("anthropic", "claude"), "OAI-REGION": ("openai", "gpt"),
              "BEDROCK-CLAUDE": ("bedrock", "claude")}  # fmt: skip
    for account, rule in about.select("account_id", "rule").iter_rows():
        if rule in direct:
            assert (account, *direct[rule]) in sellers
        else:
            assert "claude" in {family for who, _, family in sellers if who == account}


@pytest.mark.long
def test_everybody_whom_the_rule_on_headquarters_means_is_in_the_truth(large):
    groups = ("CN", "HK", "MO")
    seated = large["accounts"].filter(
        pl.col("hq_country").is_in(groups) | pl.col("ultimate_parent_hq_country").is_in(groups)
    )
    logs = read_logs(large.folder)
    hours = build_features(dict(logs), logs.as_of).select("account_id", "controlled_gpu_hours")
    users = hours.filter(pl.col("controlled_gpu_hours") > 0)
    both = seated.join(users, on="account_id").filter(pl.col("closed_at").is_null())
    assert set(large.cases.filter(pl.col("rule") == "EAR-HQ")["account_id"]) == set(
        both["account_id"]
    )


def test_innocents_have_headquarters_everywhere_and_much_is_missing(large):
    accounts = large["accounts"]
    asked = accounts.filter(pl.col("customer_class").is_in(["business", "enterprise"]))
    assert 0.2 < asked["hq_country"].null_count() / len(asked) < 0.4
    assert asked["hq_country"].n_unique() > 20
    others = accounts.filter(~pl.col("customer_class").is_in(["business", "enterprise"]))
    planted = large.cases["account_id"].drop_nulls().implode()
    told = others.filter(pl.col("hq_country").is_not_null())
    assert told["account_id"].is_in(planted).all()


def test_one_partner_stands_out_and_the_busy_representative_does_not(large):
    book = large["partner_customers"].group_by("partner_id").len("customers")
    granted = large["exceptions"].group_by("partner_id").len("exceptions")
    rates = large["partners"].join(book, on="partner_id").join(granted, on="partner_id", how="left")
    rates = rates.with_columns(pl.col("exceptions").fill_null(0))
    rate = rates.with_columns(rate=pl.col("exceptions") / pl.col("customers"))
    loud = large.cases.filter(pl.col("shape") == "nine exceptions of ten customers")["party"].item()
    assert rate.filter(pl.col("partner_id") == loud).select("customers", "exceptions").row(0) == (
        10,
        9,
    )
    assert rate.filter(pl.col("partner_id") != loud)["rate"].max() < 0.25
    assert 0.05 < rate["rate"].median() < 0.15
    busy = large.cases.filter(pl.col("shape") == "busy, at the median rate")["party"].item()
    reps = rates.group_by("rep_id").agg(pl.col("customers").sum(), pl.col("exceptions").sum())
    most = reps.sort("customers").row(-1, named=True)
    assert most["rep_id"] == busy
    assert 0.05 < most["exceptions"] / most["customers"] < 0.15


@pytest.mark.parametrize("world", SMALL, ids=str)
def test_new_tables_are_read_without_a_row_in_quarantine(make_world, world):
    logs = read_logs(make_world(*world).folder)
    assert all(len(_rows(logs, table)) for table in NEW_TABLES)
    assert [t for t in NEW_TABLES if logs.counts[t].quarantined] == []


_WORDS = ("clear", "unknown", "inquire", "match")


def _said(folder):
    """The strongest word of lane L on each account and rule."""
    results = score_logs(read_logs(folder))
    strength = pl.col("outcome").cast(pl.String).replace_strict(_WORDS, range(4))
    # From where somebody calls is a row of its own, and no part of these cases.
    rows = results.policy.filter(pl.col("role") != "place of use")
    said = rows.with_columns(strength=strength).sort("strength", descending=True)
    first = said.unique(["account_id", "rule"], keep="first", maintain_order=True)
    return results, first.select("account_id", "rule", said="outcome", queued="queues")


@pytest.mark.parametrize(
    "world",
    [
        ("standard", 250, 21, 5),
        pytest.param(("standard", 1500, 21, 11), marks=pytest.mark.long),
        pytest.param(("aged", 1000, 30, 12), marks=pytest.mark.long),
        pytest.param(("clean", 1000, 30, 13), marks=pytest.mark.long),
    ],
    ids=str,
)
def test_lane_l_says_of_each_case_what_its_truth_says(make_world, world):
    made = make_world(*world)
    cases = made.cases.drop_nulls("account_id")
    results, said = _said(made.folder)
    both = cases.join(said, on=["account_id", "rule"], how="left")
    # What a list clears has no row.
    assert both["said"].cast(pl.String).fill_null("clear").to_list() == both["outcome"].to_list()
    told = both.drop_nulls("queues")
    assert told["queued"].fill_null(value=False).to_list() == told["queues"].to_list()
    matched = set(results.policy.filter(pl.col("outcome") == "match")["account_id"])
    assert matched == set(cases.filter(pl.col("outcome") == "match")["account_id"])
