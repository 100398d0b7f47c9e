"""A server and the work that feeds its pages, from the start to a clean end."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from detector.errors import EnduseError, UsageError
from detector.http.certificates import Certificates
from detector.http.counts import Tally
from detector.http.kept import Watched, told_in_a_line
from detector.http.manager import Manager
from detector.http.server import PageServer
from detector.http.web import Web, read_web
from detector.terminal import safe_text

_LOG: Final = logging.getLogger(__name__)
_TICK: Final = 0.1
_LEAVE_SECONDS: Final = 1.5
_SENTENCE: Final = 500

Work = Callable[[threading.Event], None]


def serve_until(
    stop: threading.Event,
    server: PageServer,
    work: Work,
    *,
    interrupt: Callable[[], None] | None = None,
    web_config: Path | None = None,
    reload: threading.Event | None = None,
    started: Callable[[str, int], None] | None = None,
    status: Callable[[], str] = str,
) -> None:
    """Serve while ``work`` goes on beside, until ``stop``, SIGTERM or SIGINT; then close.

    The service manager that started the process is told of it, and hears that the service lives as
    long as both threads do. A certificate is taken anew when its files change.

    Parameters
    ----------
    stop
        Ends the serving when set; SIGTERM and SIGINT set it where this is the main thread.
    server
        The server; closed at the end.
    work
        Feeds the pages; returns soon after ``stop`` is set.
    interrupt
        Called at the end: lets work that waits for something else return.
    web_config
        File that is read again when ``reload`` is set, as SIGHUP does.
    reload
        Asks for that from outside.
    started
        Called with host and port once connections are accepted.
    status
        How the service does, in a line for its manager.

    Raises
    ------
    EnduseError
        Where the server or the work ended before it was asked to: old pages that nobody feeds
        are worse than none.
    """
    again = reload or threading.Event()
    manager = Manager.of(os.environ)
    with ExitStack() as ends:
        ends.enter_context(server)
        ends.enter_context(_told_by_signals(stop, again))
        pages = Watched("http", lambda: server.serve_forever(_TICK))
        pages.start()
        ends.callback(pages.join)
        ends.callback(server.shutdown)
        looks = Watched("looks", lambda: work(stop))
        looks.start()
        ends.callback(looks.join, _LEAVE_SECONDS)
        if interrupt is not None:
            ends.callback(interrupt)
        ends.callback(stop.set)
        ends.callback(manager.stopping)
        if started is not None:
            started(server.server_name, server.server_port)
        certificates = Certificates(server.web)
        manager.ready()
        while not stop.wait(_TICK):
            _check(stop, pages, looks)
            manager.alive(status)
            if again.is_set():
                again.clear()
                with manager.reading_again():
                    if _read_again(server, web_config):
                        certificates.used(server.web)
            elif certificates.renewed(server.web):
                _renew(server)


def _check(stop: threading.Event, *threads: Watched) -> None:
    for thread in threads:
        # In this order: what ended because it was asked to, ended after the asking.
        if not thread.is_alive() and not stop.is_set():
            raise EnduseError(
                f"the thread {thread.name!r} of the service ended before it was asked to, by "
                f"{told_in_a_line(thread.error)}; the service ends with it, start it again"
            ) from thread.error


def _read_again(server: PageServer, web_config: Path | None) -> bool:
    return _use(
        server, lambda: read_web(web_config), "the web configuration", server.counts.reloads
    )


def _renew(server: PageServer) -> None:
    """Take the certificate's files as they now are; the rest of the configuration stays."""
    _use(server, lambda: server.web, "the certificate", server.counts.certificates)


def _use(server: PageServer, found: Callable[[], Web], what: str, counts: Tally) -> bool:
    event = what.removeprefix("the ").replace(" ", "_")
    try:
        server.use(found())
    except UsageError as error:
        counts.add("refused")
        _LOG.warning(
            "%s before stays: %s", what, safe_text(error, limit=_SENTENCE),
            extra={"event": f"{event}_refused"},
        )  # fmt: skip
        return False
    counts.add("taken")
    _LOG.info("%s was read again", what, extra={"event": f"{event}_taken"})
    return True


@contextmanager
def _told_by_signals(stop: threading.Event, again: threading.Event) -> Iterator[None]:
    """Let signals set the events; only the main thread may take signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    events = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: again}

    def tell(number: int, _frame: FrameType | None) -> None:
        events[signal.Signals(number)].set()

    before = {number: signal.signal(number, tell) for number in events}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
