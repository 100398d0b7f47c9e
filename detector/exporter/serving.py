"""Keep the page of the last run ready, and serve it until asked to stop."""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from detector.cases.measuring.figures import CaseFigures
from detector.errors import DataError, OutputError
from detector.exporter.beside import Beside
from detector.exporter.collector import exposition
from detector.exporter.news import MEMORY, known, news_of, remember
from detector.exporter.server import MetricsServer
from detector.http import read_web, serve_until
from detector.results.published import Published, signature_of

_LOG: Final = logging.getLogger(__name__)
_POLL_SECONDS: Final = 1.0
_KEY_BYTES: Final = 32
_PUBLIC: Final = 0o644
# While a run is published the folder is gone for an instant; one failed look is no news.
_FAILURES_TO_TELL: Final = 2


class ResultsPage:
    """The exposition text of the newest readable run in a results folder.

    The text is made once per run and replaced as a whole, so a scrape costs one copy and
    sees one run only. If a newer run cannot be read, the old one stays and says so with
    ``enduse_collector_success{collector="results"} 0``. Where there is a folder of cases it
    is counted when the page is asked for: people judge between runs.
    """

    def __init__(
        self, out: Path, key: bytes, top_k: int, cases: Callable[[], CaseFigures] | None = None
    ) -> None:
        self._out, self._key, self._top_k, self._cases = out, key, top_k, cases
        self._published = Published.read(out, top_k)
        self._news = news_of(self._published)
        self._failures = 0
        self._text = self._made(healthy=True)

    def text(self) -> bytes:
        """Return the page as it stands."""
        if self._cases is None:
            return self._text
        return self._made(healthy=self._failures < _FAILURES_TO_TELL)

    def _made(self, *, healthy: bool) -> bytes:
        return exposition(
            self._published, self._key, healthy=healthy, cases=self._cases, news=self._news
        )

    def refresh(self) -> bool:
        """Read the folder again if a run was published; tell whether the page changed."""
        try:
            if not self._failures and signature_of(self._out) == self._published.signature:
                return False
            published = Published.read(self._out, self._top_k)
        except DataError as error:
            return self._keep_old(error)
        self._published, self._failures = published, 0
        self._news = news_of(published, self._news)
        self._text = self._made(healthy=True)
        return True

    def follow(self, stop: threading.Event, look: Callable[[Path], None] | None = None) -> None:
        """Look again and again until told to stop; ``look`` is told where, each time."""
        while True:
            if look is not None:
                look(self._out)
            if stop.wait(_POLL_SECONDS):
                return
            self.refresh()

    def _keep_old(self, error: DataError) -> bool:
        self._failures += 1
        if self._failures != _FAILURES_TO_TELL:
            return False
        _LOG.warning("still showing the run before: %s", error, extra={"event": "run_kept"})
        self._text = self._made(healthy=False)
        return True


def serve_results(
    out: Path,
    listen: str,
    *,
    key: bytes | None,
    top_k: int,
    web_config: Path | None = None,
    stop: threading.Event | None = None,
    started: Callable[[str, int], None] | None = None,
    beside: Beside | None = None,
) -> None:
    """Serve the last run of a results folder until SIGTERM, SIGINT or ``stop``.

    Parameters
    ----------
    out : Path
        Results folder; read again when its run.json changes.
    listen : str
        HOST:PORT; port 0 takes a free one. Others than loopback need authentication.
    key : bytes or None
        Key of the account pseudonyms. None: a random key for this process, so pseudonyms
        change with every start and cannot be traced back.
    top_k : int
        Accounts shown under pseudonyms.
    web_config : Path, optional
        File of TLS and authentication; read again on SIGHUP.
    stop : threading.Event, optional
        Ends the serving when set.
    started : callable, optional
        Called with host and port once connections are accepted.
    beside : Beside, optional
        A folder of cases: its pages, its figures, and each run that is published.

    Raises
    ------
    DataError
        If the folder holds no readable run.
    UsageError
        If the address is taken, or open to others without authentication, or the web
        configuration cannot be used.
    """
    web = read_web(web_config)
    if key is None:
        _LOG.warning(
            "no pseudonym key is set: account names on this page last until it stops",
            extra={"event": "no_key"},
        )
        key = secrets.token_bytes(_KEY_BYTES)
    page = ResultsPage(out, key, top_k, None if beside is None else beside.figures)
    server = MetricsServer(listen, page.text, web, more=None if beside is None else beside.pages)

    def follow(until: threading.Event) -> None:
        page.follow(until, None if beside is None else beside.look)

    serve_until(stop or threading.Event(), server, follow, web_config=web_config, started=started)


def write_textfile(out: Path, path: Path, *, key: bytes, top_k: int) -> None:
    """Write the page for node_exporter's textfile collector, replacing the file as a whole.

    Whoever has no key that lasts asks for no accounts: ``top_k=0``. Who was seen in the queues is
    remembered in a hidden file beside it, so that the next batch tells news from what stood.

    Raises
    ------
    DataError
        If the folder holds no readable run.
    OutputError
        If the file cannot be written.
    """
    published, memory = Published.read(out, top_k), path.with_name(f".{path.name}{MEMORY}")
    news = news_of(published, known(memory))
    text = exposition(published, key, news=news)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write_whole(beside, text)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    if not remember(news, memory):
        raise OutputError(f"cannot write {memory}: every batch would tell all as new")


def _write_whole(path: Path, text: bytes) -> None:
    """Write a new file to its end; another user, that of node_exporter, is to read it."""
    with path.open("xb") as stream:
        os.fchmod(stream.fileno(), _PUBLIC)
        stream.write(text)
        stream.flush()
        # Else a power cut after the move leaves an empty file, and that is a page without alarms.
        os.fsync(stream.fileno())
