"""What ``enduse doctor --service URL`` looks at: a running service, asked from outside."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from detector.doctor import Finding
from detector.errors import UsageError
from detector.terminal import safe_text

SECONDS: Final = 10.0
MOST_BYTES: Final = 1 << 20
CLOCK_NOTE: Final = timedelta(seconds=5)
CLOCK_FAIL: Final = timedelta(minutes=1)
LOOK_FAIL: Final = timedelta(minutes=10)
DATA_NOTE: Final = timedelta(hours=26)
FREE_NOTE: Final = 5 << 30
FREE_FAIL: Final = 1 << 30
_OK: Final = 200
_WORDS: Final = 300
_NAMED: Final = 3
_SHOWS_RESULTS: Final = "; `enduse serve --results` does so, and has no live scores to ask about"


@dataclass(frozen=True)
class Address:
    """Where the service is and how to be let in.

    Attributes
    ----------
    url
        ``http://HOST:PORT`` or ``https://HOST:PORT``.
    token
        Bearer token, where the service asks for one.
    authority
        PEM file of who signed its certificate; default: those the system trusts.
    """

    url: str
    token: str | None = None
    authority: Path | None = None

    def connection(self) -> http.client.HTTPConnection:
        """A connection that is not open yet; redirects are never followed.

        Raises
        ------
        UsageError
            Where the address is none, or the authority cannot be read.
        """
        try:
            parts = urlsplit(self.url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port, parts = None, None, urlsplit("")
        if parts.scheme not in ("http", "https") or host is None:
            raise UsageError(
                f"'{safe_text(self.url)}' is no address of a service; give --service "
                "http://HOST:PORT or https://HOST:PORT"
            )
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=SECONDS)
        try:
            trusted = ssl.create_default_context(
                cafile=None if self.authority is None else str(self.authority)
            )
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"the authority {self.authority} cannot be read: {error}") from error
        return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=trusted)

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask for a page: its status, and its body up to a megabyte."""
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        with closing(self.connection()) as connection:
            connection.request("GET", path, headers=headers)
            reply = connection.getresponse()
            return reply.status, reply.read(MOST_BYTES)


def examine_service(address: Address, *, now: datetime | None = None) -> list[Finding]:
    """Return findings about a running service: answers, clock, disk, freshness.

    Parameters
    ----------
    now
        The time here; default: the clock's.

    Raises
    ------
    UsageError
        Where the address is none.
    """
    try:
        alive, _ = address.get("/healthz")
        ready, _ = address.get("/readyz")
        status, body = address.get("/api/v1/status")
    except (OSError, http.client.HTTPException) as error:
        reason = safe_text(error or type(error).__name__, limit=_WORDS)
        detail = f"{safe_text(address.url)} does not answer: {reason}{_advice(address, error)}"
        return [Finding("fail", "service", detail)]
    if status in (401, 403):
        return [Finding("fail", "service", _unknown(address))]
    told = _read(body) if status == _OK else None
    if alive != _OK or told is None:
        detail = (
            f"{safe_text(address.url)} answers {status}, but not as `enduse serve --inbox` does"
            f"{_SHOWS_RESULTS * (alive == _OK and status == HTTPStatus.NOT_FOUND)}"
        )
        return [Finding("fail", "service", detail)]
    here = now or datetime.now(UTC)
    return [
        Finding("ok", "service", f"enduse {_word(told, 'version')} at {safe_text(address.url)}"),
        _scores(ready, told),
        _clock(_moment(told.get("now")), here),
        _disk(told.get("disk")),
        *_aside(told.get("aside")),
        *_fallen(told.get("fallen")),
        *_freshness(told, here),
    ]


def _advice(address: Address, error: Exception) -> str:
    """What to do about an answer that did not come, where that can be told."""
    if isinstance(error, ssl.SSLCertVerificationError):
        if address.authority is None:
            return "; give who signed its certificate with --ca-file FILE"
        return "; the certificate is not of who stands in --ca-file, or of another name"
    if isinstance(error, ssl.SSLError):
        return "; does it speak plain HTTP? then give http://"
    cut_off = (ConnectionResetError, http.client.BadStatusLine)
    if isinstance(error, cut_off) and address.url.startswith("http:"):
        return "; does it speak TLS? then give https://"
    return ""


def _unknown(address: Address) -> str:
    if address.token is None:
        return "it asks who you are; give --token-file FILE"
    return "it does not know this token; give another in --token-file, or add its digest there"


def _read(body: bytes) -> Mapping[str, Any] | None:
    try:
        held = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return held if isinstance(held, dict) and "now" in held and "ended" in held else None


def _word(told: Mapping[str, Any], name: str) -> str:
    return safe_text(told.get(name), limit=_WORDS)


def _scores(ready: int, told: Mapping[str, Any]) -> Finding:
    if ready != _OK or told.get("snapshot") is None:
        return Finding("fail", "scores", "none yet; see the journal for what the inbox lacks")
    return Finding(
        "ok", "scores", f"run {_word(told, 'snapshot')}, model {_word(told, 'model_id')}"
    )


def _clock(there: datetime | None, here: datetime) -> Finding:
    if there is None:
        return Finding("fail", "clock", "the service tells no time")
    apart = abs(there - here)
    detail = f"{apart.total_seconds():.1f} s from this machine's"
    if apart > CLOCK_FAIL:
        return Finding("fail", "clock", f"{detail}; set both by NTP")
    return Finding("note" if apart > CLOCK_NOTE else "ok", "clock", detail)


def _disk(disk: object) -> Finding:
    free = disk.get("free_bytes") if isinstance(disk, dict) else None
    if not isinstance(free, int):
        return Finding("fail", "disk", "the state's folder cannot be looked at")
    detail = f"{free / 1e9:.1f} GB free where the state is"
    if free < FREE_FAIL:
        return Finding("fail", "disk", f"{detail}; make room, or `enduse state retain`")
    return Finding("note" if free < FREE_NOTE else "ok", "disk", detail)


def _aside(aside: object) -> Iterator[Finding]:
    """Files that were set aside; a service of an earlier version tells of none."""
    if not isinstance(aside, dict) or not isinstance(aside.get("files"), int):
        return
    if not aside["files"]:
        yield Finding("ok", "files", "none stands aside")
        return
    first = aside.get("first")
    named = [f for f in first if isinstance(f, dict)] if isinstance(first, list) else []
    shown = "; ".join(
        f"{safe_text(f.get('path'), limit=_WORDS)}: {safe_text(f.get('reason'), limit=_WORDS)}"
        for f in named[:_NAMED]
    )
    number = "1 stands" if aside["files"] == 1 else f"{aside['files']} stand"
    detail = f"{number} aside and count for nothing, first {shown}; `enduse state check` names all"
    yield Finding("note", "files", detail)


def _fallen(fallen: object) -> Iterator[Finding]:
    """Stages at which workers ended again and again."""
    for fall in fallen[:_NAMED] if isinstance(fallen, list) else []:
        if isinstance(fall, dict):
            stage, why = (safe_text(fall.get(name), limit=_WORDS) for name in ("stage", "why"))
            yield Finding("fail", "worker", f"{stage}: {why}")


def _ago(age: timedelta) -> str:
    """How long ago, in hours or, past two days, in days."""
    if age > timedelta(days=2):
        return f"{age.days} days ago"
    return f"{age.total_seconds() / 3600:.1f} hours ago"


def _freshness(told: Mapping[str, Any], here: datetime) -> Iterator[Finding]:
    failing = told.get("failing")
    if isinstance(failing, list) and failing:
        names = ", ".join(safe_text(name, limit=_WORDS) for name in failing)
        yield Finding("fail", "stages", f"failing: {names}; the journal says why")
    else:
        yield Finding("ok", "stages", "none fails")
    ended = told["ended"]
    look = _moment(ended.get("ingest")) if isinstance(ended, dict) else None
    yield _look(look, here)
    as_of = _moment(told.get("as_of"))
    if as_of is None:
        return
    age = here - as_of
    detail = f"usage up to {as_of:%Y-%m-%d %H:%M} UTC, {_ago(age)}"
    if age < -CLOCK_FAIL:
        yield Finding(
            "fail", "data", f"{detail}: the clock is slow, or a file tells of days to come"
        )
    else:
        late = age > DATA_NOTE
        yield Finding(
            "note" if late else "ok", "data", detail + ("; is the export on time?" * late)
        )


def _look(look: datetime | None, here: datetime) -> Finding:
    if look is None:
        return Finding("fail", "inbox", "it was never looked at to the end")
    age = here - look
    if age < -CLOCK_FAIL:
        detail = f"last looked at {-age.total_seconds():.0f} s from now: its clock was set back"
        return Finding("fail", "inbox", f"{detail}, and no look has ended since")
    detail = f"last looked at {max(age.total_seconds(), 0.0):.0f} s ago"
    if age > LOOK_FAIL:
        return Finding("fail", "inbox", f"{detail}; the worker hangs or a run takes too long")
    return Finding("ok", "inbox", detail)


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return None if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC)


__all__ = ["Address", "examine_service"]
