"""The server: probes, reload, refusal of open addresses, clean end, a real Prometheus."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detector.cases.measuring.figures import CaseFigures
from detector.errors import DataError, EnduseError, UsageError
from detector.exporter import METRICS, ResultsPage, serve_results
from detector.exporter.beside import Beside
from detector.exporter.parts import service
from tests.exporter.counted import FIGURES

KEY = b"a key of the tests"
Counted = Callable[[], CaseFigures]


@contextmanager
def serving(
    out: Path, listen: str = "127.0.0.1:0", top_k: int = 2, cases: Counted | None = None
) -> Iterator[str]:
    """Serve a folder in a thread; yields the base address."""
    stop, ready, where = threading.Event(), threading.Event(), []
    beside = None if cases is None else Beside({}, cases, lambda _folder: None)

    def started(host: str, port: int) -> None:
        where.append(f"http://{host}:{port}")
        ready.set()

    thread = threading.Thread(
        target=serve_results,
        args=(out, listen),
        kwargs={"key": KEY, "top_k": top_k, "beside": beside, "stop": stop, "started": started},
    )
    thread.start()
    try:
        assert ready.wait(10)
        yield where[0]
    finally:
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


def get(address: str) -> tuple[int, str, str]:
    try:
        with urllib.request.urlopen(address, timeout=10) as reply:
            return reply.status, reply.headers["Content-Type"], reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def wait_for(condition, seconds: float = 10.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(f"nothing within {seconds} s")


def test_metrics_and_probes_answer(publish, as_reviewed) -> None:
    with serving(publish()) as base:
        status, kind, text = get(base + "/metrics")
        assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
        run, served = text.split("# HELP enduse_http_refused_total", 1)
        as_reviewed(run, Path(__file__).parent / "golden" / "metrics.txt")
        assert 'enduse_http_refused_total{reason="address"} 0.0' in served
        assert get(base + "/healthz")[0] == 200
        assert get(base + "/readyz")[0] == 200
        assert get(base + "/etc/passwd")[0] == 404


def test_a_write_request_is_refused(publish) -> None:
    with serving(publish()) as base:
        request = urllib.request.Request(base + "/metrics", data=b"x", method="POST")
        with pytest.raises(urllib.error.HTTPError, match="405"):
            urllib.request.urlopen(request, timeout=5)


def test_a_new_run_replaces_the_page(publish, run) -> None:
    with serving(publish()) as base:
        run["tokens"]["input"] = 77
        publish(run, at=1_780_000_100)
        wait_for(lambda: 'direction="input"} 77.0' in get(base + "/metrics")[2])


def test_a_damaged_new_run_leaves_the_old_page_and_says_so(publish, run) -> None:
    out = publish()
    page = ResultsPage(out, KEY, 2)
    before = page.text().decode()
    (out / "run.json").write_text("{")
    assert [page.refresh() for _ in range(3)] == [False, True, False]
    after = page.text().decode()
    assert after.replace('{collector="results"} 0.0', '{collector="results"} 1.0') == before
    assert after != before
    publish(run, at=1_780_000_200)
    assert page.refresh()
    assert '{collector="results"} 1.0' in page.text().decode()


def test_cases_are_counted_when_the_page_is_asked_for(publish) -> None:
    events = iter((1, 2, 3))
    page = ResultsPage(publish(), KEY, 2, lambda: replace(FIGURES, events=next(events)))
    shown = [page.text().decode(), page.text().decode()]
    assert [n for n in (2, 3) if f"enduse_audit_events_total {n}.0" in shown[n - 2]] == [2, 3]


def test_a_folder_that_is_gone_for_an_instant_is_no_news(publish, tmp_path) -> None:
    out = publish()
    page = ResultsPage(out, KEY, 2)
    before = page.text()
    out.rename(tmp_path / "away")
    assert not page.refresh()
    (tmp_path / "away").rename(out)
    assert page.refresh()
    assert page.text() == before


def test_an_unchanged_folder_is_not_read_again(publish) -> None:
    page = ResultsPage(publish(), KEY, 2)
    text = page.text()
    assert not page.refresh()
    assert page.text() is text


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "192.0.2.1:9464"])
def test_an_address_others_can_reach_is_refused(publish, listen) -> None:
    with pytest.raises(UsageError, match="authentication"):
        serve_results(publish(), listen, key=KEY, top_k=2)


def test_a_taken_port_is_told(publish) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(EnduseError, match=r"cannot listen .* another port") as told:
            serve_results(publish(), f"127.0.0.1:{taken.getsockname()[1]}", key=KEY, top_k=2)
    assert told.value.exit_code == 1, "no word is wrong: the same words do when it is free"


def test_an_empty_folder_is_refused_before_listening(tmp_path) -> None:
    with pytest.raises(DataError, match=r"run\.json"):
        serve_results(tmp_path, "127.0.0.1:0", key=KEY, top_k=2)


def test_slow_clients_do_not_hold_up_a_scrape(publish) -> None:
    with serving(publish()) as base:
        port = int(base.rpartition(":")[2])
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
        try:
            for client in slow:
                client.sendall(b"GET /metrics HT")
            start = time.perf_counter()
            assert get(base + "/metrics")[0] == 200
            assert time.perf_counter() - start < 2.0
        finally:
            for client in slow:
                client.close()


_PROGRAM = """
import sys
from pathlib import Path
from detector.exporter import serve_results
def started(host, port):
    heavy = {"sklearn", "pyod", "matplotlib", "numba", "pandas"} & set(sys.modules)
    print(port, *sorted(heavy), flush=True)
serve_results(Path(sys.argv[1]), "127.0.0.1:0", key=None, top_k=2, started=started)
print("ended", flush=True)
"""


def test_sigterm_ends_a_process_that_loaded_nothing_heavy(publish, repository) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(publish())],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=repository,
        env={**os.environ, "POLARS_MAX_THREADS": "1"},
    )
    try:
        port, *heavy = process.stdout.readline().split()
        assert heavy == []
        text = get(f"http://127.0.0.1:{port}/metrics")[2]
        assert "enduse_top_account_score{" in text
        start = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        rest, said = process.communicate(timeout=10)
        assert time.perf_counter() - start < 5
    finally:
        process.kill()
        process.wait()
    assert rest == "ended\n"
    assert process.returncode == 0
    assert "no pseudonym key is set" in said


@contextmanager
def prometheus(program: str, folder: Path, target: str, rules: str) -> Iterator[str]:
    """Run a Prometheus on loopback that scrapes one target each second, and asks rules as often."""
    (folder / "rules.yml").write_text(rules)
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [rules.yml]\n"
        "scrape_configs:\n"
        f"  - job_name: enduse\n    static_configs: [{{targets: ['{target}']}}]\n"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


def query(base: str, expression: str) -> list[dict]:
    text = urllib.parse.urlencode({"query": expression})
    try:
        with urllib.request.urlopen(f"{base}/api/v1/query?{text}", timeout=5) as reply:
            return json.load(reply)["data"]["result"]
    except (urllib.error.URLError, ConnectionError):
        return []


def query_without_error(base: str, expression: str) -> None:
    text = urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(f"{base}/api/v1/query?{text}", timeout=5) as reply:
        assert json.load(reply)["status"] == "success"


def alerts(server: str) -> set[tuple[str, str]]:
    """Severity and name of the alerts that fire."""
    told = [r["metric"] for r in query(server, "ALERTS")]
    return {(labels["severity"], labels["alertname"]) for labels in told}


def at_once(rules: Path) -> str:
    """The rules that are shipped, without their patience."""
    return re.sub(r"\n *for: \w+", "", rules.read_text())


def test_a_real_prometheus_scrapes_and_answers_and_pages_nobody_for_a_batch(
    publish, run, needs_program, tmp_path, repository
) -> None:
    program = needs_program("prometheus", "apt-get install -y prometheus")
    rules = at_once(repository / "deploy" / "prometheus" / "rules.yml")
    now = time.time()
    run["watermarks"]["usage"] = datetime.fromtimestamp(now - 4 * 86400, UTC).isoformat()
    out = publish(run, at=int(now) - 2 * 86400)
    shown = serving(out, cases=lambda: FIGURES)
    with shown as base, prometheus(program, tmp_path, base[7:], rules) as server:
        up = wait_for(lambda: [r for r in query(server, "up") if r["value"][1] == "1"], 30)
        assert up[0]["metric"]["job"] == "enduse"
        proxies = query(server, 'enduse_accounts{queue="proxy"}')
        assert [r["value"][1] for r in proxies] == ["2"]
        out = query(server, 'enduse_account_p_value_bucket{le="0.01"}')
        assert [r["value"][1] for r in out] == ["3"]
        of_a_service = [spec.name for spec in service.PARTS[0].metrics]
        for spec in (spec for name, spec in METRICS.items() if name not in of_a_service):
            assert query(server, spec.name if spec.kind != "histogram" else f"{spec.name}_sum")
            query_without_error(server, spec.query)
        assert query(server, "enduse_collector_success == 0") == []
        assert len(query(server, "enduse_top_account_score")) == 2
        wait_for(lambda: ("ticket", "EnduseRuleUnverified") in alerts(server), 30)
        assert query(server, "enduse:stage_age_seconds > 86400")
        assert query(server, "enduse:data_age_seconds > 3 * 86400")
        found = alerts(server)
        assert not [name for severity, name in found if severity == "page"]
        assert not [name for _, name in found if "Batch" in name]
