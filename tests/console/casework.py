"""Folders with cases of a made run and the people who work on them, and what a page holds."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from detector.cases.record.store import SYSTEM, Store
from detector.cases.runs.intake import take_run
from detector.cases.settings import change_setting
from detector.cases.team import people
from detector.results import Results
from tests.console.conftest import NOW, WORDS, Browser, Got
from tests.report import lawmaker, maker

TEAM = {
    "ann": ["reviewer"], "bob": ["reviewer"], "cem": ["reviewer"], "dia": ["lead"],
    "ida": ["viewer"],
}  # fmt: skip
RING, SMALL = "C-000001", "C-000002"
_NAMES = ("org_name", "org_address", "email_domain", "declared_country", "billing_country",
          "phone_country", "declared_use")  # fmt: skip


def results_of(sizes: tuple[int, ...] = (5, 2), singles: int = 2) -> Results:
    """A small run with two rings, names that must not show, and a row of lane L."""
    made = maker.make_results(40, sizes=sizes, singles=singles)
    assert made.identity is not None
    told = made.identity.with_columns(
        pl.concat_str(pl.lit(f"CANARY-{name}-"), pl.col("account_id")).alias(name)
        for name in _NAMES
    )
    first = made.scores.sort("rank")["account_id"][0]
    return lawmaker.with_law(replace(made, identity=told), [lawmaker.row(first)])


def make(folder: Path, found: Results | None = None) -> Path:
    """A closed folder with the cases of a run."""
    with Store.create(folder) as made:
        with made.writing(NOW) as tx:
            for name, roles in TEAM.items():
                people.add(tx, SYSTEM, name, roles, WORDS)
        with made.writing(NOW) as tx:
            # Nothing is drawn for a second look: what a test sees hangs on what people say.
            change_setting(tx, SYSTEM, "second_share", "0")
            take_run(tx, results_of() if found is None else found, "a" * 64, ())
    return folder


def fields_of(got: Got, action: str) -> dict[str, str]:
    """The hidden fields of the form that goes there."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', got.text, re.DOTALL)
    assert form, f"no form for {action}"
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
    return {name: html.unescape(value) for name, value in found}


def act(by: Browser, case_id: str, name: str, page: Got | None = None, **typed: str) -> Got:
    """Fill a form of a case's page and send it."""
    page = page or by.get(f"/cases/{case_id}")
    return by.post(f"/cases/{case_id}/{name}", fields_of(page, f"/cases/{case_id}/{name}") | typed)


def judge(by: Browser, case_id: str, outcome: str, note: str = "why", **typed: str) -> Got:
    """Judge a case as its page lets one."""
    return act(by, case_id, "judge", outcome=outcome, note=note, **typed)


def in_as(another: Callable[..., Browser], name: str) -> Browser:
    """A browser in which somebody is logged in."""
    browser = another()
    assert browser.login(name).status == 303
    return browser


def rows(store: Store, query: str, *given: Any) -> list[Mapping[str, Any]]:
    """Rows of the folder."""
    with store.reading() as connection:
        return [dict(row) for row in connection.execute(query, given)]
