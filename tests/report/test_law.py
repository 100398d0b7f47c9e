"""The policy queue on the page and on a terminal: order, words, bounds, hostile names."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console

from detector.dossier import case_keys
from detector.explain import explain, explain_json
from detector.report.law import CASES_SHOWN, overview
from detector.report.render import LARGEST, render
from detector.results import Results
from detector.results.lawqueue import in_order
from detector.results.reviewed import read_reviewed
from detector.results.runparts import RunPolicy

GOLDEN = Path(__file__).with_name("golden") / "law.html"
HOSTILE = (
    "<script>window.pwned=1</script>",
    "\u202eevil\u2066\x1b[2J\x07\r\n\x00",
    "</dd></dl><a href=//evil.example>x</a>",
    "{{ 7 * 7 }}" * 370,
    "[link=http://evil.example]z[/link]" + "\u0301" * 60,
)


@pytest.fixture(scope="module")
def quiet(small: Results, lawmaker: ModuleType) -> list[str]:
    found: list[str] = lawmaker.unqueued(small, 12)
    return found


@pytest.fixture(scope="module")
def rows(quiet: list[str], lawmaker: ModuleType) -> list[dict]:
    row = lawmaker.row
    return [
        row(quiet[0], outcome="match", strength="strong", condition="met",
            evidence="same name and country"),
        row(quiet[1], role="partner"),
        row(quiet[2], party="Zantle Holdings", role="owner", rule="EAR-50", source=None,
            entry_name=None, score=None, parts=None, list_sha256=None, case="o1",
            note="in force since 2026-11-10, status not verified since 2026-11-10",
            evidence="Zantle Holdings 50 % → account; 50.0 % of ≥ 50 %"),
        row(quiet[3], party="Marrow Labs", case="p2", queues=False, decision="false_match",
            decided_until=lawmaker.until(2027)),
        row(quiet[0], party=None, role=None, rule="HQ-1", outcome="clear", strength=None,
            queues=False, source=None, entry_name=None, score=None, parts=None, case="u1",
            list_sha256=None, evidence="headquarters in SG", condition="not_met"),
        row(quiet[0], rule="EAR-50", outcome="unknown", strength=None, queues=False,
            evidence="share not told", case="o9", condition="unknown"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def lawful(small: Results, rows: list[dict], lawmaker: ModuleType) -> Results:
    found: Results = lawmaker.with_law(small, rows)
    return found


@pytest.fixture(scope="module")
def page(lawful: Results, maker: ModuleType) -> str:
    return render(lawful, maker.UNITS)


def part(page: str, ident: str) -> str:
    """A section of the page, up to the next one of its level."""
    start = page.index(f'id="{ident}"')
    return page[start : page.find("<h2", start)]


def test_both_sections_are_as_reviewed(page: str, as_reviewed: Callable[[str, Path], None]) -> None:
    as_reviewed(part(page, "law") + "\n" + part(page, "policy-queue"), GOLDEN)


@pytest.mark.parametrize(
    "words",
    [
        "2 cases of 3 accounts in which lane L asks for a look.",
        "Qorvel Group (EL)",
        "name 894 of 1,000: agrees: qorvel; without group −36",
        f"list {'5e' * 6} of 2026-10-20",
        "EAR-50: in force since 2026-11-10, status not verified",
        "decided: false match, until 2027-01-01 00:00 UTC",
        "This tool takes no step.",
        "Nothing here is legal advice.",
        "<code>enduse policy explain OUT ACCOUNT</code>",
    ],
)
def test_the_policy_queue_says(page: str, words: str) -> None:
    assert words in part(page, "policy-queue")


@pytest.mark.parametrize(
    "words",
    [
        "2,100 names screened, under 2 packs of rules",
        "EL 1,200",
        "<td class=\"n\">11 days</td>",
        "<td class=\"nowrap\">unknown</td>",
        "Refused: lists/sdn.csv: it has no entries",
        "Nobody is clear: lists/own.csv",
        "whoever is not found on it is unknown, never clear",
        "EAR-50: in force since 2026-11-10, read in no source",
        "HQ-1: no account has a headquarters",
        "Not found, not met, or not applied",
        "decisions keep 1 finding out of the queue",
    ],
)  # fmt: skip
def test_the_front_says_what_was_asked(page: str, words: str) -> None:
    assert words in part(page, "law")


def test_one_party_is_one_case_with_all_its_accounts(page: str, quiet: list[str]) -> None:
    queue = part(page, "policy-queue")
    assert re.findall(r'id="law-\d+"><span class="no">\d+</span> ([^<]+)', queue) == [
        "Qorvel Instruments", "Zantle Holdings",
    ]  # fmt: skip
    assert all(account in queue for account in quiet[:4])
    assert re.search(r"<li><b>match</b></li>\n<li>2 accounts</li>", queue)


def test_a_clear_reads_condition_not_met_and_nobody_is_called_cleared(
    lawful: Results, page: str, quiet: list[str]
) -> None:
    rows = part(page, "cases")
    assert "condition not met: headquarters in SG" in rows
    said = _shown(lawful, quiet[0])
    assert "condition not met, HQ-1" in said
    for text in (said, rows, part(page, "policy-queue")):
        assert "clear" not in text.lower()


def test_an_account_page_shows_all_its_rows_however_low_lane_b_has_it(
    page: str, lawful: Results, quiet: list[str]
) -> None:
    lowest = lawful.scores.sort("rank")["account_id"][-1]
    assert lowest == quiet[0]
    article = next(a for a in page.split("<article")[1:] if f"Account {lowest}" in a)
    for words in ("CSL-EL", "HQ-1", "share not told", "same name and country"):
        assert words in article


def test_cases_of_queue_policy_stand_in_the_order_of_lane_l(
    small: Results, quiet: list[str], lawmaker: ModuleType
) -> None:
    row = lawmaker.row
    found = lawmaker.with_law(
        small,
        [
            row(quiet[0], outcome="inquire", strength="medium", source="ISN", case="a"),
            row(quiet[1], outcome="inquire", strength="strong", source="ISN", case="b"),
            row(quiet[2], outcome="inquire", strength="medium", source="SDN", case="c"),
            row(quiet[3], outcome="inquire", strength="medium", source="EL", case="d"),
            row(quiet[4], outcome="match", strength="medium", source=None, case="e"),
        ],
    )
    order = [quiet[place] for place in (4, 3, 2, 1, 0)]
    assert in_order(found.policy)["account_id"].to_list() == order
    assert [k.lead_id for k in case_keys(found) if k.queue == "policy"] == order
    assert [c.lines[0].accounts for c in overview(found).cases] == [(one,) for one in order]


def test_the_order_of_the_file_decides_nothing(
    lawful: Results, maker: ModuleType, page: str
) -> None:
    assert render(replace(lawful, policy=lawful.policy.reverse()), maker.UNITS) == page


def test_a_run_read_for_its_report_gives_the_same_page(
    lawful: Results, maker: ModuleType, tmp_path: Path
) -> None:
    lawful.write(tmp_path / "out")
    some, whole = read_reviewed(tmp_path / "out"), Results.read(tmp_path / "out")
    assert render(some, maker.UNITS) == render(whole, maker.UNITS)
    assert 'id="policy-queue"' in render(some, maker.UNITS)


def test_a_run_in_which_lane_l_did_not_run_has_neither_section(
    small: Results, maker: ModuleType
) -> None:
    page = render(small, maker.UNITS)
    assert 'id="law"' not in page
    assert 'id="policy-queue"' not in page


def test_without_any_list_nobody_is_clear(lawful: Results, maker: ModuleType) -> None:
    told = RunPolicy(counts={"CSL-EL": {"unknown": 200}})
    bare = replace(lawful, run=lawful.run.model_copy(update={"policy": told}))
    front = part(render(bare, maker.UNITS), "law")
    assert "No list was read: nobody was screened, so who is on a list is unknown" in front


def test_the_first_200_cases_are_shown_and_the_others_counted(
    results: Results, maker: ModuleType, lawmaker: ModuleType
) -> None:
    accounts = lawmaker.unqueued(results, 700)
    many = lawmaker.with_law(
        results, [lawmaker.row(a, party=f"Party {a}", case=a) for a in accounts]
    )
    assert len(overview(many).cases) == CASES_SHOWN
    page = render(many, maker.UNITS)
    shown = part(page, "policy-queue").count('id="law-')
    assert 100 <= shown <= CASES_SHOWN
    assert f"{700 - shown} more cases not shown here" in page
    assert len(page.encode()) <= LARGEST


def test_one_party_behind_very_many_accounts_stays_one_short_case(
    results: Results, lawmaker: ModuleType
) -> None:
    accounts = lawmaker.unqueued(results, 700)
    (case,) = overview(lawmaker.with_law(results, [lawmaker.row(a) for a in accounts])).cases
    assert case.accounts == "700 accounts"
    assert len(case.lines) == 1
    assert case.lines[0].accounts_left == 688


def test_hostile_names_are_escaped_cut_and_never_a_link(
    lawful: Results, maker: ModuleType, lawmaker: ModuleType
) -> None:
    page = render(lawmaker.hostile(lawful, HOSTILE * 9), maker.UNITS)
    assert "<script" not in page
    links = re.findall(r"<[^>]* (?:href|src)=\"?([^\" >]*)", page)
    assert {link for link in links if not link.startswith("#")} == {"data:,"}
    assert "{{ 7 * 7 }}" in page
    raw = {c for c in page if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}
    assert raw <= {"\n"}
    assert len(page.encode()) < LARGEST
    assert max(map(len, re.findall(r"<dd>([^<]*)</dd>", page))) < 2_000


def test_hostile_names_reach_no_terminal_raw(
    lawful: Results, quiet: list[str], lawmaker: ModuleType
) -> None:
    poisoned = lawmaker.hostile(lawful, HOSTILE)
    for account in quiet[:4]:
        said = _shown(poisoned, account)
        raw = {c for c in said if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}
        assert raw <= {"\n"}
        assert len(said) < 40_000


def _shown(results: Results, account: str) -> str:
    out = io.StringIO()
    Console(file=out, width=200, markup=False, emoji=False).print(explain(results, account))
    return out.getvalue()


def test_explain_says_every_row_of_the_account(lawful: Results, quiet: list[str]) -> None:
    said = " ".join(_shown(lawful, quiet[0]).split())
    assert (
        "match (strong), CSL-EL: holder Qorvel Instruments. Entry Qorvel Group (EL); "
        "same name and country; name 894 of 1,000" in said
    )
    assert "rule: in force since 2020-01-01" in said
    assert "share not told" in said
    silenced = " ".join(_shown(lawful, quiet[3]).split())
    assert "decided: false match, until 2027-01-01 00:00 UTC" in silenced


def test_closed_accounts_and_weak_rows_are_not_said_to_be_silenced_by_a_decision(
    small: Results, quiet: list[str], lawmaker: ModuleType
) -> None:
    found = lawmaker.with_law(
        small,
        [
            lawmaker.row(quiet[0], queues=False, decision="closed", case="a"),
            lawmaker.row(quiet[1], queues=False, decision="unresolved", strength="weak", case="b"),
            lawmaker.row(quiet[2], queues=False, decision="false_match", case="c"),
        ],
    )
    seen = overview(found)
    assert (seen.total, seen.silenced_total) == (0, 1)
    assert seen.silenced[0].lines[0].accounts == (quiet[2],)
    assert "the account is closed" in _shown(found, quiet[0])


def test_the_case_as_json_holds_the_rows_of_the_account_alone(
    lawful: Results, quiet: list[str]
) -> None:
    found = json.loads(json.dumps(explain_json(lawful, quiet[0]), allow_nan=False))
    assert [row["rule"] for row in found["policy"]] == ["CSL-EL", "EAR-50", "HQ-1"]
    assert {row["account_id"] for row in found["policy"]} == {quiet[0]}


def test_nobody_is_said_to_look_like_anything_where_a_rule_alone_asks(
    lawful: Results, maker: ModuleType
) -> None:
    keys = [key for key in case_keys(lawful) if key.queue == "policy"]
    page = render(lawful, maker.UNITS)
    table = page.partition('id="queue-policy"')[2].partition("</table>")[0]
    assert "<tr>" in table
    assert "Looks like" not in table
    for number, key in enumerate(case_keys(lawful), start=1):
        if key in keys:
            head = page.partition(f'id="case-{number}"')[2].partition("</header>")[0]
            assert "Looks like" not in head
