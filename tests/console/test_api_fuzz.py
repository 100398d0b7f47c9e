"""Made requests to every endpoint, right and wrong: none fails, and each is told as described."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("werkzeug")

from detector.cases.record.store import SYSTEM, Store
from detector.cases.team import people
from detector.console.api.document import document
from detector.console.api.schema import Schema
from detector.console.app import Console
from detector.http import Request
from tests.cases.planted import RING, plant
from tests.console.programs import NOW, token_of
from tests.examples import examples

TEXT: Final = st.text(max_size=12) | st.sampled_from(["\ud800", "\x00", "'; --", "C-000001", ""])
BOTH: Final[st.SearchStrategy[Any]] = st.booleans()
NUMBERS: Final = st.sampled_from([-1, 0, 1 << 31, (1 << 63) - 1, 1 << 63, 1 << 70])
WRONG: Final = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


VALUES: Final = {
    "case_id": st.sampled_from([f"C-{number:06}" for number in range(1, 9)]),
    "If-Match": st.sampled_from(["1", "1", '"2"', "3"]), "accounts": st.just(["r1"]),
    "Idempotency-Key": st.sampled_from(["k", "l", "m"]),
}  # fmt: skip


def right(schema: Schema) -> st.SearchStrategy[Any]:
    """Values of a schema, most of them."""
    kind = schema["type"]
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if isinstance(kind, list):
        return st.booleans() | st.none()
    if kind == "object":
        fields = schema.get("properties", {})
        needed = {name: field(name, fields[name]) for name in schema.get("required", ())}
        others = {name: field(name, one) for name, one in fields.items() if name not in needed}
        rest = schema["additionalProperties"]
        if rest is not False:
            return st.dictionaries(st.sampled_from(["r1", "note"]) | TEXT, right(rest), max_size=2)
        return st.fixed_dictionaries(needed, optional=others)
    if schema.get("format") == "date-time":
        zones = st.just(UTC)
        times = st.datetimes(timezones=zones) | st.sampled_from([datetime.min, datetime.max])
        return times.map(datetime.isoformat) | st.just("0001-01-01T00:00:00+14:00")
    if kind == "array":
        return st.lists(right(schema["items"]), max_size=3)
    least, most = schema.get("minimum", 0), schema.get("maximum", 1 << 63)
    numbers = st.integers(least, most) | st.sampled_from([least, most])
    return {
        "integer": numbers, "number": numbers | st.floats(0, 1e300), "boolean": st.booleans(),
        "string": TEXT,
    }[kind]  # fmt: skip


def field(name: str, schema: Schema) -> st.SearchStrategy[Any]:
    """Values of a field or parameter."""
    return VALUES[name] if name in VALUES else right(schema)


@st.composite
def made(draw: st.DrawFn, path: str, method: str, operation: Any) -> Any:
    """A request to one operation: right, or with one thing in it that is something else."""
    held: dict[Any, st.SearchStrategy[Any]] = {
        (one["in"], one["name"]): field(one["name"], one["schema"])
        for one in operation["parameters"]
    }
    needed = {key: value for key, value in held.items() if key[0] != "query"}
    others = {key: value for key, value in held.items() if key[0] == "query"}
    # Few at a time: of many, one is always refused.
    some = draw(st.lists(st.sampled_from(sorted(others)), max_size=2)) if others else []
    parts = {key: draw(one) for key, one in (needed | {key: others[key] for key in some}).items()}
    if parts and draw(BOTH):
        parts[draw(st.sampled_from(sorted(parts)))] = draw(TEXT | NUMBERS.map(str))
    return (path, method, operation), parts, _body(draw, operation)


def _body(draw: st.DrawFn, operation: Any) -> tuple[str, bytes] | None:
    for kind, one in operation.get("requestBody", {}).get("content", {}).items():
        if kind == "text/csv":
            return kind, draw(st.binary(max_size=40))
        value = draw(right(one["schema"]))
        if value and draw(BOTH):
            value[draw(st.sampled_from(sorted(value)))] = draw(WRONG)
        return kind, json.dumps(value if draw(st.integers(0, 9)) else draw(WRONG)).encode()
    return None


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Console, str]]:
    folder: Path = tmp_path_factory.mktemp("fuzz") / "cases"
    with Store.create(folder) as store:
        with store.writing(NOW) as tx:
            people.add(tx, SYSTEM, "ann", ["reviewer", "lead", "counsel", "letters"])
            plant(tx, "C-000001", RING)
            for number in range(2, 9):
                plant(tx, f"C-{number:06}", rank=number)
            tx.connection.execute("UPDATE snapshots SET body = NULL")
        yield Console(store, lambda: NOW), token_of(store, "ann")


def request_of(asked: Any, token: str) -> Request:
    (path, method, _), parts, body = asked
    headers = Message()
    headers["Authorization"] = f"Bearer {token}"
    for (where, name), value in parts.items():
        if where == "path":
            path = path.replace(f"{{{name}}}", quote(value.encode("utf-8", "replace"), safe=""))
        elif where == "header" and re.fullmatch(r"[\x20-\x7e]*", str(value)):
            headers[name] = str(value)
    query = {name: (str(value).lower() if isinstance(value, bool) else str(value))
             for (where, name), value in parts.items() if where == "query"}  # fmt: skip
    sent = b""
    if body is not None:
        headers["Content-Type"], sent = body
        headers["Content-Length"] = str(len(sent))
    said = urlencode(query, errors="replace")
    return Request(method.upper(), path, said, headers, io.BytesIO(sent), "127.0.0.1", False)


def operations() -> list[Any]:
    from detector.console.api.endpoints import endpoints

    told = json.loads(json.dumps(document(endpoints())))
    return [
        made(path, method, operation)
        for path, methods in told["paths"].items() for method, operation in methods.items()
    ]  # fmt: skip


def ask(console: tuple[Console, str], asked: Any) -> int:
    reply = console[0].answer(request_of(asked, console[1]))
    (path, method, operation), _, _ = asked
    assert reply.status < 500, (method, path, reply.body)
    assert str(int(reply.status)) in operation["responses"], (method, path, reply.status)
    if reply.status >= 400:
        told = json.loads(reply.body)
        assert told["status"] == reply.status
        assert told["detail"]
    return int(reply.status)


_SETTINGS: Final[dict[str, Any]] = {
    "deadline": None, "derandomize": True, "database": None,
    "suppress_health_check": list(HealthCheck),
}  # fmt: skip


def test_no_made_request_fails(console: tuple[Console, str]) -> None:
    seen: dict[int, int] = {}

    @settings(max_examples=examples(1_500), **_SETTINGS)
    @given(st.one_of(*operations()))
    def run(asked: Any) -> None:
        status = ask(console, asked)
        seen[status] = seen.get(status, 0) + 1

    run()
    # It says nothing where everything was refused for its form.
    assert {200, 400, 403, 404, 409} <= seen.keys(), seen
