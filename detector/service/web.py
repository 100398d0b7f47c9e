"""TLS and authentication of the service: those of the house's one server."""

from __future__ import annotations

from detector.http.web import Web, password_line, read_web

__all__ = ["Web", "password_line", "read_web"]
