"""The suite needs no network: what would leave this machine fails."""

from __future__ import annotations

import socket

import pytest


def test_a_connection_beyond_this_machine_is_refused() -> None:
    with socket.socket() as plug, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        plug.connect(("192.0.2.1", 9))
    with pytest.raises(AssertionError, match=r"a\.example"):
        socket.getaddrinfo("a.example", 80)


def test_a_connection_to_this_machine_is_not() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as plug,
    ):
        assert plug.getpeername() == server.getsockname()
