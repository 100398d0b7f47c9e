"""The number of the rollups' format is raised when, and only when, rollups become others."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

import detector
from detector.errors import StateError
from detector.pipeline import formats as module
from detector.pipeline.formats import ROLLUPS, fingerprint
from detector.pipeline.stored import open_state
from detector.sources.layout import schema_of
from detector.state import Store, forget
from features.catalogue import Catalogue
from features.rollups import SHAPES
from features.tables import SCHEMAS, privacy

Put = Callable[[Path, Mapping[str, str]], Path]
MakeRows = Callable[[str, range], str]
TIMED = ("usage", "events", "model_usage")

# Number to digests of the shapes and of rolled-up rows. A number never gets other digests: raise
# ROLLUPS in detector/pipeline/formats.py and put a line here.
KNOWN: Final = {"0.1.0": ("cb65e714104a410d", "aa5d6e6f7a53a2fd")}
REMEDY: Final = (
    "rollups are not what they were: raise ROLLUPS in detector/pipeline/formats.py and add a line "
    "to KNOWN, so that states of before are rolled up again"
)


def digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def test_the_number_stands_for_these_shapes_and_these_sums(
    make_rows: MakeRows, facts: dict[str, str], from_logs: Callable[..., dict[str, Any]]
) -> None:
    shapes = [(name, shape) for name, shape in SHAPES.items()]
    tables = [(name, dict(schema_of(name)), dict(privacy(name))) for name in SCHEMAS]
    files = {f"{table}/a.csv": make_rows(table, range(40)) for table in TIMED}
    rolled = from_logs({**facts, **files})["frames"]
    assert KNOWN[ROLLUPS] == (digest((shapes, tables)), digest(sorted(rolled.items()))), REMEDY


def test_a_release_that_rolls_up_alike_takes_the_state_over_as_it_is(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    inbox = put(tmp_path / "inbox", {**facts, "usage/a.csv": make_rows("usage", range(3, 30))})
    take(inbox)
    monkeypatch.setattr(detector, "__version__", "9.9.9")
    assert not take(inbox).changed
    with open_state(tmp_path / "state", max_bad=0.9) as logs:
        assert "usage" in logs


def test_another_format_or_catalogue_is_another_fingerprint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    catalogue = Catalogue.load()
    before = fingerprint(catalogue)
    monkeypatch.setattr(module, "ROLLUPS", "2")
    assert fingerprint(catalogue) != before


def test_after_a_change_of_format_inputs_are_rolled_up_again_and_those_that_have_gone_are_told(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any],
    from_state: Callable[..., Any], from_logs: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    files = {**facts, **{f"usage/{n}.csv": make_rows("usage", range(3, 9 * n)) for n in (1, 2)}}
    inbox, state = put(tmp_path / "inbox", files), tmp_path / "state"
    take(inbox)
    (inbox / "usage" / "2.csv").unlink()
    monkeypatch.setattr(module, "ROLLUPS", "another")
    done = take(inbox)
    assert "usage/1.csv" in done.replaced
    again, left = done.warnings[:2]
    assert again.startswith("5 inputs were rolled up again")
    assert left.startswith("1 inputs are in another format")
    assert "usage/2.csv" in left
    with pytest.raises(StateError, match=r"first usage/2\.csv; .*enduse state forget"):
        from_state()
    assert "usage/2.csv" in [p.path for p in Store(state).manifest().parts]
    forget(state, "usage/2.csv")
    del files["usage/2.csv"]
    assert from_state() == from_logs(files)
