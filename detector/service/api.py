"""The pages of the service: from a path and a query to a status, a type and a body."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote

import polars as pl
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from detector import __version__
from detector.http import Page, Reply, Request, Site, in_turns, probes, text
from detector.results import QUEUES
from detector.results.leadqueue import codes
from detector.results.published import Published, plain

_JSON: Final = "application/json"
_MOST_FIELDS: Final = 10
_ACCOUNTS: Final = "/api/v1/accounts/"
PAGE: Final = 50
MOST: Final = 500
_MOST_AT_WORK: Final = 4
_TURN_SECONDS: Final = 10.0
# What of lane L's rows names a party or is made of its name.
_NAMING: Final = frozenset({"party", "evidence", "entry_name", "entry_key", "parts", "case"})
# What of a notice is told: no buyer, supplier or party, and no sentence made of their names.
_OF_NOTICE: Final = ("notice", "strength", "queues", "buyer_outcome", "supplier_outcome")
_CODES: Final = {"agrees": "yes", "disagrees": "no", "not_seen": "not_seen"}
_NONE_YET: Final = "no scores yet"


@dataclass(frozen=True)
class Shown:
    """What the pages read: a text of metrics, and the last run if there is one.

    ``number`` grows with each publication: a page of one number never mixes with another's.
    ``ended`` holds when each stage last came to its end (Unix time), ``failing`` the stages that
    did not at the last look, ``state`` the state's folder. ``aside`` counts the files that stand
    aside by table, ``aside_first`` names some of them; ``fallen`` names the stages at which
    workers ended again and again, and says so in a sentence. ``overdue`` says why what is
    shown is no longer fresh, or None; it is asked at each request, as time passes between looks.
    """

    metrics: bytes
    published: Published | None
    well: bool = True
    ended: Mapping[str, float] = field(default_factory=dict)
    failing: tuple[str, ...] = ()
    state: Path | None = None
    number: int = 0
    aside: Mapping[str, int] = field(default_factory=dict)
    aside_first: Sequence[Mapping[str, str]] = ()
    fallen: Sequence[Mapping[str, str]] = ()
    overdue: Callable[[], str | None] = field(default=lambda: None, compare=False)


def site_of(shown: Callable[[], Shown]) -> Site:
    """The pages of a service; each answer is made of one ``Shown``."""
    turns = threading.BoundedSemaphore(_MOST_AT_WORK)
    busy = _problem(HTTPStatus.SERVICE_UNAVAILABLE, "too many ask at once; ask again")

    def page(answer: Answer) -> Page:
        def answered(request: Request) -> Reply:
            try:
                query = parse_qs(request.query, max_num_fields=_MOST_FIELDS)
            except ValueError:
                return _problem(HTTPStatus.BAD_REQUEST, "this is no address of a page")
            return answer(request.path, query, shown())

        return Page(answered)

    def costly(answer: Answer) -> Page:
        # Reading an account costs a scan: a crowd takes turns and leaves room for scrapes.
        return Page(in_turns(page(answer).answer, turns, _TURN_SECONDS, busy))

    return {
        **probes(lambda: shown().published is not None, _NONE_YET),
        "/readyz": Page(lambda _request: _readiness(shown()), open=True),
        "/metrics": page(_metrics),
        "/api/v1/queue": costly(_queue),
        "/api/v1/status": page(_status),
        _ACCOUNTS: costly(_account),
        "/openapi.json": page(_described),
        "/": page(_unknown),
    }


Query = Mapping[str, list[str]]
Answer = Callable[[str, Query, Shown], Reply]


def _metrics(_path: str, _query: Query, shown: Shown) -> Reply:
    return Reply(HTTPStatus.OK, CONTENT_TYPE_PLAIN_0_0_4, shown.metrics)


def _readiness(shown: Shown) -> Reply:
    """Whether there are scores, and looks go on that keep them fresh."""
    missing = _NONE_YET if shown.published is None else shown.overdue()
    if missing is None:
        return text(HTTPStatus.OK, "ready")
    return text(HTTPStatus.SERVICE_UNAVAILABLE, missing)


def _unknown(_path: str, _query: Query, _shown: Shown) -> Reply:
    return _problem(HTTPStatus.NOT_FOUND, "no such page; see /openapi.json")


def _described(_path: str, _query: Query, _shown: Shown) -> Reply:
    return _json(openapi())


def _queue(_path: str, query: Query, shown: Shown) -> Reply:
    if shown.published is None:
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, _NONE_YET)
    queue = query.get("queue", [None])[0]
    if queue is not None and queue not in QUEUES[:-1]:
        return _problem(
            HTTPStatus.BAD_REQUEST, f"unknown queue; expected one of {', '.join(QUEUES[:-1])}"
        )
    try:
        limit = int(query.get("limit", [str(PAGE)])[0])
        number, _, after = query.get("after", [f"{shown.number}.0"])[0].partition(".")
        place = (int(number), int(after))
    except ValueError:
        return _problem(HTTPStatus.BAD_REQUEST, "limit and after are not as /openapi.json says")
    if not 1 <= limit <= MOST or place[1] < 0:
        return _problem(HTTPStatus.BAD_REQUEST, f"limit is 1 to {MOST}")
    if place[0] != shown.number:
        # A page of one run and the next of another would lose and repeat accounts.
        return _problem(HTTPStatus.CONFLICT, "newer scores were published; begin without after")
    return _json(_page(shown, shown.published, queue, place[1], limit))


def _page(
    shown: Shown, published: Published, queue: str | None, after: int, limit: int
) -> dict[str, Any]:
    """A page of the review queue, from a position on."""
    rows = pl.DataFrame() if published.queue is None else published.queue
    if queue is not None:
        rows = rows.filter(pl.col("queue") == queue)
    items, end = rows.slice(after, limit), min(after + limit, rows.height)
    return {
        "snapshot": shown.number,
        "as_of": published.run.as_of.isoformat(),
        "model_id": published.run.model_id,
        "total": rows.height,
        "week": published.run.get("week"),
        "items": [plain(row) for row in items.iter_rows(named=True)],
        "next": f"{shown.number}.{end}" if end < rows.height else None,
    }


def _status(_path: str, _query: Query, shown: Shown) -> Reply:
    """How the service itself does; ``enduse doctor --service`` reads it."""
    published = shown.published
    return _json(
        {
            "version": __version__,
            "now": datetime.now(UTC).isoformat(),
            "snapshot": None if published is None else shown.number,
            "as_of": None if published is None else published.run.as_of.isoformat(),
            "model_id": None if published is None else published.run.model_id,
            "ended": {
                s: datetime.fromtimestamp(t, UTC).isoformat() for s, t in shown.ended.items()
            },
            "failing": list(shown.failing),
            "fallen": [dict(fall) for fall in shown.fallen],
            "aside": {
                "files": sum(shown.aside.values()),
                "by_table": dict(shown.aside),
                "first": [dict(file) for file in shown.aside_first],
            },
            "disk": _disk(shown.state),
        }
    )


def _disk(folder: Path | None) -> dict[str, int] | None:
    try:
        usage = None if folder is None else shutil.disk_usage(folder)
    except OSError:
        return None
    return None if usage is None else {"free_bytes": usage.free, "total_bytes": usage.total}


def _account(path: str, _query: Query, shown: Shown) -> Reply:
    if shown.published is None:
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, _NONE_YET)
    found = shown.published.account(unquote(path.removeprefix(_ACCOUNTS)))
    if found is None:
        return _problem(HTTPStatus.NOT_FOUND, "no such account")
    return _json({"snapshot": shown.number, **_nameless(found)})


def _nameless(found: Mapping[str, Any]) -> dict[str, Any]:
    """An account without what names a party: no page of a service does.

    Why a rule asks stands in ``lane_l``, and what a notice says in ``lane_e``, where no party
    is named.
    """
    told = {
        "policy": [_without(row) for row in found["policy"] or ()],
        "leads": [_notice(row) for row in found["leads"] or ()],
    }
    return {**found, **told}


def _notice(row: Mapping[str, Any]) -> dict[str, Any]:
    """A lead: which notice of which day, how strong, and the codes of what agrees or does not."""
    return {
        **{name: row[name] for name in _OF_NOTICE},
        "day": (row["published_at"] or "")[:10] or None,
        **{name: codes(row, seen) for name, seen in _CODES.items()},
    }


def _without(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in _NAMING}
    if kept.get("role"):
        # "end customer named by partner P" names P.
        kept["role"] = kept["role"].partition(" named by ")[0]
    return kept


def _json(value: Any, status: HTTPStatus = HTTPStatus.OK) -> Reply:
    return Reply(status, _JSON, json.dumps(value, ensure_ascii=True, allow_nan=False).encode())


def _problem(status: HTTPStatus, sentence: str) -> Reply:
    return _json({"status": int(status), "detail": sentence}, status)


def openapi() -> dict[str, Any]:
    """The OpenAPI document of these pages."""
    problem = {"$ref": "#/components/responses/Problem"}
    plain_text = {"content": {"text/plain": {"schema": {"type": "string"}}}}
    page = {"content": {_JSON: {"schema": {"$ref": "#/components/schemas/Page"}}}}
    account = {"content": {_JSON: {"schema": {"type": "object"}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "enduse", "version": __version__, "summary": "Leads, never verdicts."},
        "security": [{"bearer": []}, {"basic": []}, {}],
        "paths": {
            "/metrics": _get("Metrics for Prometheus", {"200": plain_text}),
            "/healthz": _get("Whether the process lives", {"200": plain_text}),
            "/readyz": _get(
                "Whether there are scores, kept fresh", {"200": plain_text, "503": plain_text}
            ),
            "/api/v1/queue": _get(
                "The review queue, page by page; queue policy in lane L's own order",
                {"200": page, "400": problem, "409": problem, "503": problem},
                [
                    _parameter("queue", {"type": "string", "enum": list(QUEUES[:-1])}),
                    _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST}),
                    _parameter("after", {"type": "string", "description": "`next` of a page"}),
                ],
            ),
            "/api/v1/accounts/{id}": _get(
                "One account with reasons, what speaks against them, and what lanes L and E say",
                {"200": account, "404": problem, "503": problem},
                [_parameter("id", {"type": "string"}, where="path")],
            ),
            "/api/v1/status": _get("How the service itself does", {"200": account}),
            "/openapi.json": _get("This document", {"200": account}),
        },
        "components": _components(),
    }


def _components() -> dict[str, Any]:
    fields = {
        "snapshot": {"type": "integer"}, "as_of": {"type": "string", "format": "date-time"},
        "model_id": {"type": "string"}, "total": {"type": "integer"},
        "items": {"type": "array", "items": {"type": "object"}},
        "next": {"type": ["string", "null"]}, "week": {"type": ["object", "null"]},
    }  # fmt: skip
    problem = {"status": {"type": "integer"}, "detail": {"type": "string"}}
    return {
        "schemas": {"Page": {"type": "object", "properties": fields, "required": list(fields)}},
        "responses": {
            "Problem": {
                "description": "What was wrong, in one sentence",
                "content": {_JSON: {"schema": {"type": "object", "properties": problem}}},
            }
        },
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "basic": {"type": "http", "scheme": "basic"},
        },
    }


def _get(
    summary: str, responses: Mapping[str, Any], parameters: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    told = {s: r if "$ref" in r else {"description": summary, **r} for s, r in responses.items()}
    return {"get": {"summary": summary, "parameters": parameters or [], "responses": told}}


def _parameter(name: str, schema: Mapping[str, Any], where: str = "query") -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}
