"""What a route is, and what its function is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from detector.cases.record.store import Actor, Store
    from detector.cases.team.entering import Entrance
    from detector.cases.team.sessions import Session
    from detector.console.drawing import Drawing

HTML: Final = "text/html"
JSON: Final = "application/json"
_OWN: Final = re.compile(r"/(?![/\\])[A-Za-z0-9._~/?&=%+:,-]*")


@dataclass(frozen=True)
class House:
    """What all pages share."""

    store: Store
    drawing: Drawing
    entrance: Entrance
    #: Of this process: signs the form of those who have no session yet.
    secret: bytes = field(repr=False)
    #: The folder of the newest run that the server serves; None where there is none.
    newest: Callable[[], Path | None]
    #: The pseudonym of an id under the site's key, in packs; None where the site has no key.
    shown: Callable[[str], str] | None = None


@dataclass(frozen=True)
class Asked:
    """One request: who asks, when, with which form, and what the path holds."""

    house: House
    request: Request
    now: datetime
    session: Session | None
    form: Mapping[str, str]
    parts: Mapping[str, Any]
    client: str

    @property
    def actor(self) -> Actor:
        """Who asks; only where the route takes a session."""
        if self.session is None:
            raise BadRequest
        return self.session.actor

    def page(self, template: str, status: HTTPStatus = HTTPStatus.OK, /, **given: Any) -> Response:
        """A page from a template."""
        text = self.house.drawing.page(template, self.session, self.request.path, given)
        return Response(text, int(status), mimetype=HTML)

    def given(self, name: str) -> str:
        """A field of the form; nothing where it was left out."""
        return self.form.get(name, "")


@dataclass(frozen=True)
class Route:
    """A page: where it stands, by which method it is asked, and who may.

    Attributes
    ----------
    roles
        Who may; an empty set is for whoever has a session, None for anybody at all.
    """

    path: str
    name: str
    answer: Callable[[Asked], Response]
    roles: frozenset[str] | None
    method: str = "GET"


def to(place: str) -> Response:
    """Send the browser to a page of ours, by GET."""
    return Response(status=int(HTTPStatus.SEE_OTHER), headers={"Location": place})


def own_place(given: str) -> str:
    """A place of this very server, or its front page where the text is none.

    Examples
    --------
    >>> own_place("/queue?tab=proxy&"), own_place("//example.org/"), own_place("/<b>")
    ('/queue?tab=proxy&', '/', '/')
    """
    return given.rstrip("?") if _OWN.fullmatch(given) else "/"
