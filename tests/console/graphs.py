"""Cases with rings of any size, and the graph page of one on a small server of its own."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from importlib.resources import files
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote

from jinja2 import ChoiceLoader, DictLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from detector.console.pages.graph import graph_data, graph_page
from detector.dossier import Case, CaseKey, shared_first
from detector.http import Page, Reply, Request, Site
from detector.report.words import visible

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
START = datetime(2026, 2, 1, tzinfo=UTC)
KINDS = ("device", "payment", "phone", "ssh_key", "image")
FILES = (
    ("report.css", "detector.report", "templates/style.css"),
    *((name, "detector.console", f"static/{name}") for name in
      ("graph.css", "graph.js", "graph-worker.js")),
    *((f"{name}.min.js", "detector.console", f"static/vendor/{name}.min.js") for name in
      ("cytoscape", "d3-dispatch", "d3-quadtree", "d3-timer", "d3-force")),
)  # fmt: skip
BASE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{% block title %}{% endblock %}</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="{{ assets["report.css"].place }}">
{% block head %}{% endblock %}</head><body><main id="main">{% block main %}{% endblock %}</main>
</body></html>"""


def member(account: str, rank: int, queue: str = "none") -> dict[str, Any]:
    """A row of scores as far as a graph reads it."""
    return {"account_id": account, "rank": rank, "score": 1 - rank / 10_000, "queue": queue}


def link(account: str, kind: str, value: str, holders: int, day: int = 0) -> dict[str, Any]:
    """A row of links, seen for ten days."""
    first = START + timedelta(days=day)
    return {
        "account_id": account, "kind": kind, "value": value, "holders": holders,
        "first": first, "last": first + timedelta(days=10),
    }  # fmt: skip


def edge(a: str, b: str, kind: str = "payment", weight: float = 12.5) -> dict[str, Any]:
    """An edge of a ring."""
    return {"a": a, "b": b, "kind": kind, "weight": weight}


def case_of(
    members: list[dict[str, Any]], links: list[dict[str, Any]], edges: list[dict[str, Any]]
) -> Case:
    """A ring of these."""
    lead = members[0]
    return Case(
        CaseKey("proxy", 1, "ring-1", lead["account_id"], 1), lead, tuple(members),
        {"ring_id": "ring-1", "edges": edges}, (), date(2026, 2, 1), {}, (),
        links=shared_first(links),
    )  # fmt: skip


def large(accounts: int, lines: int, seed: int = 1) -> Case:
    """A ring of so many accounts and about so many lines: identifiers that two neighbours share."""
    dice = random.Random(seed)
    names = [f"acct-{number:05d}" for number in range(accounts)]
    queues = ["proxy" if number % 9 == 0 else "none" for number in range(accounts)]
    members = [member(name, at + 1, queues[at]) for at, name in enumerate(names)]
    links = []
    for number in range(lines):
        start = dice.randrange(accounts)
        other = (start + dice.randrange(1, 40)) % accounts
        kind, value = KINDS[number % len(KINDS)], f"{dice.getrandbits(64):016x}"
        links += [link(names[at], kind, value, 2, number % 60) for at in (start, other)]
    edges = [edge(names[at], names[at + 1]) for at in range(min(399, accounts - 1))]
    return case_of(members, links, edges)


def page_of(case: Case, asked: Mapping[str, str], case_id: str = "C-000001") -> str:
    """The page as it would be sent."""
    environment = Environment(
        loader=ChoiceLoader([DictLoader({"base.html.j2": BASE}), PackageLoader("detector.console")]),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else visible(value, 600),
    )  # fmt: skip
    assets = {name: SimpleNamespace(place=_place(name, body)) for name, body in _bodies().items()}
    given = graph_page(case, case_id, asked)
    return environment.get_template("graph.html.j2").render(assets=assets, **given)


def _bodies() -> dict[str, bytes]:
    return {name: files(package).joinpath(path).read_bytes() for name, package, path in FILES}


def _place(name: str, body: bytes) -> str:
    return f"/static/{hashlib.sha256(body).hexdigest()[:16]}.{name}"


def site_of(case: Case) -> Site:
    """A site of the page, its data and its files, under the console's policy."""
    headers = (("Content-Security-Policy", POLICY), ("X-Content-Type-Options", "nosniff"))
    data = graph_data(case)

    def page(request: Request) -> Reply:
        asked = dict(parse_qsl(unquote(request.query)))
        return Reply(HTTPStatus.OK, "text/html", page_of(case, asked).encode(), headers)

    def file(kind: str, body: bytes) -> Page:
        return Page(lambda _request: Reply(HTTPStatus.OK, kind, body, headers))

    kinds = {"css": "text/css", "js": "text/javascript"}
    return {
        "/cases/C-000001/graph": Page(page),
        "/api/v1/cases/C-000001/graph": file("application/json", data),
        **{
            _place(name, body): file(kinds[name.rpartition(".")[2]], body)
            for name, body in _bodies().items()
        },
    }  # fmt: skip
