"""What ships: every pack of the design, every fact with source, date and status."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import detector.policy.packs
from detector.errors import PackError
from detector.policy.packs import NOT_YET, STATES, Pack, Packs
from detector.policy.packs.calendar import boundaries
from detector.policy.packs.products import covers, sold
from detector.policy.packs.reading import read_file, read_pack

SHIPPED = sorted(Path(detector.policy.packs.__path__[0]).glob("*.toml"))
WANTED = {
    "us-csl", "us-ear-affiliates", "us-ofac-50", "us-ear-hq", "us-ear-3a090", "us-ear-redflags",
    "us-country-groups", "anthropic-regions", "anthropic-ownership", "openai-regions",
    "azure-openai", "bedrock", "vertex", "proposals", "order-template", "model-products",
}  # fmt: skip
SECOND = timedelta(seconds=1)


def midnight(day: date, pack: Pack) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=pack.zone).astimezone(UTC)


def test_every_pack_of_the_design_ships_under_the_name_of_its_file(packs: Packs) -> None:
    assert set(packs.by_id) == WANTED == {file.stem for file in SHIPPED}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_fact_has_source_status_and_the_day_it_was_read(file: Path) -> None:
    pack = read_file(file, shipped=True)
    facts = pack.facts()
    assert facts or pack.id == "order-template"
    for words, fact in facts:
        assert len(fact.source) > 10, words
        assert fact.status in {"verified", "unverified"}, words
        assert fact.checked is not None, words
        assert fact.checked <= date(2026, 11, 28), words
        assert fact.status == "unverified" or "memory" not in fact.source, words


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
@pytest.mark.parametrize("key", ["source", "status"])
def test_a_shipped_fact_that_loses_its_source_or_status_is_refused(file: Path, key: str) -> None:
    text = file.read_text()
    lines = text.splitlines(keepends=True)
    places = [n for n, line in enumerate(lines) if line.startswith(f"{key} = ")]
    for place in places:
        cut = "".join(line for n, line in enumerate(lines) if n != place)
        with pytest.raises(PackError, match=rf"toml:\d+: .*{key}"):
            read_pack(cut.encode(), str(file), shipped=True)
    assert places or file.stem == "order-template"


def test_a_shipped_fact_without_any_date_of_reading_is_refused() -> None:
    text = next(f for f in SHIPPED if f.stem == "us-ofac-50").read_text()
    bare = text.replace("checked = 2026-11-28\n", "").replace('"2026-11-28"', '"first"')
    with pytest.raises(PackError, match="the day on which the source was read is missing"):
        read_pack(bare.encode(), "x.toml", shipped=True)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_second_on_either_side_of_each_boundary_is_another_interval(file: Path) -> None:
    pack = read_file(file, shipped=True)
    for rule in pack.rules:
        intervals = pack.intervals[rule.id]
        for day in boundaries(intervals):
            begins = midnight(day, pack)
            before = pack.state(begins - SECOND, rule.id)
            for after in (pack.state(begins, rule.id), pack.state(begins + SECOND, rule.id)):
                assert after == pack.state(day, rule.id)
                assert after.since == day
            assert before.since != day
            assert before == pack.state(day - timedelta(days=1), rule.id)
        if intervals:
            first = midnight(intervals[0].start, pack)
            assert pack.state(first - SECOND, rule.id).state == NOT_YET


def test_the_affiliates_rule_turns_at_midnight_in_washington(packs: Packs) -> None:
    pack = packs["us-ear-affiliates"]
    for text, state, verified in [
        ("2025-09-29T03:59:59", NOT_YET, True),
        ("2025-09-29T04:00:00", "in_force", True),
        ("2025-11-10T04:59:59", "in_force", True),
        ("2025-11-10T05:00:00", "suspended", True),
        ("2026-11-10T04:59:59", "suspended", True),
        ("2026-11-10T05:00:00", "in_force", False),
    ]:
        found = pack.state(datetime.fromisoformat(text).replace(tzinfo=UTC))
        assert (found.state, found.verified) == (state, verified), text


def test_a_day_means_the_day_in_the_zone_of_the_rule(packs: Packs) -> None:
    assert packs.state("EAR-50", date(2026, 11, 9)).state == "suspended"
    assert packs.state("EAR-50", date(2026, 11, 10)).state == "in_force"


def test_a_time_without_an_offset_means_no_instant(packs: Packs) -> None:
    with pytest.raises(ValueError, match="no offset"):
        packs.state("EAR-50", datetime(2026, 11, 10))


def test_proposals_stay_proposals_on_every_day(packs: Packs) -> None:
    for rule in packs["proposals"].rules:
        for day in (date(2020, 1, 1), date(2026, 9, 28), date(2026, 11, 28), date(2040, 1, 1)):
            assert packs.state(rule.id, day).state in {NOT_YET, "proposed"}


def test_the_form_for_an_order_says_nothing_until_it_is_filled_in(packs: Packs) -> None:
    assert packs.state("ORDER-TEMPLATE", date(2026, 6, 15)).state == NOT_YET
    assert not packs.state("ORDER-TEMPLATE", date(2026, 6, 15)).rules


def test_what_only_asks_never_matches(packs: Packs) -> None:
    asking = {rule.id for _, rule in packs.rules() if rule.at_most == "inquire"}
    assert asking >= {"RF-21", "RF-24", "RF-25", "RF-28", "RF-29", "BIS-2025-05-13", "CSL-UVL"}
    assert asking >= {"AZURE-OPENAI", "BEDROCK-CLAUDE", "VERTEX-CLAUDE"}
    assert {"CSL-EL", "CSL-MEU", "CSL-DPL", "CSL-SDN", "EAR-50", "OFAC-50"} & asking == set()


def test_country_groups_are_those_of_the_day(packs: Packs) -> None:
    groups = packs["us-country-groups"]
    today = date(2026, 11, 28)
    d5 = {c for g in groups.groups if g.name == "D:5" for c in g.countries if g.end is None}
    assert " ".join(sorted(d5)) == (
        "AF BY CD CF CN CU ER HT IQ IR KP LB LY MM NI RU SD SO SS SY VE YE ZW"
    )
    assert groups.member("KH", ("D:5",), today).inside is False
    assert groups.member("MO", ("D:5",), today).inside is False
    assert groups.member("MO", ("D:5", "macau"), today).inside is True
    assert groups.member("AE", ("A:5",), today).inside is True
    assert groups.member("CN", ("D:5",), date(2024, 5, 1)).verified
    assert not groups.member("NI", ("D:5",), date(2024, 5, 1)).verified
    assert groups.member("CN", ("D:5",), date(2020, 1, 1)).inside is None


def test_the_page_on_packs_shows_one_that_is_sound() -> None:
    page = Path(__file__).parents[3] / "docs" / "policy-packs.md"
    block = page.read_text().split("```toml\n")[1].split("```")[0]
    assert read_pack(block.encode(), "page.toml", shipped=False).state(date(2026, 1, 1)).verified


@pytest.mark.parametrize("name", ["anthropic-regions", "openai-regions"])
def test_a_place_is_served_not_served_or_not_sure(packs: Packs, name: str) -> None:
    regions, day = packs[name], date(2026, 3, 1)
    for served in ("SG", "TW", "US", "AE"):
        assert (regions.supported(served, day).inside, regions.supported(served, day).verified) == (
            True,
            True,
        )
    for refused in ("CN", "HK", "MO", "RU"):
        found = regions.supported(refused, day)
        assert (found.inside, found.verified) == (False, True)
    unnamed = regions.supported("XK", day)
    assert (unnamed.inside, unnamed.verified) == (False, False)


def test_before_the_first_table_of_places_nothing_is_known(packs: Packs) -> None:
    assert packs["openai-regions"].supported("CN", date(2024, 7, 8)).inside is None


@pytest.mark.parametrize(
    ("model", "seller", "family"),
    [
        ("claude-sonnet-4-5-20250929", "anthropic", "claude"),
        ("claude-sonnet-4-5@20250929", "vertex", "claude"),
        ("publishers/anthropic/models/claude-3-opus", "vertex", "claude"),
        ("anthropic.claude-3-haiku-20240307-v1:0", "bedrock", "claude"),
        ("jp.anthropic.claude-sonnet-4-5-20250929-v1:0", "bedrock", "claude"),
        ("GPT-4o", "openai", "gpt"),
        ("azure/gpt-4o", "azure", "gpt"),
    ],
)
def test_a_models_id_names_its_seller(packs: Packs, model: str, seller: str, family: str) -> None:
    found = sold(model, packs["model-products"].namings)
    assert found is not None
    assert (found.seller, found.family) == (seller, family)


@pytest.mark.parametrize("model", ["", "llama-3", "my-claude", "[claude-]x", "\x00gpt", "?" * 9999])
def test_an_id_that_no_pattern_fits_is_nobodys_product(packs: Packs, model: str) -> None:
    assert sold(model, packs["model-products"].namings) is None


def test_one_model_is_barred_at_one_seller_and_not_at_another(packs: Packs) -> None:
    _, openai = packs.find("OAI-REGION")
    _, ownership = packs.find("ANT-OWNERSHIP")
    assert openai is not None
    assert ownership is not None
    assert covers(openai, "openai", "gpt")
    assert not covers(openai, "azure", "gpt")
    assert covers(ownership, "bedrock", "claude")
    assert not covers(ownership, "bedrock", "llama")


def test_every_state_has_a_name_of_its_own() -> None:
    assert len(set(STATES)) == 5
    assert NOT_YET not in STATES
