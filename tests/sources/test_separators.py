"""Separators outside quotes: as many as a look at each byte finds, wherever pieces end."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detector.sources import separators
from detector.sources.separators import are, count_outside

TOKENS = st.sampled_from([b",", b'"', b'""', b"\n", b"a", b'"x,y"', b"," * 61, b"b" * 64])


def one_by_one(data: bytes) -> int | None:
    found, inside, before = 0, False, "\n"
    for byte in data.decode():
        if byte == '"':
            if not inside and before not in '\n,"':
                return None
            inside = not inside
        found += byte == "," and not inside
        before = byte
    return found


@given(st.lists(TOKENS, min_size=1, max_size=40).map(b"".join), st.sampled_from([64, 128, 1 << 19]))
@example(b'"x,y",1', 64)
@example(b"b" * 63 + b',"x,y"', 64)
@example(b"b" * 63 + b'"' + b"," * 64 + b'"', 64)
@example(b"b" * 62 + b',"' + b"," * 63 + b'",', 64)
def test_each_is_counted(data: bytes, near: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(separators, "_NEAR", near)
        assert count_outside(data, ord(",")) == one_by_one(data)


@pytest.mark.parametrize(
    ("data", "sure"),
    [(b"1,2", True), (b"1,2,3", False), (b'1,"2"', True), (b'1,"2,3"', True), (b'"1","2",', False)],
)
def test_they_are_as_many_as_expected(data: bytes, sure: bool) -> None:
    assert are(1, data, ord(","), quoted=b'"' in data) is sure
