"""Live scores: an inbox is watched, each file is taken in once, and each run is shown whole.

``serve_live`` runs it; the pages are metrics for Prometheus, two probes and a small JSON API.
"""

from __future__ import annotations

from detector.service.api import openapi
from detector.service.live import LiveService, Serving, serve_live
from detector.service.web import Web, password_line, read_web
from detector.service.worker import Options

__all__ = [
    "LiveService",
    "Options",
    "Serving",
    "Web",
    "openapi",
    "password_line",
    "read_web",
    "serve_live",
]
