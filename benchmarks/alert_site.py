"""A site in a hurry: a service on an inbox, Prometheus, Alertmanager and a webhook, all real.

Of the files in deploy/ times in minutes are divided by a factor; times in hours and days, and the
ages of data, stay as they are. `alert_stories.py` breaks and mends such a site.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

REPOSITORY: Final = Path(__file__).resolve().parents[1]
DEPLOY: Final = REPOSITORY / "deploy"
_HEAD: Final = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter,EffectiveCost,BillingCurrency\n"
)
# A service whose thread of looks ends by a fault where the file is there.
_FAULTY: Final = """
import os, sys
from detector.cli import main
from detector.service.live import LiveService
tell = LiveService.tell
def told(self, what):
    if os.path.exists(os.environ["STORY_FAULT"]):
        raise KeyError("a fault of the story")
    tell(self, what)
LiveService.tell = told
sys.exit(main(sys.argv[1:]))
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def hurried(text: str, factor: float) -> str:
    """Rules, or a configuration, with what they give in minutes or seconds divided by a factor."""
    text = re.sub(r"\* 60\b(?!0)", f"* {60 / factor:g}", text)

    def shorter(found: re.Match[str]) -> str:
        seconds = int(found["number"]) * {"s": 1, "m": 60}[found["unit"]]
        return f"{found['before']}{max(1, round(1000 * seconds / factor))}ms"

    return re.sub(
        r"(?P<before>(?:for|interval|timeout|group_wait|group_interval|scrape_interval"
        r"|scrape_timeout|evaluation_interval): |\[)(?P<number>\d+)(?P<unit>[sm])\b",
        shorter, text,
    )  # fmt: skip


@dataclass(frozen=True)
class Note:
    """A message at the webhook: of which alert, whether it fires, when it came."""

    name: str
    firing: bool
    labels: Mapping[str, str]
    summary: str
    at: float


@dataclass
class Webhook:
    """Whoever is on call: keeps what came."""

    notes: list[Note] = field(default_factory=list)
    port: int = 0

    def of(self, name: str, *, firing: bool, since: float) -> Note | None:
        """The first message of that kind from a moment on."""
        found = (n for n in list(self.notes) if n.name == name and n.firing is firing)
        return next((n for n in found if n.at >= since), None)

    def firing(self) -> set[str]:
        """The alerts that were told and not taken back."""
        last = {(n.name, tuple(sorted(n.labels.items()))): n.firing for n in list(self.notes)}
        return {name for (name, _), fires in last.items() if fires}

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take messages while the block runs."""
        notes = self.notes

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                for alert in body["alerts"]:
                    labels, firing = alert["labels"], alert["status"] == "firing"
                    said = alert["annotations"].get("summary", "")
                    notes.append(Note(labels["alertname"], firing, labels, said, time.monotonic()))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
            self.port = server.server_port
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            try:
                yield
            finally:
                server.shutdown()


@dataclass
class Site:
    """The folders, the service, and who watches it."""

    root: Path
    factor: float
    hook: Webhook = field(default_factory=Webhook)
    port: int = field(default_factory=free_port)
    options: tuple[str, ...] = ()
    starting: float = 0.0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def inbox(self) -> Path:
        """Where exports land."""
        return self.root / "inbox"

    @property
    def state(self) -> Path:
        """The state's folder."""
        return self.root / "disk" / "state"

    @property
    def fault(self) -> Path:
        """While this file is there, the thread of looks ends."""
        return self.root / "fault"

    def land(self, name: str, text: str) -> None:
        """Let a file land in the inbox, whole."""
        place = self.inbox / name
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f".{place.name}")
        beside.write_text(text)
        beside.replace(place)

    def start(self, *more: str) -> None:
        """Start the service, and wait until it answers; ``starting`` adds up how long."""
        began = time.monotonic()
        words = ["serve", "--inbox", str(self.inbox), "--state", str(self.state), "--listen",
                 f"127.0.0.1:{self.port}", "--poll", "0.2", *self.options, *more]  # fmt: skip
        environment = {
            **os.environ, "ENDUSE_PSEUDONYM_KEY": "k" * 32, "STORY_FAULT": str(self.fault),
            "PYTHONPATH": str(REPOSITORY), "POLARS_MAX_THREADS": "1", "ENDUSE_ALPHA": "0.9",
        }  # fmt: skip
        with (self.root / "service.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _FAULTY, *words], stdout=log, stderr=log, env=environment
            )
        wait(lambda: self.status("/healthz") == 200, 60, "the service answers")
        self.starting += time.monotonic() - began

    def stop(self) -> int:
        """End the service; its exit code."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(20)
        self._process = None
        return code

    def ended(self, seconds: float) -> int:
        """Wait until the service ends by itself; its exit code."""
        assert self._process is not None
        code = self._process.wait(seconds)
        self._process = None
        return code

    def is_down(self) -> bool:
        """Whether there is no service."""
        return self._process is None

    def status(self, path: str) -> int:
        """How the service answers; 0 where it does not."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def workers(self) -> list[int]:
        """The processes that the service has started."""
        if self._process is None:
            return []
        number = self._process.pid
        children = Path(f"/proc/{number}/task")
        try:
            return [
                int(c) for t in children.iterdir() for c in (t / "children").read_text().split()
            ]
        except OSError:
            return []


@contextmanager
def open_site(root: Path, factor: float) -> Iterator[Site]:
    """A site with a scored inbox, watched by Prometheus."""
    site = Site(root, factor)
    site.state.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as ends:
        site.options = ("--model", str(_with_model(site)))
        ends.callback(site.stop)
        ends.enter_context(site.hook.listening())
        _watched(site, ends)
        site.start()
        wait(lambda: site.status("/readyz") == 200, 180, "the inbox is scored")
        yield site


def wait(holds: Callable[[], Any], seconds: float, what: str) -> Any:
    """Wait until something holds, and return it.

    Raises
    ------
    TimeoutError
        Where it does not in time.
    """
    until = time.monotonic() + seconds
    while not (held := holds()):
        if time.monotonic() > until:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.1)
    return held


def usage(days_ago: float, accounts: int = 60) -> str:
    """A day of usage, in four hours of each account."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    day = midnight - timedelta(days=days_ago)
    rows = [
        f"{day:%Y-%m-%d}T{h:02d}:00:00Z,{day:%Y-%m-%d}T{h:02d}:59:00Z,{n:04d},"
        f"Usage,Compute,{8 if n < 4 else 1},Hours,"
        f"{'p5.48xlarge' if n < 4 else 'm5.large'},3.5,USD\n"
        for n in range(accounts)
        for h in (5, 11, 17, 23)
    ]  # fmt: skip
    return _HEAD + "".join(rows)


def lists(age_days: int) -> dict[str, str]:
    """A list of restricted parties, and the day that is told of it."""
    day = datetime.now(UTC).date() - timedelta(days=age_days)
    return {
        "lists/ours.csv": "name,list,country\nZarkov Orlavane Institute,EL,CN\n",
        "lists/manifest.toml": f'[files."ours.csv"]\ndate = {day}\n',
    }


def _with_model(site: Site) -> Path:
    """Fill the inbox, and train a model of it, so that runs are short."""
    born = f"{datetime.now(UTC) - timedelta(days=400):%Y-%m-%dT%H:%M:%SZ}"
    seen = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"
    for n in (3, 2, 1):
        site.land(f"usage/{n}.csv", usage(n))
    site.land("accounts.csv", "account_id,created_at\n" + "".join(
        f"{n:04d},{born}\n" for n in range(60)))  # fmt: skip
    site.land("account_links.csv", "account_id,kind,value_hash,first_seen,last_seen\n" + "".join(
        f"{n:04d},{kind},shared,{seen},{seen}\n"
        for n in range(4) for kind in ("payment", "device", "ssh_key", "phone")))  # fmt: skip
    for name, text in lists(1).items():
        site.land(name, text)
    model = site.root / "model"
    subprocess.run(
        [sys.executable, "-m", "detector", "train", str(site.inbox), "--model", str(model)],
        check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    return model


def _watched(site: Site, ends: ExitStack) -> None:
    """Start Prometheus and Alertmanager with the files of deploy/, in a hurry."""
    port, manager, work = free_port(), free_port(), site.root
    shown = (DEPLOY / "prometheus" / "prometheus.yml").read_text()
    shown = shown.replace("9464", str(site.port)).replace("9093", str(manager))
    (work / "prometheus.yml").write_text(hurried(shown, site.factor))
    rules = (DEPLOY / "prometheus" / "rules.yml").read_text()
    (work / "rules.yml").write_text(hurried(rules, site.factor))
    routes = (DEPLOY / "alertmanager" / "alertmanager.yml").read_text()
    routes = hurried(routes.replace("9095", str(site.hook.port)), site.factor)
    (work / "alertmanager.yml").write_text(routes)
    _begin(ends, work / "alertmanager.log", (
        program("prometheus-alertmanager", "alertmanager"),
        f"--config.file={work}/alertmanager.yml", f"--storage.path={work}/alerts",
        "--cluster.listen-address=", f"--web.listen-address=127.0.0.1:{manager}",
    ))  # fmt: skip
    _begin(ends, work / "prometheus.log", (
        program("prometheus"), f"--config.file={work}/prometheus.yml",
        f"--storage.tsdb.path={work}/series", f"--web.listen-address=127.0.0.1:{port}",
    ))  # fmt: skip


def program(*names: str) -> str:
    """Where one of these programs is.

    Raises
    ------
    FileNotFoundError
        Naming what is to be installed.
    """
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise FileNotFoundError(f"apt-get install {names[0]}")
    return found


def _begin(ends: ExitStack, log: Path, command: tuple[str, ...]) -> None:
    said = ends.enter_context(log.open("wb"))
    process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
    ends.callback(process.wait, 20)
    ends.callback(process.terminate)
