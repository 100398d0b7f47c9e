"""Answers to forms: done once, however often the same form is sent."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from werkzeug.wrappers import Response

from detector.cases.deciding import repeated
from detector.cases.record.store import Writing
from detector.console.routes import Asked, to
from detector.console.security import FIELD


def fresh_key() -> str:
    """The key of a form on a page that is drawn now."""
    return secrets.token_urlsafe(16)


def done(asked: Asked, do: Callable[[Writing], str]) -> Response:
    """Do what a form asks, in one transaction, and lead on to where it says."""
    person, key = asked.actor.person, asked.given("key")
    told = {name: text for name, text in asked.form.items() if name != FIELD}
    digest = hashlib.sha256(
        json.dumps([asked.request.path, told], sort_keys=True).encode()
    ).hexdigest()
    with asked.house.store.writing(asked.now) as tx:
        place = repeated.answered(tx, person, key, digest)
        if place is None:
            place = do(tx)
            repeated.keep(tx, person, key, digest, place)
    return to(place)


def place_of(case_id: str, **query: object) -> str:
    """The address of a case's page; what is None or empty is left out."""
    kept = _kept(query)
    return f"/cases/{quote(case_id, safe='')}" + (f"?{urlencode(kept)}" if kept else "")


def queue_at(**query: object) -> str:
    """The address of a list of the queue."""
    kept = _kept(query)
    return "/queue" + (f"?{urlencode(kept)}" if kept else "")


def _kept(query: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in query.items() if value not in (None, "")}
