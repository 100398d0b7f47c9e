"""What a JSON file may hold: documents in a row, pages, lists, and what is left over."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from detector.sources.limits import MAX_RECORD_BYTES
from detector.sources.native import documents
from detector.sources.native.adapter import Hasher
from detector.sources.native.adapters import ADAPTERS, adapt, empty_document
from detector.sources.native.documents import document, lines

PATHS = (("data",), ("data", "result"))
PAGE_1 = '{"object":"page","data":[{"n":1},{"n":2}],"has_more":true,"next_page":"p"}'
PAGE_2 = '{"data":[{"n":3}],"has_more":false}'


def pieces(content: str | bytes, size: int = 1 << 20) -> Iterator[bytes]:
    data = content.encode() if isinstance(content, str) else content
    return (data[at : at + size] for at in range(0, len(data), size))


def told(
    content: str | bytes, size: int = 1 << 20, paths: Any = PATHS
) -> tuple[list[Any], list[str]]:
    """Return the records, as their number where they have one, and the reasons of the rest."""
    found = [item for item in document(pieces(content, size), paths) if item.beside is None]
    records = [i.record for i in found if i.record is not None]
    return [r.get("n", r) for r in records], [i.reason for i in found if i.record is None]


def pretty(text: str) -> str:
    return json.dumps(json.loads(text), indent=2)


WHOLE = {
    "pages back to back": (PAGE_1 + PAGE_2, [1, 2, 3]),
    "pages on lines": (f"{PAGE_1}\n{PAGE_2}\n", [1, 2, 3]),
    "pages with CRLF and blanks": (f" \r\n{PAGE_1}\r\n\t{PAGE_2}  ", [1, 2, 3]),
    "pages with a comma": (f"{PAGE_1},\n{PAGE_2},", [1, 2, 3]),
    "record separators": (f"\x1e{PAGE_1}\n\x1e{PAGE_2}\n", [1, 2, 3]),
    "pretty pages": (pretty(PAGE_1) + "\n" + pretty(PAGE_2), [1, 2, 3]),
    "a compact and a pretty page": (PAGE_1 + "\n" + pretty(PAGE_2), [1, 2, 3]),
    "lists appended": ('[{"n":1},{"n":2}]\n[{"n":3}]', [1, 2, 3]),
    "a list with an item a line": ('[\n{"n":1},\n{"n":2}\n]\n', [1, 2]),
    "a list of pages": (f"[{PAGE_1},{PAGE_2}]", [1, 2, 3]),
    "single records": ('{"n":1}{"n":2}', [1, 2]),
    "a list and a record": ('[{"n":1}] {"n":2}', [1, 2]),
    "Prometheus, twice": ('{"status":"success","data":{"result":[{"n":1}]}}' * 2, [1, 1]),
    "a list among empty ones": (f'{{"data":[]}}[]{PAGE_2}', [3]),
    "a byte order mark before the second": (f"{PAGE_1}\ufeff{PAGE_2}", [1, 2, 3]),
}


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize("name", WHOLE)
def test_every_document_of_a_file_is_read(name: str, size: int) -> None:
    content, records = WHOLE[name]
    assert told(content, size) == (records, [])


BROKEN = {
    "garbage after a list": ('[{"n":1}] GARBAGE <html>502</html>', [1], [documents.LEFT_OVER]),
    "a number first": ('[{"n":1}] 502 Bad Gateway', [1], [documents.LEFT_OVER]),
    "garbage of many lines": (f"{PAGE_2}\n<p>\n[error\n{{oops\n</p>", [3], [documents.LEFT_OVER]),
    "garbage between documents": (f"{PAGE_1}\noops\n{PAGE_2}", [1, 2, 3], [documents.LEFT_OVER]),
    "cut off after an item": ('{"data":[{"n":1},{"n":2}', [1, 2], [documents.BREAKS_OFF]),
    "cut off in an item": ('{"data":[{"n":1},{"n":', [1], [documents.BREAKS_OFF]),
    "cut off in a text": ('[{"n":1},{"n":"abc', [1], [documents.BREAKS_OFF]),
    "cut off behind the list": ('{"data":[{"n":1}],"has_more":tr', [1], [documents.BREAKS_OFF]),
    "cut off, then a page": (f'{{"data":[{{"n":1}},{{"n"\n{PAGE_2}', [1, 3], [documents.BROKEN]),
    "a record that is not JSON": (
        '{"api":{"operation":"RunInstances",},"time":1774864800000}', [], [documents.BROKEN],
    ),
    "a broken line among lines": (
        '{"n":1}\n{"n":2,,"rest":"of the line"}\n{"n":3}', [1, 3], [documents.BROKEN],
    ),
    "a number in a list": ('[{"n":1},7,{"n":2}]', [1, 2], [documents.NO_OBJECT]),
    "no commas": ('[{"n":1} {"n":2}          ]    ', [1], [documents.BROKEN]),
}  # fmt: skip


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_json_costs_one_bad_record(name: str, size: int) -> None:
    content, records, reasons = BROKEN[name]
    assert told(content, size) == (records, reasons)


NESTED = {
    "inside a text": r'{"note":"\"data\":[{\"n\":9}]","data":[{"n":1}]}',
    "inside a record": '{"data":[{"n":1,"data":[{"n":9}]}]}',
    "under another key": '{"other":{"data":[{"n":9}]},"data":[{"n":1}]}',
    "under a key of the path": '{"result":[{"n":9}],"data":{"result":[{"n":1}]}}',
    "after the list": '{"data":[{"n":1}],"errors":[{"n":9}]}',
}


@pytest.mark.parametrize("size", [1, 1 << 20])
@pytest.mark.parametrize("name", NESTED)
def test_the_list_is_found_at_its_path_alone(name: str, size: int) -> None:
    records, reasons = told(NESTED[name], size)
    assert [r["n"] if isinstance(r, dict) else r for r in records] == [1]
    assert reasons == []


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_a_document_without_a_list_is_one_record(size: int) -> None:
    content = '{"data":{"kind":"x","result":{"n":2}},"tail":12}'
    assert told(content, size) == ([json.loads(content)], [])


def test_a_line_may_hold_several_documents() -> None:
    content = f"{PAGE_1}{PAGE_2}\n\x1e{PAGE_2}\n[{{}}] oops\n{{oops\n".encode()
    found = list(lines(iter([content]), PATHS))
    assert [i.record for i in found if i.record] == [{"n": 1}, {"n": 2}, {"n": 3}, {"n": 3}]
    reasons = [i.reason for i in found if i.record is None and i.beside is None]
    assert reasons == [documents.LEFT_OVER, "the line is not valid JSON"]


def test_a_record_that_is_too_long_costs_itself_alone() -> None:
    long = json.dumps({"n": 2, "text": "x" * (MAX_RECORD_BYTES + (2 << 20))})
    content = f'{{"data":[{{"n":1}},{long},{{"n":3}}],"has_more":true}}'
    tracemalloc.start()
    found = list(document(pieces(content), PATHS))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [i.record for i in found] == [{"n": 1}, None, {"n": 3}, None]
    assert found[1].reason == documents.TOO_LONG
    assert found[3].beside == {"has_more"}
    assert peak < 8 * MAX_RECORD_BYTES


@pytest.mark.parametrize(
    "deep", ["[" * 200_000 + "]" * 200_000, '{"a":' * 200_000 + "1" + "}" * 200_000]
)
def test_a_record_that_is_nested_too_deep_costs_itself_alone(deep: str) -> None:
    assert told(f'{{"data":[{{"n":1}},{deep},{{"n":3}}]}}')[0] == [1, 3]
    assert told(f'{{"blob":{deep},"data":[{{"n":1}}]}}') == ([1], [])
    assert told(f'{{"blob":{deep}}}\n{{"n":1}}') == ([1], [documents.TOO_LONG])


@pytest.mark.long
def test_a_list_of_any_length_is_read_in_bounded_memory() -> None:
    item = json.dumps({"n": 1, "text": "x" * 500}).encode() + b","
    block = item * 2_000

    def source() -> Iterator[bytes]:
        yield b'{"blob":{"data":[{"n":9}]},"data":['
        for _ in range(40):
            yield block
        yield b'{"n":1}],"has_more":false}'

    tracemalloc.start()
    count = sum(item.record is not None for item in document(source(), PATHS))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 80_001
    assert peak < 16 << 20


def test_a_number_of_endless_digits_is_text() -> None:
    records, reasons = told('[{"n":1},{"n":' + "9" * 5_000 + "}]")
    assert (len(records), reasons) == (2, [])


OPENAI = next(a for a in ADAPTERS if a.name == "OpenAI audit log")
RECORD = '{"id":"a","type":"login.succeeded","effective_at":1767323045,"actor":{}}'
NOT_WHOLE = {
    "has_more": (f'{{"data":[{RECORD}],"has_more":true}}', 1),
    "before the list": (f'{{"has_more":true,"data":[{RECORD}]}}', 1),
    "the last page": (f'{{"data":[{RECORD}],"has_more":true}}{{"data":[],"has_more":false}}', 0),
    "the first page last": (f'{{"data":[],"has_more":false}}{{"data":[{RECORD}],"has_more":1}}', 1),
    "pages in a list": (f'[{{"data":[{RECORD}],"has_more":true}}]', 1),
    "false in words": (f'{{"data":[{RECORD}],"has_more":"false"}}', 0),
    "inside a record": (f'{{"data":[{RECORD[:-1]},"has_more":true}}]}}', 0),
    "garbage behind": (f'{{"data":[{RECORD}],"has_more":true}} oops', 1),
}  # fmt: skip


@pytest.mark.parametrize("size", [1, 1 << 20])
@pytest.mark.parametrize("name", NOT_WHOLE)
def test_a_list_that_is_not_whole_says_so(name: str, size: int) -> None:
    content, count = NOT_WHOLE[name]
    found = document(pieces(content, size), OPENAI.lists)
    said = [part.told for part in adapt(OPENAI, found, Hasher(b"k"))]
    sentence = (
        "the list says that it is not whole (has_more): ask for the next pages, or the rest is "
        "missing"
    )
    assert said == [{sentence: 1} if count else {}]


@pytest.mark.parametrize(
    ("content", "table", "empty"),
    [
        ("[]", "events", True),
        ("[]", "accounts", True),
        (" [ ]\n[] ", "model_usage", True),
        ('{"data":[],"has_more":false,"next_page":null}', "model_usage", True),
        ('{"data":[],"has_more":true}{"data":[]}', "events", True),
        ('{"value":[]}', "events", True),
        ('{"Records":[]}', "events", True),
        ('{"status":"success","data":{"resultType":"matrix","result":[]}}', "gpu_telemetry", True),
        ('{"value":[]}', "gpu_telemetry", False),
        ('{"data":[{}]}', "events", False),
        ("[1]", "events", False),
        ("{}", "events", False),
        ('{"data":[]} oops', "events", False),
        ('{"data":[]', "events", False),
        ("", "events", False),
    ],
)
def test_a_list_without_records_is_known(content: str, table: str, empty: bool) -> None:
    assert empty_document(content.encode(), table) is empty
