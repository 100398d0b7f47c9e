"""Lists as files, made and third-party ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from detector.policy.lists import Lists, read_lists

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def cases() -> Path:
    """The made inputs for lists, as they come and as they break."""
    path = REPOSITORY.parent / "shared" / "cases" / "lanes" / "lists"
    if not path.is_dir():
        pytest.skip(f"the folder {path} with made lists is not here")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of lists."""
    path = tmp_path / "lists"
    path.mkdir()
    return path


@pytest.fixture
def put(folder: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file of the folder."""

    def write(name: str, content: str | bytes) -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def read(folder: Path) -> Callable[..., Lists]:
    """Read the folder, with the files that are given by name put into it."""

    def reading(files: Mapping[str, str | bytes] | None = None) -> Lists:
        for name, content in (files or {}).items():
            path = folder / name
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_lists(folder)

    return reading
