"""The packs that ship, and a way to write one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from detector.policy.packs import Packs, load_packs


@pytest.fixture(scope="session")
def packs() -> Packs:
    """Those that ship."""
    return load_packs()


@pytest.fixture
def own() -> str:
    """A small sound pack of a reader's own."""
    return Path(__file__).with_name("own.toml").read_text()


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """``folder(name=text)``: a folder of packs with these files."""

    def write(**files: str | bytes) -> Path:
        home = tmp_path / "own-packs"
        home.mkdir(exist_ok=True)
        for name, text in files.items():
            data = text if isinstance(text, bytes) else text.encode()
            (home / f"{name}.toml").write_bytes(data)
        return home

    return write
