"""Keep the page of the last run ready, and serve it until asked to stop."""

from __future__ import annotations

import logging
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from detector.errors import DataError, OutputError
from detector.exporter.collector import exposition
from detector.exporter.server import MetricsServer
from detector.results.published import Published, signature_of

_LOG: Final = logging.getLogger(__name__)
_POLL_SECONDS: Final = 1.0
_KEY_BYTES: Final = 32
# While a run is published the folder is gone for an instant; one failed look is no news.
_FAILURES_TO_TELL: Final = 2


class ResultsPage:
    """The exposition text of the newest readable run in a results folder.

    The text is made once per run and replaced as a whole, so a scrape costs one copy and
    sees one run only. If a newer run cannot be read, the old one stays and says so with
    ``enduse_collector_success{collector="results"} 0``.
    """

    def __init__(self, out: Path, key: bytes, top_k: int) -> None:
        self._out, self._key, self._top_k = out, key, top_k
        self._published = Published.read(out, top_k)
        self._failures = 0
        self._text = exposition(self._published, key)

    def text(self) -> bytes:
        """Return the page as it stands."""
        return self._text

    def refresh(self) -> bool:
        """Read the folder again if a run was published; tell whether the page changed."""
        try:
            if not self._failures and signature_of(self._out) == self._published.signature:
                return False
            published = Published.read(self._out, self._top_k)
        except DataError as error:
            return self._keep_old(error)
        self._published, self._failures = published, 0
        self._text = exposition(published, self._key)
        return True

    def _keep_old(self, error: DataError) -> bool:
        self._failures += 1
        if self._failures != _FAILURES_TO_TELL:
            return False
        _LOG.warning("still showing the run before: %s", error)
        self._text = exposition(self._published, self._key, healthy=False)
        return True


def serve_results(
    out: Path,
    listen: str,
    *,
    key: bytes | None,
    top_k: int,
    stop: threading.Event | None = None,
    started: Callable[[str, int], None] | None = None,
) -> None:
    """Serve the last run of a results folder until SIGTERM, SIGINT or ``stop``.

    Parameters
    ----------
    out : Path
        Results folder; read again when its run.json changes.
    listen : str
        HOST:PORT on loopback; port 0 takes a free one.
    key : bytes or None
        Key of the account pseudonyms. None: a random key for this process, so pseudonyms
        change with every start and cannot be traced back.
    top_k : int
        Accounts shown under pseudonyms.
    stop : threading.Event, optional
        Ends the serving when set.
    started : callable, optional
        Called with host and port once connections are accepted.

    Raises
    ------
    DataError
        If the folder holds no readable run.
    UsageError
        If the address is taken or can be reached from other machines.
    """
    if key is None:
        _LOG.warning("no pseudonym key is set: account names on this page last until it stops")
        key = secrets.token_bytes(_KEY_BYTES)
    page = ResultsPage(out, key, top_k)
    done = stop or threading.Event()
    with MetricsServer(listen, page.text) as server, _ended_by_signals(done):
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="metrics")
        thread.start()
        try:
            if started is not None:
                started(server.server_name, server.server_port)
            while not done.wait(_POLL_SECONDS):
                page.refresh()
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _ended_by_signals(done: threading.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT set ``done``; only the main thread may take signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        done.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def write_textfile(out: Path, path: Path, *, key: bytes, top_k: int) -> None:
    """Write the page for node_exporter's textfile collector, replacing the file as a whole.

    Raises
    ------
    DataError
        If the folder holds no readable run.
    OutputError
        If the file cannot be written.
    """
    text = exposition(Published.read(out, top_k), key)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.write_bytes(text)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
