"""The house's requests as Werkzeug reads them, and its responses as the house sends them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from werkzeug.wrappers import Request, Response

from detector import http

MOST_PARTS: Final = 2_000
_SENT_APART: Final = ("Content-Type", "Content-Length")


def request_of(given: http.Request) -> Request:
    """The same request, its form bounded in parts."""
    environ: dict[str, Any] = {
        **_headers(given),
        "REQUEST_METHOD": given.method,
        "PATH_INFO": unquote_to_bytes(given.path).decode("latin-1"),
        "QUERY_STRING": given.query,
        "CONTENT_TYPE": given.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": given.headers.get("Content-Length", "0"),
        "SERVER_NAME": "localhost", "SERVER_PORT": "0", "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": given.client, "wsgi.input": given.body,
        "wsgi.url_scheme": "https" if given.secure else "http",
    }  # fmt: skip
    request = Request(environ)
    request.max_form_parts = MOST_PARTS
    request.max_form_memory_size = http.BOUNDS.body_bytes
    return request


def _headers(given: http.Request) -> dict[str, str]:
    """The first header of each name; one that would pass for another's is left out."""
    found: dict[str, str] = {}
    for name, value in given.headers.items():
        if "_" not in name:
            found.setdefault(f"HTTP_{name.upper().replace('-', '_')}", value)
    return found


def reply_of(response: Response) -> http.Reply:
    """The same response."""
    headers = tuple(
        (name, value) for name, value in response.headers.items() if name not in _SENT_APART
    )
    kind = response.headers.get("Content-Type", "text/plain; charset=utf-8")
    return http.Reply(HTTPStatus(response.status_code), kind, response.get_data(), headers)
