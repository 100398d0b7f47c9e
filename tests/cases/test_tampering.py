"""Whoever tampers is found and named: a small version of benchmarks/cases_tamper.py."""

from __future__ import annotations

import random
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from lab.cases.made import START, decide, folder_of
from lab.cases.tamper import KINDS, copied, flipped, forged, found, named, tampered
from tests.examples import first


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("tampered")
    with folder_of(work / "whole", 14) as store:
        for number in range(12):
            decide(store, number, START + timedelta(hours=number))
        store.anchor()
    shutil.copy(work / "whole" / "anchors.jsonl", work / "kept")
    return work


def test_what_nobody_touched_is_whole(whole: Path) -> None:
    assert found(whole / "whole", whole / "kept") == ()


@pytest.mark.parametrize("kind", first(KINDS, 3))
def test_tampering_is_found_and_named(whole: Path, kind: str) -> None:
    draw = random.Random(kind)
    for _ in range(5):
        folder = copied(whole / "whole", whole / "x")
        seq = tampered(folder, kind, draw)
        assert named(found(folder, whole / "kept"), kind, seq), seq


def test_no_flipped_bit_goes_unnoticed(whole: Path) -> None:
    draw = random.Random(7)
    for _ in range(40):
        folder = copied(whole / "whole", whole / "x")
        bit = flipped(folder, draw)
        assert found(folder, whole / "kept"), bit


@pytest.mark.parametrize(
    "payload", ["{}", "[]", "[" * 100_000, '{"facts":{},"put":[["cases",7]],"gone":[]}',
                '{"facts":{},"put":7,"gone":[],"salt":""}', "\ud800"]
)  # fmt: skip
def test_a_payload_that_is_none_is_a_finding(whole: Path, payload: str) -> None:
    folder = copied(whole / "whole", whole / "x")
    forged(folder, 5, payload)
    assert found(folder, whole / "kept")
