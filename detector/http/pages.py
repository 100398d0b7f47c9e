"""Pages as functions: from a request to a reply, and where each of them stands."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from typing import BinaryIO, Final

TEXT: Final = "text/plain; charset=utf-8"
READING: Final = ("GET", "HEAD")


@dataclass(frozen=True)
class Request:
    """What a client asks; all of it is hostile.

    Attributes
    ----------
    method, path, query
        As they were sent: the path and the query still have their escapes.
    headers
        Names in any case; ``get`` gives the first of a name.
    body
        The whole body, read within the bounds before the page is asked.
    client
        Address of who asks: of a proxy, where one stands before the server.
    secure
        Whether it came over TLS.
    """

    method: str
    path: str
    query: str
    headers: Message
    body: BinaryIO
    client: str
    secure: bool


@dataclass(frozen=True)
class Reply:
    """What goes back; a header given here stands in for the server's own of that name.

    ``stranger`` says that the page did not know who asked, by what he gave: one of
    ``counts.FAILURES``; the server counts it.

    Raises
    ------
    ValueError
        Where a header holds anything but printable ASCII.
    """

    status: HTTPStatus
    kind: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    stranger: str | None = None

    def __post_init__(self) -> None:
        for part in (self.kind, *(part for header in self.headers for part in header)):
            # A line break would begin another header, or the body.
            if not (part.isascii() and part.isprintable()):
                raise ValueError(f"a header is to be printable ASCII, and not {part!r}")


Answer = Callable[[Request], Reply]
Room = Callable[[str, Message], int | None]
"""From a path and the headers to the bytes that the body may have beyond the server's bounds."""


@dataclass(frozen=True)
class Page:
    """A function that answers, and what may be asked of it.

    Attributes
    ----------
    methods
        The methods it answers to.
    open
        Whether it asks nobody who he is.
    room
        Says of a request, before its body is read, that this one may bring a larger one than
        others: it is to know who asks.
    """

    answer: Answer
    methods: tuple[str, ...] = READING
    open: bool = False
    room: Room | None = None


Site = Mapping[str, Page]
"""Pages by path. A path that ends in ``/`` also stands for all below it that has no page."""


def place_of(site: Site, path: str) -> str | None:
    """The path under which the page for a path stands, or None."""
    if path in site:
        return path
    above = (place for place in site if place.endswith("/") and path.startswith(place))
    return max(above, key=len, default=None)


def text(status: HTTPStatus, sentence: str, *headers: tuple[str, str]) -> Reply:
    """A line of plain text."""
    return Reply(status, TEXT, f"{sentence}\n".encode(), headers)


def probes(ready: Callable[[], bool], waiting: str) -> dict[str, Page]:
    """The pages of a process that is watched: they tell nothing, so they are open."""

    def alive(_request: Request) -> Reply:
        return text(HTTPStatus.OK, "ok")

    def is_ready(_request: Request) -> Reply:
        if ready():
            return text(HTTPStatus.OK, "ready")
        return text(HTTPStatus.SERVICE_UNAVAILABLE, waiting)

    return {"/healthz": Page(alive, open=True), "/readyz": Page(is_ready, open=True)}


def in_turns(answer: Answer, turns: threading.Semaphore, seconds: float, busy: Reply) -> Answer:
    """A page that is costly: a crowd takes turns, and who waits too long is told to come again."""

    def taking_turns(request: Request) -> Reply:
        if not turns.acquire(timeout=seconds):
            return busy
        try:
            return answer(request)
        finally:
            turns.release()

    return taking_turns
