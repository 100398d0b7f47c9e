"""A manifest is what was written, bit by bit, or it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.errors import StateError
from detector.state import Store
from lab.durability.stories import FirstIngest


def test_any_bit_of_a_manifest_that_turns_is_told(tmp_path: Path) -> None:
    story = FirstIngest()
    story.make(tmp_path)
    story.ready(tmp_path)()
    manifest = tmp_path / "state" / "manifest.json"
    whole = manifest.read_bytes()
    for place in range(0, len(whole), len(whole) // 100):
        turned = bytearray(whole)
        turned[place] ^= 1 << place % 8
        manifest.write_bytes(turned)
        with pytest.raises(StateError, match=r"manifest\.json is damaged"):
            Store(tmp_path / "state").manifest()
