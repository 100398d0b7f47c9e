"""Headers, the cookie, and whether a form was sent from one of our own pages."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Final
from urllib.parse import urlsplit

from werkzeug.wrappers import Request, Response

COOKIE: Final = "__Host-enduse"
FIELD: Final = "form_token"
HEADERS: Final = (
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
_COOKIE_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_BYTES: Final = 32


def fresh_id() -> str:
    """The cookie of somebody who has not logged in; it never becomes a session's."""
    return secrets.token_urlsafe(_BYTES)


def cookie_of(request: Request) -> str | None:
    """The cookie that was sent, if it has the form of one."""
    given = request.cookies.get(COOKIE, "")
    return given if _COOKIE_FORM.fullmatch(given) else None


def set_cookie(response: Response, value: str) -> None:
    """Have the browser keep a cookie until it is closed: no script, no other site sees it."""
    response.set_cookie(COOKIE, value, path="/", secure=True, httponly=True, samesite="Strict")


def drop_cookie(response: Response) -> None:
    """Have the browser forget the cookie."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")


def token_before_login(secret: bytes, cookie: str) -> str:
    """What a form carries where there is no session whose token it could be."""
    return hmac.new(secret, cookie.encode(), hashlib.sha256).hexdigest()


def is_from_us(request: Request) -> bool:
    """Whether the browser says that one of our own pages sent this.

    Browsers say so in ``Sec-Fetch-Site``, which no page can set; older ones in ``Origin``. Our
    pages send no referrer, so ``Origin`` may be ``null`` where the other is there.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    ours = origin is not None and urlsplit(origin).netloc == request.headers.get("Host")
    if site is None:
        return ours
    return site == "same-origin" and (ours or origin in (None, "null"))


def fits(given: str, wanted: str) -> bool:
    """Whether a form carries the token that it should."""
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())
