"""Refusals and failures as problems: the status, and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from detector.cases.deciding.repeated import Another
from detector.cases.errors import CasesBusy, CasesError, CasesFull, Conflict, Refused, Unknown
from detector.console.api.table import json_response
from detector.errors import DataError

KIND: Final = "application/problem+json"
RETRY: Final = "5"
#: What the cases say, and the status of each: the first that fits.
STATUSES: Final[tuple[tuple[type[Exception], HTTPStatus], ...]] = (
    (Conflict, HTTPStatus.CONFLICT), (Another, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Refused, HTTPStatus.FORBIDDEN), (Unknown, HTTPStatus.NOT_FOUND),
    (CasesBusy, HTTPStatus.SERVICE_UNAVAILABLE), (CasesFull, HTTPStatus.SERVICE_UNAVAILABLE),
    (DataError, HTTPStatus.SERVICE_UNAVAILABLE), (CasesError, HTTPStatus.INTERNAL_SERVER_ERROR),
)  # fmt: skip
TAKEN: Final = (HTTPException, Refused, Unknown, CasesError, DataError)


def problem(error: Exception, now: Mapping[str, Any] | None = None) -> Response:
    """The reply to what was refused or failed; ``now`` is what a case is, where it changed."""
    if isinstance(error, HTTPException):
        status, sentence = HTTPStatus(error.code or 500), error.description or ""
    else:
        status = next(found for kind, found in STATUSES if isinstance(error, kind))
        sentence = str(error)
    told = {"status": int(status), "detail": sentence}
    if now is not None:
        told["now"] = now
    response = json_response(told, None, status, KIND)
    if isinstance(error, HTTPException):
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                response.headers.setdefault(name, value)
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = RETRY
    return response
