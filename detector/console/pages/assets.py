"""Style and script: kept by browsers for good, since a change changes the name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from werkzeug.wrappers import Response

from detector.console.assets import Asset
from detector.console.routes import Asked, Route


def routes_of(files: Mapping[str, Asset]) -> Iterator[Route]:
    """A route for each file."""
    for name, asset in files.items():
        yield Route(asset.place, f"asset {name}", _answer(asset), None)


def _answer(asset: Asset) -> Callable[[Asked], Response]:
    def sent(_asked: Asked) -> Response:
        kept = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(asset.body, mimetype=asset.kind, headers=kept)

    return sent
