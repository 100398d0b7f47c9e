"""The service: an inbox in, scores out, one immutable snapshot at a time."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from detector.errors import DataError, UsageError
from detector.exporter import Watch, exposition
from detector.results import Run
from detector.results.published import Published
from detector.service.api import Shown
from detector.service.publication import last_run
from detector.service.server import LiveServer
from detector.service.web import Web, read_web
from detector.service.worker import Options, Told
from detector.terminal import safe_text

_LOG: Final = logging.getLogger(__name__)
_END_SECONDS: Final = 3.0
_SENTENCE: Final = 500
# Before the first run there are stages to tell of, and nothing else.
_NOTHING: Final = Published(Path(), Run.told({"timings": {}}), 0.0, (0, 0, 0), None, None)
_WORK: Final = "from detector.service.worker import serve_lines; serve_lines()"


@dataclass(frozen=True)
class Serving:
    """How a service runs.

    Attributes
    ----------
    worker
        What the worker is told.
    listen
        HOST:PORT; port 0 takes a free one.
    web_config
        File of TLS and authentication.
    key
        Key of the account pseudonyms in metrics.
    top_k
        Accounts shown there.
    poll
        Seconds between two looks at the inbox.
    """

    worker: Options
    listen: str
    key: bytes = field(repr=False)
    web_config: Path | None = None
    top_k: int = 50
    poll: float = 2.0


class LiveService:
    """Keeps a worker at work and its last run shown."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._root = Path(serving.worker.state)
        self._number = 0
        self._ended: dict[str, float] = {}
        self._seconds: dict[str, float] = {}
        self._shown = Shown(b"", None)
        self._told: dict[str, str] = {}
        self._published: Published | None = None
        last = last_run(self._root)
        if last is not None:
            self._take(last.folder)
        self._render(healthy=last is not None)

    def shown(self) -> Shown:
        """What the pages show now: one run, and metrics of the same run."""
        return self._shown

    def tell(self, told: Told) -> None:
        """Show what a look has brought."""
        self._ended.update(told.ended)
        self._seconds.update(told.seconds)
        for sentence in told.said:
            _LOG.info("%s", safe_text(sentence, limit=_SENTENCE))
        for stage, sentence in told.failed.items():
            if self._told.get(stage) != sentence:
                _LOG.warning("%s failed: %s", stage, safe_text(sentence, limit=_SENTENCE))
        self._told = told.failed
        healthy = not told.failed
        try:
            if told.run is not None and Path(told.run) != self._folder():
                self._take(Path(told.run))
        except DataError as error:
            _LOG.warning("still showing the run before: %s", safe_text(error, limit=_SENTENCE))
            healthy = False
        self._render(healthy=healthy and self._published is not None)

    def _folder(self) -> Path | None:
        return None if self._published is None else self._published.folder

    def _take(self, folder: Path) -> None:
        self._published = Published.read(folder, self._serving.top_k)
        self._number = int(folder.name.partition("-")[0])

    def _render(self, *, healthy: bool) -> None:
        text = exposition(
            self._published or _NOTHING, self._serving.key, healthy=healthy,
            watch=Watch(self._seconds, self._ended),
        )  # fmt: skip
        # All at once: no page shows one run beside the metrics of another.
        self._shown = Shown(
            text, self._published, healthy, dict(self._ended), tuple(sorted(self._told)),
            self._root, self._number,
        )  # fmt: skip


class WorkerProcess:
    """The worker's process, started anew when it has died."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self._ending = False
        self._guard = threading.Lock()

    def look(self) -> Told | None:
        """Ask for one look; None where the worker died or the service ends."""
        process = self._running()
        if process is None or process.stdin is None or process.stdout is None:
            return None
        try:
            process.stdin.write("{}\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = ""
        if not answer:
            return None
        held: dict[str, Any] = json.loads(answer)
        return Told(**held)

    def _running(self) -> subprocess.Popen[str] | None:
        with self._guard:
            if self._ending:
                return None
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-c", _WORK],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
                assert self._process.stdin is not None  # noqa: S101 - it was asked for
                # Keys go through the pipe: not into arguments others can list.
                self._process.stdin.write(json.dumps(asdict(self._options)) + "\n")
                self._process.stdin.flush()
            return self._process

    def end(self) -> None:
        """End the worker now; what it had not published it does again at the next start."""
        with self._guard:
            self._ending = True
            process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def serve_live(
    serving: Serving,
    stop: threading.Event,
    *,
    reload: threading.Event | None = None,
    started: Callable[[str, int], None] | None = None,
) -> None:
    """Serve until ``stop`` is set.

    Parameters
    ----------
    stop
        Ends the service within five seconds; the state on disk is whole at every moment.
    reload
        Set by SIGHUP: the web configuration is read again. A model that changed on disk is
        taken at the next look without being told.
    started
        Called with host and port once connections are accepted.

    Raises
    ------
    UsageError
        Where the address or the web configuration cannot be used.
    """
    web = read_web(serving.web_config)
    service = LiveService(serving)
    worker = WorkerProcess(serving.worker)
    with LiveServer(serving.listen, web, service.shown) as server:
        serving_thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="http")
        looking = threading.Thread(
            target=_keep_looking, args=(service, worker, stop, serving.poll), name="looks"
        )
        serving_thread.start()
        looking.start()
        try:
            if started is not None:
                started(server.server_name, server.server_port)
            _wait(stop, reload or threading.Event(), server, serving)
        finally:
            stop.set()
            worker.end()
            server.shutdown()
            serving_thread.join()
            looking.join(_END_SECONDS)


def _wait(
    stop: threading.Event, reload: threading.Event, server: LiveServer, serving: Serving
) -> None:
    while not stop.wait(0.1):
        if reload.is_set():
            reload.clear()
            _read_again(server, serving)


def _read_again(server: LiveServer, serving: Serving) -> None:
    try:
        web: Web = read_web(serving.web_config)
        server.use(web)
    except UsageError as error:
        _LOG.warning("the web configuration before stays: %s", safe_text(error, limit=_SENTENCE))
    else:
        _LOG.info("the web configuration was read again")


def _keep_looking(
    service: LiveService, worker: WorkerProcess, stop: threading.Event, poll: float
) -> None:
    while not stop.is_set():
        told = worker.look()
        if told is not None:
            service.tell(told)
        elif not stop.is_set():
            _LOG.warning("the worker ended before its time; a new one is started")
            service.tell(Told(failed={"worker": "it ended before its time"}))
            time.sleep(min(poll, 1.0))
        stop.wait(poll)
