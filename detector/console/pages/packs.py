"""Evidence packs: counsel makes one with a purpose, and takes it away as a file."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from werkzeug.wrappers import Response

from detector.cases.errors import Refused, Unknown
from detector.cases.leaving import pack
from detector.cases.leaving.pack import MADE, PACKS, Contents
from detector.console.routes import Asked, Route, to
from detector.console.sheets import attached, sheet, text_in
from detector.report.packpage import pages
from detector.report.units import feature_units

_READ: Final = frozenset({"counsel", "auditor"})
_COUNSEL: Final = frozenset({"counsel"})
_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}\.[0-9]{1,15}\.(?:pseudonyms|identified)\.zip")
_MOST: Final = 100


@cache
def _units() -> Mapping[str, str]:
    return feature_units()


def _list(asked: Asked) -> Response:
    return _shown(asked)


def _shown(asked: Asked, status: HTTPStatus = HTTPStatus.OK, told: str = "") -> Response:
    with asked.house.store.reading() as connection:
        rows = _made(connection, asked.house.store.folder / PACKS)
    return sheet(
        asked, "packs.html.j2", status, told, rows=rows, makes="counsel" in asked.actor.roles,
        case_id=asked.form.get("case") or asked.request.args.get("case", ""),
    )  # fmt: skip


def _made(connection: sqlite3.Connection, folder: Path) -> list[dict[str, Any]]:
    """The last packs that were made: of an erased case only that one was."""
    rows = connection.execute(
        "SELECT seq, at, person, case_id, payload FROM events WHERE action = ? "
        "ORDER BY seq DESC LIMIT ?", (MADE, _MOST),
    )  # fmt: skip
    found = []
    for row in rows:
        facts = json.loads(row["payload"])["facts"] if row["payload"] else {}
        name = str(facts.get("name", ""))
        there = bool(_NAME.fullmatch(name)) and (folder / name).is_file()
        found.append({**dict(row), "facts": facts, "there": there})
    return found


def _make(asked: Asked) -> Response:
    store, case_id = asked.house.store, asked.given("case").strip()

    def draw(held: Contents) -> dict[str, bytes]:
        return pages(held, _units())

    try:
        made = pack.make(
            store, asked.actor, case_id, asked.now, purpose=text_in(asked, "purpose"), draw=draw,
            identify="identify" in asked.form, shown=asked.house.shown,
        )  # fmt: skip
    except Refused as error:
        return _shown(asked, HTTPStatus.FORBIDDEN, f"Nothing was made: {error}.")
    pack.keep(store.folder / PACKS, made)
    return to("/packs")


def _download(asked: Asked) -> Response:
    name = asked.parts["name"]
    path = asked.house.store.folder / PACKS / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise Unknown("there is no such pack, or its case was erased; see /packs")
    return attached(path.read_bytes(), "application/zip", name)


ROUTES: Final = (
    Route("/packs", "packs", _list, _READ),
    Route("/packs", "make pack", _make, _COUNSEL, "POST"),
    Route("/packs/<name>", "pack", _download, _COUNSEL),
)
