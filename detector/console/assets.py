"""Style and script, under names that change with them, so that browsers may keep them for good."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

PLACE: Final = "/static/"
_DIGITS: Final = 16
_KINDS: Final = {"css": "text/css", "js": "text/javascript"}
#: The report's style comes first: the console adds to it.
_FILES: Final = (
    ("report.css", "detector.report", "templates/style.css"),
    ("console.css", "detector.console", "static/console.css"),
    ("console.js", "detector.console", "static/console.js"),
    *((name, "detector.console", f"static/{name}") for name in
      ("graph.css", "graph.js", "graph-worker.js")),
    *((name, "detector.console", f"static/vendor/{name}") for name in
      ("cytoscape.min.js", "d3-dispatch.min.js", "d3-quadtree.min.js", "d3-timer.min.js",
       "d3-force.min.js")),
)  # fmt: skip


@dataclass(frozen=True)
class Asset:
    """A file as it is sent."""

    place: str
    kind: str
    body: bytes


def read_assets() -> Mapping[str, Asset]:
    """The files, by the names that templates use."""
    return {name: _asset(name, package, path) for name, package, path in _FILES}


def _asset(name: str, package: str, path: str) -> Asset:
    body = files(package).joinpath(path).read_bytes()
    stem, _, ending = name.rpartition(".")
    digest = hashlib.sha256(body).hexdigest()[:_DIGITS]
    return Asset(f"{PLACE}{stem}.{digest}.{ending}", _KINDS[ending], body)
