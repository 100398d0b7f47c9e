"""What the server counts of those who ask stands on its page of metrics."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from prometheus_client.parser import text_string_to_metric_families

from detector.exporter.network import NETWORK
from detector.exporter.server import MetricsServer
from detector.http import PageServer, Web
from detector.service.api import Shown
from detector.service.server import LiveServer

OPEN = Web(names=frozenset({"enduse.example.com"}))


@contextmanager
def running(server: PageServer) -> Iterator[PageServer]:
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def scraped(server: PageServer, host: str = "localhost") -> str:
    url = f"http://127.0.0.1:{server.server_port}/metrics"
    request = urllib.request.Request(url, headers={"Host": host})
    with urllib.request.urlopen(request, timeout=5) as reply:
        text: str = reply.read().decode()
    return text


SERVERS: dict[str, Callable[[], PageServer]] = {
    "exporter": lambda: MetricsServer("127.0.0.1:0", lambda: b"run 1\n", OPEN),
    "service": lambda: LiveServer("127.0.0.1:0", OPEN, lambda: Shown(b"run 1\n", None)),
}


@pytest.mark.parametrize("port", SERVERS)
def test_both_ports_show_what_they_count_at_the_moment_of_the_scrape(port: str) -> None:
    with running(SERVERS[port]()) as server:
        with pytest.raises(urllib.error.HTTPError, match="421"):
            scraped(server, "stranger.example")
        server.counts.failures.add("password")
        text = scraped(server, "enduse.example.com")
    assert text.startswith("run 1\n")
    assert 'enduse_http_refused_total{reason="host"} 1.0' in text
    assert 'enduse_authentication_failures_total{reason="password"} 1.0' in text
    assert 'enduse_web_config_reloads_total{outcome="refused"} 0.0' in text
    families = {f.name: f for f in text_string_to_metric_families(text)}
    for spec in NETWORK:
        family = families[spec.name.removesuffix("_total")]
        assert (family.type, family.documentation) == ("counter", spec.meaning)


def test_a_page_that_is_not_ready_stays_as_it_is() -> None:
    with ExitStack() as ends:
        server = ends.enter_context(running(MetricsServer("127.0.0.1:0", lambda: None)))
        with pytest.raises(urllib.error.HTTPError, match="503") as told:
            scraped(server)
        assert told.value.read() == b"no results yet\n"
