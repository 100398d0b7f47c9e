"""The graph page of a case on a small server of its own: no login, all else as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl

from detector.cases.showing.graphing import graph_json, graph_of
from detector.console.assets import Asset, read_assets
from detector.console.drawing import Drawing
from detector.console.pages.graph import graph_page
from detector.console.security import HEADERS
from detector.dossier import Case
from detector.http import Page, Reply, Request, Site

ASSETS = read_assets()
PLACE = "/cases/C-000001/graph"


def page_of(case: Case, asked: Mapping[str, str], case_id: str = "C-000001") -> str:
    """The page as it would be sent."""
    return Drawing(ASSETS).page("graph.html.j2", None, PLACE, graph_page(case, case_id, asked))


def site_of(case: Case) -> Site:
    """A site of the page, its data and its files, under the console's headers."""
    data = json.dumps(graph_json(graph_of(case))).encode()

    def page(request: Request) -> Reply:
        asked = dict(parse_qsl(request.query))
        return Reply(HTTPStatus.OK, "text/html", page_of(case, asked).encode(), HEADERS)

    return {
        PLACE: Page(page),
        f"/api/v1{PLACE}": _sent("application/json", data),
        **{asset.place: _asset(asset) for asset in ASSETS.values()},
    }  # fmt: skip


def _asset(asset: Asset) -> Page:
    return _sent(asset.kind, asset.body)


def _sent(kind: str, body: bytes) -> Page:
    return Page(lambda _request: Reply(HTTPStatus.OK, kind, body, HEADERS))
