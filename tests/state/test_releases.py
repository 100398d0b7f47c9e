"""States as earlier releases wrote them give the scores of a fresh run of the same logs.

``tools/state_of_release.py`` made them, with a clone of each release. Once ``ROLLUPS`` is another
number, their inputs are rolled up again.
"""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path
from typing import Final

import pytest

from detector import read_logs, score_logs, train_logs
from detector.pipeline.formats import fingerprint
from detector.pipeline.ingest import Ingested, ingest
from detector.pipeline.rebuilding import rebuild
from detector.pipeline.stored import open_state
from detector.state import Store, check
from features.catalogue import Catalogue

KEY: Final = b"a key of the tests"
DATA: Final = Path(__file__).parent / "data"
RELEASES: Final = sorted(path.name for path in DATA.glob("state_of_*.tar.xz"))
WRITTEN: Final = ("scores", "rings", "features", "quarantine", "timelines", "followups", "links")


def unpacked(release: str, folder: Path) -> Path:
    with tarfile.open(DATA / release) as packed:
        packed.extractall(folder, filter="data")
    return folder


def taken(world: Path) -> Ingested:
    return ingest(world / "logs", world / "state", hash_key=KEY, max_bad=0.2, reject=True)


def rolled_alike(world: Path) -> bool:
    """Whether today's rollups have the format of the state's."""
    made_by = {part.made_by for part in Store(world / "state").manifest().parts}
    return made_by == {fingerprint(Catalogue.load())}


def compared(world: Path) -> None:
    """The state's scores are those of a run of the logs by the same model, to the byte."""
    logs = read_logs(world / "logs", max_bad=0.2, hash_key=KEY)
    model = train_logs(logs, seed=0)
    score_logs(logs, model).write(world / "fresh")
    with open_state(world / "state", max_bad=0.2) as stored:
        score_logs(stored, model).write(world / "held")
    for table in WRITTEN:
        fresh, held = (world / run / f"{table}.parquet" for run in ("fresh", "held"))
        assert fresh.read_bytes() == held.read_bytes(), table


@pytest.mark.parametrize(
    "release", [*(pytest.param(old, marks=pytest.mark.long) for old in RELEASES[:-1]), RELEASES[-1]]
)
def test_a_state_of_an_earlier_release_is_taken_over_and_goes_on_without_its_files(
    release: str, tmp_path: Path
) -> None:
    world = unpacked(release, tmp_path)
    alike = rolled_alike(world)
    assert taken(world).changed != alike
    (world / "logs").rename(world / "gone")
    shutil.copytree(world / "more", world / "logs")
    assert taken(world).added == ("usage/c.csv", "events/c.csv")
    assert check(world / "state")[1] == []
    shutil.copytree(world / "gone", world / "logs", dirs_exist_ok=True)
    (world / "logs" / "usage" / "odd.csv").unlink()  # a run stops at it, a state sets it aside
    compared(world)


@pytest.mark.parametrize("release", RELEASES)
def test_the_manifest_of_an_earlier_release_is_made_again_of_its_parts(
    release: str, tmp_path: Path
) -> None:
    state = unpacked(release, tmp_path) / "state"
    manifest = Store(state).manifest()
    (state / "manifest.json").unlink()
    made = rebuild(state)
    assert made is not None
    assert made.lost == []
    live = [(part.path, part.key, part.files) for part in manifest.live()]
    assert [(part.path, part.key, part.files) for part in made.manifest.live()] == live


def test_a_part_of_an_earlier_release_that_was_changed_is_damaged(tmp_path: Path) -> None:
    state = unpacked(RELEASES[-1], tmp_path) / "state"
    assert check(state)[1] == []
    described = next(state.glob("parts/*/part.json"))
    described.write_bytes(described.read_bytes().replace(b'"passed":null', b'"passed":"0"'))
    assert [finding.path for finding in check(state)[1]] == [str(described)]
