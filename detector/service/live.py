"""The service: an inbox in, scores out, one immutable snapshot at a time."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from detector.errors import DataError
from detector.exporter import MEMORY, News, exposition, known, news_of, remember
from detector.exporter.beside import Beside
from detector.http import read_web, serve_until
from detector.modelfolder import champion
from detector.pipeline.arguments import present
from detector.results import Run
from detector.results.published import Published
from detector.service.api import Shown
from detector.service.deaths import forget
from detector.service.health import WORKER, Health, died
from detector.service.publication import last_run
from detector.service.reasons import OTHER
from detector.service.server import LiveServer
from detector.service.stages import forget_stage, was_doing
from detector.service.telling import overhear, status_of
from detector.service.worker import Options, Told
from detector.state import Store
from detector.terminal import safe_text

_LOG: Final = logging.getLogger(__name__)
_END_SECONDS: Final = 3.0
_GRACE_SECONDS: Final = 0.5
_LONGEST_PAUSE: Final = 60.0
FRESH_SECONDS: Final = 900.0
"""Least age of the last look that ended well at which `/readyz` says no, unless it is set."""
_FRESH_LOOKS: Final = 10
_WAIT_SECONDS: Final = 10.0
_LOOK: Final = "{}\n"
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
    ready_seconds
        Age of the last look that ended well past which the service is not ready; None: 15
        minutes, or ten looks where that is longer.
    """

    worker: Options
    listen: str
    key: bytes = field(repr=False)
    web_config: Path | None = None
    top_k: int = 50
    poll: float = 2.0
    ready_seconds: float | None = None

    @property
    def fresh_seconds(self) -> float:
        """Age of the last look that ended well past which the service is not ready."""
        if self.ready_seconds is not None:
            return self.ready_seconds
        return max(FRESH_SECONDS, _FRESH_LOOKS * self.poll)


class LiveService:
    """Keeps a worker at work and its last run shown."""

    def __init__(
        self, serving: Serving, beside: Beside | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._serving, self._beside = serving, beside
        self._root = Path(serving.worker.state)
        self._number = 0
        self._health = Health(clock)
        self._shown = Shown(b"", None)
        self._told: dict[str, str] = {}
        self._aside: dict[str, int] | None = None
        self._aside_first: list[dict[str, str]] = []
        self._fallen: list[dict[str, str]] = []
        self._published: Published | None = None
        self._news: News | None = None
        last = last_run(self._root)
        self.tell(Told(run=None if last is None else str(last.folder)))

    def shown(self) -> Shown:
        """What the pages show now: one run, and metrics of the same run."""
        return self._shown

    def tell(self, told: Told) -> None:
        """Show what a look has brought."""
        for sentence in told.warned:
            _LOG.warning("%s", safe_text(sentence, limit=_SENTENCE), extra={"event": "set_aside"})
        for sentence in told.said:
            _LOG.info("%s", safe_text(sentence, limit=_SENTENCE), extra={"event": "worker_did"})
        if told.aside is not None:
            self._aside, self._aside_first = told.aside, told.aside_first
        if WORKER not in told.failed:
            self._fallen = told.fallen
        failed, reasons = dict(told.failed), dict(told.reasons)
        try:
            if told.run is not None and Path(told.run) != self._folder():
                self._take(Path(told.run))
        except DataError as error:
            failed["publish"] = f"{error}; still showing the run before"
        # A score that cannot be shown is none.
        lost = {"score"} if "publish" in failed else set[str]()
        ended = {stage: at for stage, at in told.ended.items() if stage not in lost}
        words = {stage: reasons.get(stage, OTHER) for stage in failed}
        self._health.take(told.seconds, ended, words)
        for stage, sentence in failed.items():
            if self._told.get(stage) != sentence:
                _LOG.warning(
                    "%s failed: %s", stage, safe_text(sentence, limit=_SENTENCE),
                    extra={"event": "stage_failed", "about": {"stage": stage}},
                )  # fmt: skip
        for stage in sorted(self._told.keys() - failed.keys()):
            _LOG.info(
                "%s goes on", stage, extra={"event": "stage_mended", "about": {"stage": stage}}
            )
        self._told = failed
        if self._beside is not None and self._published is not None:
            self._beside.look(self._published.folder)
        self._render(healthy=not failed and self._published is not None)

    def _folder(self) -> Path | None:
        return None if self._published is None else self._published.folder

    def _take(self, folder: Path) -> None:
        published = Published.read(folder, self._serving.top_k)
        if published.queue is None or not {"as_of", "model_id"} <= set(published.run.keys()):
            raise DataError(f"{folder} is not a whole run; it is made again")
        before = self._news or _remembered(folder)
        self._news = news_of(published, before)
        if self._news != before and not remember(self._news, folder / MEMORY):
            _LOG.warning(
                "who was seen in the queues cannot be written beside the run",
                extra={"event": "news_lost"},
            )
        self._published = published
        self._number = int(folder.name.partition("-")[0])

    def _render(self, *, healthy: bool) -> None:
        text = exposition(
            self._published or _NOTHING, self._serving.key, healthy=healthy,
            watch=replace(self._health.watch(), aside=self._aside), news=self._news,
            cases=None if self._beside is None else self._beside.figures,
        )  # fmt: skip
        # All at once: no page shows one run beside the metrics of another.
        self._shown = Shown(
            text, self._published, healthy, dict(self._health.ended), tuple(sorted(self._told)),
            self._root, self._number, self._aside or {}, self._aside_first, overdue=self._overdue,
            fallen=self._fallen,
        )  # fmt: skip

    def _overdue(self) -> str | None:
        return self._health.overdue(self._serving.fresh_seconds)


def _remembered(folder: Path) -> News | None:
    """What was remembered with a run, else with one before: a kill can come in between."""
    runs = sorted(folder.parent.glob(f"*/{MEMORY}"), reverse=True)
    return next((news for news in map(known, runs) if news is not None), None)


class WorkerDied(Exception):
    """The worker gave no answer; the sentence says what is known of its end."""


class WorkerProcess:
    """The worker's process, started anew when it has died."""

    def __init__(self, options: Options, held: int | None = None) -> None:
        self._options = options
        # The worker inherits the lock of the service: it lasts as long as either of them.
        self._inherited = () if held is None else (held,)
        self._process: subprocess.Popen[str] | None = None
        self._ending = self._worn = False
        self._guard = threading.Lock()
        self._looking = threading.Lock()

    def look(self) -> Told | None:
        """Ask for one look; None where the service ends.

        Raises
        ------
        WorkerDied
            Where there is no answer; the next look starts another worker.
        """
        with self._looking:
            try:
                return self._asked()
            except (OSError, ValueError, TypeError) as error:
                # A pipe that broke, or half an answer: of one that died at the wrong moment.
                if self._ending:
                    return None
                raise WorkerDied(self._discard(error)) from error

    def _asked(self) -> Told | None:
        process, lines = self._running()
        if process is None or process.stdin is None or process.stdout is None:
            return None
        process.stdin.write(lines)
        process.stdin.flush()
        held: dict[str, Any] = json.loads(process.stdout.readline())
        told = Told(**held)
        self._worn = told.worn
        return told

    def _running(self) -> tuple[subprocess.Popen[str] | None, str]:
        """The worker and what it is to be told: a new one hears its options first."""
        with self._guard:
            if self._ending:
                return None, ""
            if self._process is not None and not self._worn:
                return self._process, _LOOK
            if self._process is not None:
                # It asked for it after its last answer, and waits for a line that will not come.
                _kill(self._process)
                _close(self._process)
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _WORK],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="backslashreplace",
                pass_fds=self._inherited,
            )
            overhear(self._process.stderr)
            # Keys go through the pipe: not into arguments others can list.
            return self._process, f"{json.dumps(asdict(self._options))}\n{_LOOK}"

    def _discard(self, error: Exception) -> str:
        """Let go of a worker that gives no answer; what is known of its end."""
        with self._guard:
            process, self._process = self._process, None
        if process is None:
            return f"it could not be started: {error}"
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
        code = process.poll()
        _kill(process)
        _close(process)
        if code is None:
            return f"it gave an answer that is none: {error}"
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        doing = was_doing(Path(self._options.state))
        return f"it ended before its time, {how}" + (f", while it {doing}" if doing else "")

    def end(self) -> None:
        """End the worker now; what it had not published it does again at the next start."""
        with self._guard:
            self._ending = True
            process = self._process
        if process is None:
            return
        _kill(process)
        # It ended because it was told to: no file is to blame.
        forget(Path(self._options.state))
        forget_stage(Path(self._options.state))
        # A look that still reads from the pipe sees its end, and lets go of it first.
        if self._looking.acquire(timeout=_END_SECONDS):
            _close(process)
            self._looking.release()


def _kill(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _close(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            # What was not written yet has nobody left to read it.
            with suppress(OSError):
                pipe.close()


def serve_live(
    serving: Serving,
    stop: threading.Event,
    *,
    reload: threading.Event | None = None,
    started: Callable[[str, int], None] | None = None,
    beside: Beside | None = None,
) -> None:
    """Serve until ``stop`` is set.

    Parameters
    ----------
    stop
        Ends the service within five seconds, as SIGTERM and SIGINT do; the state on disk is
        whole at every moment.
    reload
        Has the web configuration read again when set, as SIGHUP does. A model that changed on
        disk is taken at the next look without being told.
    started
        Called with host and port once connections are accepted.
    beside
        A folder of cases: its pages, its figures, and each run that is published.

    Raises
    ------
    UsageError
        Where the address or the web configuration cannot be used.
    ModelError
        Where no model stands at the path given.
    StateError
        Where another service holds the state, or it cannot be written.
    EnduseError
        Where a thread of the service ends by a fault: scores that nobody brings up to date are
        not shown.
    """
    web = read_web(serving.web_config)
    if serving.worker.model is not None:
        # A path with a slip in it would be looked at for ever.
        present(champion(Path(serving.worker.model)))
    service = LiveService(serving, beside)
    with Store(Path(serving.worker.state)).serving(_WAIT_SECONDS) as held:
        worker = WorkerProcess(serving.worker, held)
        serve_until(
            stop,
            LiveServer(
                serving.listen, web, service.shown, more=None if beside is None else beside.pages
            ),
            partial(_keep_looking, service, worker, serving.poll),
            interrupt=worker.end,
            web_config=serving.web_config,
            reload=reload,
            started=started,
            status=lambda: status_of(service.shown()),
        )


def _keep_looking(
    service: LiveService, worker: WorkerProcess, poll: float, stop: threading.Event
) -> None:
    deaths = 0
    while not stop.is_set():
        pause = poll
        try:
            told = worker.look()
            deaths = 0
        except WorkerDied as death:
            deaths += 1
            # One that dies again and again is started ever less often.
            pause = min(poll * 2**deaths, max(poll, _LONGEST_PAUSE))
            told = Told(failed={WORKER: _told_of(str(death), deaths, pause)}, reasons=died())
        if told is not None:
            service.tell(told)
        stop.wait(pause)


def _told_of(death: str, deaths: int, pause: float) -> str:
    times = f", {deaths} times in a row" if deaths > 1 else ""
    return f"{death}{times}; a new one is started in {pause:g} s"
