"""The queue: what waits for whom, filtered by a closed list of words, a page at a time."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup, escape
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from detector.cases.deciding.looking import here
from detector.cases.deciding.states import OPEN
from detector.cases.record.moments import text_of
from detector.cases.record.store import Actor
from detector.cases.settings import read_settings
from detector.cases.showing import reading
from detector.cases.showing.views import views_of
from detector.console.allowed import judges, undoable
from detector.console.once import fresh_key
from detector.console.routes import Asked, Route
from detector.typologies import TYPOLOGIES

PAGE: Final = 50
_LONGEST: Final = 200
_NEXT: Final = 200
_PLACE: Final = re.compile(r"([0-9]{1,19})\.([A-Za-z0-9._-]{1,64})")


@dataclass(frozen=True)
class Tab:
    """A heading of the queue: its name, and the words that cases are asked for by."""

    key: str
    name: str
    by: Mapping[str, Any]

    def count(self, counted: Mapping[tuple[str, str], int]) -> int | None:
        """How many cases it holds; None where the counts by queue and state do not say."""
        if "assignee" in self.by:
            return None
        queue = self.by.get("queue")
        states = OPEN if "open" in self.by else (self.by["state"],)
        return sum(
            number for (of, state), number in counted.items()
            if state in states and queue in (None, of)
        )  # fmt: skip


TABS: Final = (
    Tab("proxy", "Proxy", {"queue": "proxy", "open": True}),
    Tab("victim", "Victim", {"queue": "victim", "open": True}),
    Tab("policy", "Policy", {"queue": "policy", "open": True}),
    Tab("other", "Other", {"queue": "other", "open": True}),
    Tab("sample", "Sample", {"queue": "sample", "open": True}),
    Tab("mine", "Mine", {"assignee": "", "open": True}),
    Tab("second", "Second", {"state": "second"}),
    Tab("disputed", "Disputed", {"state": "disputed"}),
    Tab("waiting", "Waiting", {"state": "waiting"}),
    Tab("appeals", "Appeals", {"state": "appealed"}),
    Tab("closed", "Closed", {"state": "closed"}),
)
_BY_KEY: Final = {tab.key: tab for tab in TABS}

#: What a queue may be filtered by: the field, and the word of `reading.CONDITIONS` that it is.
FILTERS: Final = {
    "typology": "typology", "family": "family", "size": "size", "assignee": "assignee",
    "account": "account",
}  # fmt: skip
_LOOKS: Final = tuple((one.id, f"{one.id} {one.name}") for one in TYPOLOGIES.values())
#: Filters that are there or not.
SWITCHES: Final = {"free": "free", "overdue": "due", "gone": "gone"}


class Counts:
    """Counts by queue and state, kept until something was written."""

    def __init__(self) -> None:
        self._held: tuple[int, Mapping[tuple[str, str], int]] = (-1, {})

    def of(self, connection: sqlite3.Connection) -> Mapping[tuple[str, str], int]:
        """The counts as this connection sees them."""
        seq = connection.execute("SELECT ifnull(max(seq), 0) FROM events").fetchone()[0]
        held = self._held
        if held[0] != seq:
            held = self._held = (seq, reading.counts(connection))
        return held[1]


def _queue(asked: Asked, counts: Counts) -> Response:
    given = {name: text for name, text in asked.request.args.items() if text}
    tab = _BY_KEY.get(given.get("tab", "proxy"))
    if tab is None:
        raise BadRequest(f"there is no such list; there are {', '.join(_BY_KEY)}")
    by, chosen = _asked_by(asked, tab, given)
    with asked.house.store.reading() as connection:
        found = reading.cases_of(
            connection, reading.Asked(by, asked.actor, after_in(given.get("after")), PAGE + 1)
        )
        rows = [reading.shown(row, asked.actor) for row in found[:PAGE]]
        seen = _seen(connection, asked.actor.person, rows)
        counted, mine = counts.of(connection), _mine(connection, asked.actor.person)
        beside = _beside(connection, asked, rows)
    kept = {"tab": tab.key, **chosen}
    more = None if len(found) <= PAGE else _place(kept, reading.place_of(rows[-1]))
    return asked.page(
        "queue.html.j2", tab=tab.key, title=tab.name, rows=rows, seen=seen,
        chosen=chosen, more=more, first=_place(kept) if "after" in given else None,
        tabs=[
            (one, mine if one.key == "mine" else one.count(counted)) for one in TABS
            if one.key != "policy" or reading.sees_policy(asked.actor)
        ],
        now=text_of(asked.now), looks=_LOOKS, query=urlencode(kept), form_key=fresh_key(),
        done=_count(given, "done"), left=_count(given, "left"), since=None, **beside,
    )  # fmt: skip


def _beside(
    connection: sqlite3.Connection, asked: Asked, rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """What stands beside the rows: who is where, saved filters, what may be taken back."""
    by, args = asked.actor, asked.request.args
    stored = args.get("stored", "")
    return {
        "here_too": here(connection, [row["case_id"] for row in rows], by.person, asked.now),
        "views": [{**view, "place": escape(f"/queue?{view['query']}")}
                  for view in views_of(connection, by.person)],
        "keys": read_settings(connection).keys,
        "bar": undoable(connection, by, text_of(asked.now), int(stored), None)
        if re.fullmatch(r"[0-9]{1,15}", stored) else None,
    }  # fmt: skip


def _count(given: Mapping[str, str], name: str) -> int:
    """How many, as an address that we made says it."""
    text = given.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else 0


def kept_filters(given: Mapping[str, str]) -> dict[str, str]:
    """Of the words of an address, those that name a list and its filters."""
    known = {"tab", *FILTERS, *SWITCHES}
    found = {name: text[:_LONGEST] for name, text in given.items() if name in known and text}
    return found if found.get("tab", "proxy") in _BY_KEY else {}


def _asked_by(
    asked: Asked, tab: Tab, given: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The words to ask by, and the filters as they were given."""
    chosen = {
        name: given[name].strip()[:_LONGEST] for name in (*FILTERS, *SWITCHES) if name in given
    }
    by = dict(tab.by)
    if tab.key == "mine":
        by["assignee"] = asked.actor.person
    for name in chosen.keys() & FILTERS.keys():
        by.setdefault(FILTERS[name], _value(name, chosen[name]))
    for name in chosen.keys() & SWITCHES.keys():
        by[SWITCHES[name]] = text_of(asked.now) if name == "overdue" else True
    return by, chosen


def _value(name: str, text: str) -> str | int:
    if name != "size":
        return text
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise BadRequest("size is a number: the fewest accounts of a case")
    return int(text)


def after_in(text: str | None) -> tuple[int, str] | None:
    """The place after which the page begins."""
    if text is None:
        return None
    found = _PLACE.fullmatch(text)
    if found is None or int(found[1]) >= 1 << 63:
        raise BadRequest("this is no place in the queue; begin at its first page")
    return int(found[1]), found[2]


def text_after(place: tuple[int, str]) -> str:
    """A place as addresses say it."""
    return f"{place[0]}.{place[1]}"


def _place(kept: Mapping[str, str], after: tuple[int, str] | None = None) -> Markup:
    """The address of a page of this list; whole, however long its filters are."""
    further = {} if after is None else {"after": text_after(after)}
    return escape(f"/queue?{urlencode({**kept, **further})}")


def _seen(
    connection: sqlite3.Connection, person: str, rows: list[dict[str, Any]]
) -> dict[str, int]:
    """The version of each case that a person last looked at."""
    held = [row["case_id"] for row in rows]
    marks = ", ".join("?" for _ in held)
    found = connection.execute(
        f"SELECT case_id, version FROM looks WHERE person = ? AND case_id IN ({marks})",  # noqa: S608
        (person, *held),
    )
    return dict(found.fetchall())


def _mine(connection: sqlite3.Connection, person: str) -> int:
    marks = ", ".join("?" for _ in OPEN)
    row = connection.execute(
        f"SELECT count(*) FROM cases WHERE assignee = ? AND state IN ({marks})",  # noqa: S608
        (person, *OPEN),
    ).fetchone()
    return int(row[0])


def tab_of(key: str | None, case: Mapping[str, Any]) -> str:
    """The list that a case was opened from; where nobody says, that of its queue."""
    if key in _BY_KEY:
        return str(key)
    return case["queue"] if case["queue"] in _BY_KEY else "proxy"


def next_of(
    connection: sqlite3.Connection, by: Actor, tab: str, case: Mapping[str, Any]
) -> str | None:
    """The next case of a list that somebody may judge: after this one, else from the start."""
    words = dict(_BY_KEY[tab].by) if tab in _BY_KEY else {"queue": case["queue"], "open": True}
    if "assignee" in words:
        words["assignee"] = by.person
    elif "state" not in words:
        words["state"] = "new"
    for after in (reading.place_of(case), None):
        for row in reading.cases_of(connection, reading.Asked(words, by, after, _NEXT)):
            mine = row["assignee"] in (None, by.person) and row["case_id"] != case["case_id"]
            if mine and judges(connection, row, by):
                return str(row["case_id"])
    return None


def routes_of() -> tuple[Route, ...]:
    """The routes of the queue, with counts of their own."""
    counts = Counts()
    return (
        Route("/queue", "queue", lambda asked: _queue(asked, counts), frozenset(reading.READERS)),
    )
