"""The settings of the folder: what each means, what it may be, and what it is."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from werkzeug.wrappers import Response

from detector.cases.record.store import Writing
from detector.cases.settings import BOUNDS, Settings, change_setting, read_settings
from detector.console.routes import Asked, Route
from detector.console.sheets import acted, sheet

_ADMIN: Final = frozenset({"admin"})
_PLACE: Final = "/admin/settings"
#: What each setting means, for whoever sets it.
WORDS: Final = {
    "promote": "Most cases of a queue that the runs of a week open; what is ranked below waits",
    "lease_minutes": "Minutes that a case stays with whoever took it, without a sign of him",
    "second_share": "Share of cases that a second person judges whatever the first outcome is; "
    "adverse ones always are",
    "due_proxy": "Days until a case of queue proxy is due",
    "due_victim": "Days until a case of queue victim is due",
    "due_policy": "Days until a case of queue policy is due",
    "due_other": "Days until a case of queue other is due",
    "due_sample": "Days until a sample is due",
    "due_appeal": "Days until an appeal is due, from the day it came in",
    "ask_days": "Days that a holder has to answer a letter",
    "clear_days": "Days that a clearing lasts",
    "explore_share": "Share of a week's cases drawn from accounts that no queue holds",
    "explore_near": "Share of these samples drawn from near a queue",
    "golden_share": "Share of a reviewer's cases that were settled before, by others",
    "blind": "Whether names, countries and lanes L and E are sealed until a first judgement",
    "keys": "Whether pages listen to single keys",
    "keep_cleared_months": "Months that a cleared case is kept; what law asks for is counsel's",
    "keep_unresolved_months": "Months that an unresolved case is kept",
    "keep_confirmed_months": "Months that a confirmed case is kept",
    "keep_backup_days": "Days that a copy may grow old that still holds an erased case",
}


def _list(asked: Asked) -> Response:
    return _shown(asked)


def _shown(asked: Asked, status: HTTPStatus = HTTPStatus.OK, told: str = "") -> Response:
    with asked.house.store.reading() as connection:
        held = vars(read_settings(connection))
    rows = [
        {"name": name, "words": words, "value": _text(held[name]),
         "usual": _text(getattr(Settings, name)), "bounds": BOUNDS[name],
         "whole": isinstance(held[name], int)}
        for name, words in WORDS.items()
    ]  # fmt: skip
    return sheet(asked, "settings.html.j2", status, told, rows=rows)


def _text(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else f"{value:g}"


def _change(asked: Asked) -> Response:
    def change(tx: Writing) -> str:
        change_setting(tx, asked.actor, asked.given("name"), asked.given("value"))
        return _PLACE

    return acted(asked, change, _shown)


ROUTES: Final = (
    Route(_PLACE, "settings", _list, _ADMIN),
    Route(_PLACE, "change setting", _change, _ADMIN, "POST"),
)
