"""The one HTTP server: bounds, TLS, the gate and the headers; others only give it pages.

A page is a function from a ``Request`` to a ``Reply``; a ``Site`` says where pages stand, by which
methods they are asked, and which of them ask nobody who he is. ``serve_until`` runs a server
beside the work that feeds its pages.
"""

from __future__ import annotations

from detector.http.bounds import BOUNDS, Bounds
from detector.http.counts import Counts
from detector.http.gate import scheme_of
from detector.http.pages import Page, Reply, Request, Site, in_turns, probes, text
from detector.http.running import serve_until
from detector.http.server import PageServer
from detector.http.web import Web, password_line, read_web

__all__ = [
    "BOUNDS",
    "Bounds",
    "Counts",
    "Page",
    "PageServer",
    "Reply",
    "Request",
    "Site",
    "Web",
    "in_turns",
    "password_line",
    "probes",
    "read_web",
    "scheme_of",
    "serve_until",
    "text",
]
