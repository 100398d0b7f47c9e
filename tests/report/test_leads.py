"""Public notices on the page and on a terminal: order, words, bounds, hostile names."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console

from detector.explain import explain, explain_json
from detector.report.leads import LEADS_SHOWN, UNATTACHED_SHOWN, overview
from detector.report.render import LARGEST, render
from detector.results import Results
from detector.results.reviewed import read_reviewed

GOLDEN = Path(__file__).with_name("golden") / "leads.html"
HOSTILE = (
    "<script>window.pwned=1</script>",
    "\u202eevil\u2066\x1b[2J\x07\r\n\x00",
    "</dd></dl><a href=//evil.example>x</a>",
    "{{ 7 * 7 }}" * 370,
    "[link=http://evil.example]z[/link]" + "\u0301" * 60,
)
UNNAMED = {"supplier": None, "supplier_outcome": None}


@pytest.fixture(scope="module")
def shown(small: Results) -> list[str]:
    """Accounts that have a page of their own: of the proxy queue, alone, the first by rank."""
    alone = small.scores.filter(small.scores["ring_id"].is_null(), small.scores["queue"] == "proxy")
    return list(alone.sort("rank")["account_id"])


@pytest.fixture(scope="module")
def found(small: Results, shown: list[str], lawmaker: ModuleType, leadmaker: ModuleType) -> Results:
    row, alone = leadmaker.row, leadmaker.alone
    (quiet,) = lawmaker.unqueued(small, 1)
    rows = [
        alone("n-9", "gpt", buyer_outcome="not found", **UNNAMED),
        row(quiet, "n-2", strength="medium", buyer_outcome=None, supplier_outcome=None,
            role="partner", amount=None, against=["the supplier is the partner, not the holder"]),
        row(shown[0], "n-1", queues=True, buyer_outcome="match"),
        row(shown[1], "n-3", strength="weak", party="Weakling Homonym Ltd"),
        row(None, "n-4", strength="disposed", buyer="Gone Buyer", evidence="did not proceed"),
        alone("n-5", None, buyer="Desk Buyer"),
        alone("n-8", "A100", buyer="Ostrel Bureau", **UNNAMED),
    ]  # fmt: skip
    leads: Results = leadmaker.with_leads(small, rows)
    said = [("hotline", "abuse report (strong) of 2026-04-02: key resale, confirmed"),
            ("indicator (red)", "indicator (medium): device, not shown"),
            ("public notice", "notice n-1 of 2026-03-11: strong lead, agrees: N K T")]  # fmt: skip
    reported: Results = leadmaker.reported(leads, shown[0], said)
    return reported


@pytest.fixture(scope="module")
def page(found: Results, maker: ModuleType) -> str:
    return render(found, maker.UNITS)


def part(page: str) -> str:
    """The section of public notices."""
    start = page.index('id="leads"')
    return page[start : page.find("<h2", start)]


def article(page: str, account: str) -> str:
    """The page of an account."""
    return next(one for one in page.split("<article")[1:] if f"Account {account}" in one)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


def links(page: str) -> list[str]:
    """Where links of a page lead, as a browser reads it."""
    reader = _Links()
    reader.feed(page)
    return reader.found


def test_the_section_is_as_reviewed(page: str, as_reviewed: Callable[[str, Path], None]) -> None:
    as_reviewed(part(page), GOLDEN)


@pytest.mark.parametrize(
    "words",
    [
        "12 notices, 3 abuse reports, 1 indicator read. 2 leads of 2 accounts",
        "2 weak rows and 1 notice that went nowhere",
        "A lead is a question, never a verdict",
        "Nothing was done: no account was touched",
        "<b>Ask the holder</b>",
        "<b>Read the notice</b> at its source",
        "Harrowmere Academy; lists: match",
        "Harrowmere Academy; not looked up in lists",
        "compared with the holder Tillwick Brass Trading Ltd, name score 1,000 of 1,000",
        "<dt>Keyword: yes</dt><dd>A100: used</dd>",
        "<dt>Amount: no</dt><dd>charges after the notice are 12% of 200000 CNY</dd>",
        "<dt>Quantity: not seen</dt><dd>the notice tells no quantity</dd>",
        "<dd>200,000 CNY</dd>",
        "<dd>the supplier is the partner, not the holder</dd>",
        "Not read, fx: no rates of currencies",
        "no account is accused by an amount or a day alone",
        "What it does not mean.",
        "It is no finding about the partner",
        '<td class="n">9.1e-09</td><td>yes</td>',
        "too few peers",
        "partner-52",
    ],
)
def test_the_section_says(page: str, words: str) -> None:
    assert words in part(page)


def test_strong_leads_come_first_then_medium_and_nothing_else_is_a_lead(page: str) -> None:
    section = part(page)
    assert re.findall(r'id="lead-\d+"><span class="no">\d+</span> Notice (\S+)', section) == [
        "n-1", "n-2",
    ]  # fmt: skip
    assert section.index("asks for queue policy") < section.index('id="lead-2"')


@pytest.mark.parametrize("name", ["Gone Buyer", "Desk Buyer", "Weakling Homonym"])
def test_what_went_nowhere_or_is_about_other_things_or_is_weak_is_on_no_page(
    page: str, name: str
) -> None:
    assert name not in page


def test_notices_of_no_account_stand_by_what_lists_know_of_the_buyer_then_by_keyword(
    small: Results, leadmaker: ModuleType
) -> None:
    alone = leadmaker.alone
    rows = [
        alone("d", "gpt", buyer_outcome="not found", **UNNAMED), alone("b", "claude", **UNNAMED),
        alone("a", "A100", **UNNAMED), alone("c", "A100", buyer_outcome="match", **UNNAMED),
        alone("e", "A100", buyer_outcome=None, **UNNAMED),
    ]  # fmt: skip
    seen = overview(leadmaker.with_leads(small, rows))
    assert [one.notice for one in seen.unattached] == ["c", "a", "b", "d", "e"]
    assert seen.leads == ()


def test_a_lead_leads_to_the_page_of_its_account_where_there_is_one(
    page: str, shown: list[str]
) -> None:
    (ident,) = re.findall(rf'<a href="#(case-\d+)">{shown[0]}</a>', part(page))
    assert f'id="{ident}"' in article(page, shown[0])
    assert part(page).count("<a ") == 1


def test_the_page_of_an_account_has_its_leads_and_what_others_reported(
    page: str, shown: list[str]
) -> None:
    mine = article(page, shown[0])
    for words in ("n-1, 2026-03-11", "N K T", "Harrowmere Academy; lists: match", "hotline",
                  "key resale, confirmed", "indicator (red)", "account made 400 days before",
                  "N name, K keyword, T time, A amount, Q quantity, H hand-over"):  # fmt: skip
        assert words in mine
    assert "public notice<" not in mine, "what a notice says is said once"
    weak = article(page, shown[1])
    assert "1 weak row, no lead, left out." in weak
    assert "Harrowmere" not in weak


def test_the_order_of_the_file_decides_nothing(
    found: Results, maker: ModuleType, leadmaker: ModuleType, shown: list[str]
) -> None:
    more = [leadmaker.row(shown[0], f"n-{n}", strength="medium") for n in range(20, 24)]
    rows = [*found.leads.to_dicts(), *more]
    one, other = (leadmaker.with_leads(found, order) for order in (rows, rows[::-1]))
    assert render(one, maker.UNITS) == render(other, maker.UNITS)


def test_a_run_read_for_its_report_gives_the_same_page(
    found: Results, maker: ModuleType, tmp_path: Path
) -> None:
    found.write(tmp_path / "out")
    some, whole = read_reviewed(tmp_path / "out"), Results.read(tmp_path / "out")
    assert render(some, maker.UNITS) == render(whole, maker.UNITS)
    assert 'id="leads"' in render(some, maker.UNITS)


def test_a_run_in_which_lane_e_did_not_run_has_no_such_section(
    small: Results, maker: ModuleType
) -> None:
    page = render(small, maker.UNITS)
    assert 'id="leads"' not in page
    assert "<b>E Outside evidence</b> <em>did not run</em>" in page


def test_notices_that_speak_of_nobody_are_said_to(
    small: Results, maker: ModuleType, leadmaker: ModuleType
) -> None:
    page = render(leadmaker.with_leads(small, []), maker.UNITS)
    assert "No lead: no notice that stands speaks of an account by more than a name." in part(page)


def test_the_first_200_leads_are_shown_and_the_others_counted(
    results: Results, maker: ModuleType, lawmaker: ModuleType, leadmaker: ModuleType
) -> None:
    accounts = lawmaker.unqueued(results, 500)
    rows = [leadmaker.row(account, f"n-{account}") for account in accounts]
    rows += [leadmaker.alone(f"u-{number}") for number in range(500)]
    many = leadmaker.with_leads(results, rows)
    assert len(overview(many).leads) == LEADS_SHOWN == 200
    assert len(overview(many).unattached) == UNATTACHED_SHOWN == 200
    page = render(many, maker.UNITS)
    drawn = part(page).count('id="lead-')
    assert 50 <= drawn <= LEADS_SHOWN
    assert f"{500 - drawn} more leads not shown here; leads.parquet has all." in page
    rows_drawn = len(re.findall(r"about claude; no account is near", part(page)))
    assert 100 <= rows_drawn <= UNATTACHED_SHOWN
    assert f"{500 - rows_drawn} notices left out" in page
    assert len(page.encode()) <= LARGEST


def test_long_names_leave_room_for_the_pages_of_accounts(
    results: Results, maker: ModuleType, lawmaker: ModuleType, leadmaker: ModuleType
) -> None:
    long = {"buyer": "B" * 500, "supplier": "S" * 500, "evidence": "e" * 900}
    accounts = lawmaker.unqueued(results, 300)
    rows = [leadmaker.row(account, f"n-{account}", **long) for account in accounts]
    rows += [leadmaker.alone(f"u-{number}", **long) for number in range(300)]
    page = render(leadmaker.with_leads(results, rows), maker.UNITS)
    assert len(part(page).encode()) < 220_000
    assert page.count("<article") == render(results, maker.UNITS).count("<article")


def test_hostile_names_are_escaped_cut_and_never_a_link(
    found: Results, maker: ModuleType, leadmaker: ModuleType
) -> None:
    page = render(leadmaker.hostile(found, HOSTILE * 9), maker.UNITS)
    assert "<script" not in page
    assert {link for link in links(page) if not link.startswith("#")} == {"data:,"}
    assert "{{ 7 * 7 }}" in page
    raw = {c for c in page if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}
    assert raw <= {"\n"}
    assert len(page.encode()) < LARGEST
    assert max(map(len, re.findall(r"<dd>([^<]*)</dd>", page))) < 2_000


def _said(results: Results, account: str) -> str:
    out = io.StringIO()
    Console(file=out, width=200, markup=False, emoji=False).print(explain(results, account))
    return out.getvalue()


def test_hostile_names_reach_no_terminal_raw(
    found: Results, shown: list[str], leadmaker: ModuleType
) -> None:
    said = _said(leadmaker.hostile(found, HOSTILE), shown[0])
    raw = {c for c in said if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}
    assert raw <= {"\n"}
    assert len(said) < 40_000


def test_explain_says_the_leads_of_the_account_and_what_others_reported(
    found: Results, shown: list[str]
) -> None:
    said = " ".join(_said(found, shown[0]).split())
    assert "Public notices: questions, never a verdict" in said
    assert "strong lead, notice n-1 of 2026-03-11: buyer Harrowmere Academy; lists: match" in said
    assert (
        "Agrees: name (the supplier is a party of the account: name score 1000 of 1000), keyword"
        in said
    )
    assert "Not seen: quantity. Speaks against: charges after the notice are 12%" in said
    assert "E hotline: abuse report (strong) of 2026-04-02" in said
    assert "E public notice" not in said
    weak = " ".join(_said(found, shown[1]).split())
    assert "1 weak row, no lead; to see: enduse leads OUT --all." in weak
    assert "Weakling" not in weak


def test_the_case_as_json_holds_the_notices_of_the_account_alone(
    found: Results, shown: list[str]
) -> None:
    told = json.loads(json.dumps(explain_json(found, shown[0]), allow_nan=False))
    assert [(row["notice"], row["amount"]) for row in told["leads"]] == [("n-1", "200000")]
    assert {row["account_id"] for row in told["leads"]} == {shown[0]}
