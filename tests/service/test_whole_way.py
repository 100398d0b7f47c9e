"""Files in the inbox, scores, a scrape, a rule, the Alertmanager, a webhook: for real."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from detector.exporter.parts.cases import PARTS

Needs = Callable[..., str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def program(*command: str | Path, log: Path) -> Iterator[None]:
    with log.open("w") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        held: list[dict[str, Any]] = self.server.alerts  # type: ignore[attr-defined]
        held += [a for a in json.loads(body)["alerts"] if a["status"] == "firing"]
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def webhook() -> Iterator[tuple[int, list[dict[str, Any]]]]:
    with HTTPServer(("127.0.0.1", 0), _Hook) as server:
        alerts: list[dict[str, Any]] = []
        server.alerts = alerts  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_port, alerts
        finally:
            server.shutdown()
            thread.join()


class Prometheus:
    """Prometheus and Alertmanager with the files of deploy/, in a hurry."""

    def __init__(self, deploy: Path, work: Path, target: str, hook: int) -> None:
        self.work, self.port, self.manager = work, free_port(), free_port()
        shown = (deploy / "prometheus" / "prometheus.yml").read_text()
        shown = shown.replace("127.0.0.1:9464", target).replace("9093", str(self.manager))
        shown = shown.replace("30s", "1s").replace("10s", "1s")
        (work / "prometheus.yml").write_text(shown)
        rules = (deploy / "prometheus" / "rules.yml").read_text()
        (work / "rules.yml").write_text(re.sub(r"\n *for: \w+", "", rules))
        routes = (deploy / "alertmanager" / "alertmanager.yml").read_text()
        routes = routes.replace("9095", str(hook)).replace("group_wait: 30s", "group_wait: 0s")
        (work / "alertmanager.yml").write_text(routes)

    @contextmanager
    def running(self, prometheus: str, alertmanager: str) -> Iterator[Prometheus]:
        work = self.work
        manager = (
            alertmanager, f"--config.file={work}/alertmanager.yml",
            f"--storage.path={work}/alerts", "--cluster.listen-address=",
            f"--web.listen-address=127.0.0.1:{self.manager}",
        )  # fmt: skip
        server = (
            prometheus, f"--config.file={work}/prometheus.yml",
            f"--storage.tsdb.path={work}/series",
            f"--web.listen-address=127.0.0.1:{self.port}",
        )  # fmt: skip
        with (
            program(*manager, log=work / "alertmanager.log"),
            program(*server, log=work / "prometheus.log"),
        ):
            yield self

    def query(self, expression: str) -> list[dict[str, Any]]:
        words = urllib.parse.urlencode({"query": expression})
        url = f"http://127.0.0.1:{self.port}/api/v1/query?{words}"
        try:
            with urllib.request.urlopen(url, timeout=5) as reply:
                held: list[dict[str, Any]] = json.loads(reply.read())["data"]["result"]
                return held
        except OSError:
            return []


def wait(holds: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come to pass in time"
        time.sleep(0.2)


#: Metrics of a folder of cases, which this service has none of: tests/exporter asks for them.
OF_CASES = [spec.name for part in PARTS for spec in part.metrics]
#: Lists, a notice and the channel: what lanes L and E read.
OTHERS = {
    "lists/ours.csv": "name,list,country\nZarkov Orlavane Institute,EL,CN\n",
    "lists/manifest.toml": '[files."ours.csv"]\ndate = 2026-01-01\n',
    "tenders.csv": "published_at,buyer_name,supplier_name,title\n"
    "2026-01-02,Quillmere University,Celdon Works,A100 hours\n",
    "partners.csv": "partner_id,name\np-1,Pelmira Trading\n",
    "partner_customers.csv": "partner_id,end_customer_name\np-1,Dovrin Labs\n",
    "exceptions.csv": "time,kind,partner_id\n2026-01-02T00:00:00Z,quota,p-1\n",
}


@pytest.mark.long
def test_a_planted_ring_and_a_stalled_inbox_reach_the_webhook(
    start: Callable[..., Any], inbox_files: Callable[..., dict[str, str]],
    drop: Callable[[dict[str, str]], None], repository: Path, tmp_path: Path,
    needs_program: Needs,
) -> None:  # fmt: skip
    prometheus = needs_program("prometheus", "apt-get install prometheus")
    alertmanager = needs_program(
        ("prometheus-alertmanager", "alertmanager"), "apt-get install prometheus-alertmanager"
    )
    model = trained(tmp_path, inbox_files(days=6))
    service = start("--model", str(model), environment={"ENDUSE_ALPHA": "0.9"})
    target = service.base.removeprefix("http://")
    with webhook() as (hook, alerts):
        shown = Prometheus(repository / "deploy", tmp_path, target, hook)
        with shown.running(prometheus, alertmanager):
            # Usage that ended days ago: the inbox has stalled.
            files = inbox_files(days=6, ring=False)
            drop({p: t for p, t in files.items() if p in ("usage/5.csv", "accounts.csv")})
            service.ready(1)
            wait(lambda: bool(names(alerts, "EnduseInboxStalled")))
            wait(lambda: bool(shown.query('enduse_rings{queue="proxy"}')))
            assert not names(alerts, "EnduseRingAppeared")
            drop(inbox_files(days=6, ring=True) | OTHERS)
            wait(lambda: bool(names(alerts, "EnduseRingAppeared")), 90)
            (ring,) = names(alerts, "EnduseRingAppeared")
            assert ring["labels"]["severity"] == "ticket"
            assert "Rings in the proxy queue" in ring["annotations"]["summary"]
            for expression in selectors(repository):
                wait(lambda e=expression: bool(shown.query(e)), 20)
    shutil.rmtree(tmp_path / "series", ignore_errors=True)


def names(alerts: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [alert for alert in alerts if alert["labels"]["alertname"] == name][:1]


def trained(work: Path, files: dict[str, str]) -> Path:
    """A model that is kept: features can have drifted from what it was trained on."""
    for path, text in files.items():
        (work / "past" / path).parent.mkdir(parents=True, exist_ok=True)
        (work / "past" / path).write_text(text)
    model = work / "model"
    subprocess.run(
        [sys.executable, "-m", "detector", "train", str(work / "past"), "--model", str(model)],
        check=True, capture_output=True,
    )  # fmt: skip
    return model


def selectors(repository: Path) -> list[str]:
    """Every expression of the dashboard and of the rules; of alerts what they compare.

    What an alert compares has data whether it fires or not; ``absent``, and what fails at each
    look, have some only if it does.
    """
    import promql_parser
    import yaml

    board = json.loads((repository / "deploy" / "grafana" / "dashboard.json").read_text())
    shown = [t["expr"] for p in board["panels"] for t in p.get("targets", [])]
    held = yaml.safe_load((repository / "deploy" / "prometheus" / "rules.yml").read_text())
    rules = [rule["expr"] for group in held["groups"] for rule in group["rules"]]
    for expression in [*shown, *rules]:
        promql_parser.parse(expression)
    compared = [re.split(r"\s(?:>|==|and|or|unless)\s", rule)[0] for rule in rules]
    asked = [*shown, *(c for c in compared if not c.startswith("absent"))]
    silent = [*OF_CASES, "failing", ":held"]
    return [one for one in asked if not any(name in one for name in silent)]
