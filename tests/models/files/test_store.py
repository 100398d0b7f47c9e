"""A stored model is whole, sound and plain, or it is refused with a sentence."""

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from models import ModelFormatError
from models.files import store

ROOT = Path(__file__).parents[3]


@pytest.fixture(name="arrays")
def _arrays() -> dict[str, np.ndarray]:
    return {"a": np.arange(5.0), "b": np.array([True, False]), "c": np.arange(3)}


def _written(tmp_path: Path, arrays: dict[str, np.ndarray]) -> Path:
    store.write(tmp_path / "m", "test", arrays, {"x": [1, "two"]})
    return tmp_path / "m"


def test_what_is_written_is_read(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    found, meta = store.read(_written(tmp_path, arrays), "test")
    assert meta == {"x": [1, "two"]}
    assert all(np.array_equal(found[name], arrays[name]) for name in arrays)
    assert all(found[name].dtype == arrays[name].dtype for name in arrays)


def test_the_same_content_gives_the_same_bytes(
    tmp_path: Path, arrays: dict[str, np.ndarray]
) -> None:
    one = _written(tmp_path / "1", arrays)
    other = _written(tmp_path / "2", dict(reversed(arrays.items())))
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in other.iterdir())
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


def test_a_new_model_replaces_the_old_one_whole(
    tmp_path: Path, arrays: dict[str, np.ndarray]
) -> None:
    folder = _written(tmp_path, arrays)
    store.write(folder, "test", {"a": np.zeros(2)}, {})
    assert len(list(folder.iterdir())) == 2
    assert store.read(folder, "test")[0]["a"].tolist() == [0.0, 0.0]


def test_another_kind_is_refused(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    with pytest.raises(ModelFormatError, match="holds a 'test'; expected a 'forest'"):
        store.read(_written(tmp_path, arrays), "forest")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFormatError, match=r"cannot read .*manifest.json: No such file"):
        store.read(tmp_path / "nothing", "test")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"), ("[" * 100_000, "not JSON"), ("[]", "not a model manifest"),
        ('{"format": NaN}', "not JSON"), ('{"format": "other"}', "not a model manifest"),
        ('{"format": "enduse-model", "format_version": 99}', "format_version 99"),
        ('{"format": "enduse-model", "format_version": 1}', "checksum is wrong"),
    ],
)  # fmt: skip
def test_manifests_that_are_none(
    tmp_path: Path, arrays: dict[str, np.ndarray], text: str, words: str
) -> None:
    folder = _written(tmp_path, arrays)
    (folder / "manifest.json").write_text(text)
    with pytest.raises(ModelFormatError, match=words):
        store.read(folder, "test")


def test_array_files_elsewhere_are_not_opened(
    tmp_path: Path, arrays: dict[str, np.ndarray]
) -> None:
    folder = _written(tmp_path, arrays)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["arrays"]["file"] = "../../secret.npz"
    manifest["sha256"] = store.manifest_digest(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelFormatError, match="no array file of its own"):
        store.read(folder, "test")


def _archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return out.getvalue()


def _npy(array: np.ndarray, *, objects: bool = False) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=objects)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"PK\x03\x04", _archive(a=_npy(np.zeros(10_000_000))),
        store.arrays_to_bytes({"a": np.zeros((2, 2))}),
        store.arrays_to_bytes({"a": np.zeros(2, dtype=complex)}),
        store.arrays_to_bytes({"a": np.array(["x"])}),
        store.arrays_to_bytes({"a": np.zeros(2, dtype=">f8")}),
    ],
    ids=["empty", "cut", "bomb", "square", "complex", "text", "big-endian"],
)  # fmt: skip
def test_only_plain_arrays_are_read(data: bytes) -> None:
    with pytest.raises(ModelFormatError):
        store.parse_arrays(data)


def test_objects_never_come_to_life(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "sprung",))

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.npy", _npy(np.array([Trap()], dtype=object), objects=True))
    with pytest.raises(ModelFormatError):
        store.parse_arrays(out.getvalue())
    assert not (tmp_path / "sprung").exists()


def test_a_header_may_not_promise_more_than_there_is() -> None:
    data = _npy(np.zeros(3)).replace(b"(3,)", b"(9,)")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.npy", data)
    with pytest.raises(ModelFormatError, match="not as long as its header says"):
        store.parse_arrays(out.getvalue())


@pytest.mark.long
def test_forged_and_damaged_files_never_crash_the_reader() -> None:
    """In a process of its own, so that a crash is seen; 100,000 cases with --full."""
    command = [sys.executable, "tools/forest_fuzz.py", "--cases", "400", "--damage", "60"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "60 of 60" in done.stdout


def test_no_source_file_unpickles() -> None:
    forbidden = re.compile(
        r"\b(c?pickle|joblib|dill|cloudpickle|marshal|shelve)\b[.\s]|allow_pickle=True"
    )
    folders = ("detector", "features", "models", "lab", "tools", "benchmarks", "notebooks")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert len(files) > 20
    code = {path: re.sub(r'"""[\s\S]*?"""|#.*', "", path.read_text("utf-8")) for path in files}
    assert [path.name for path, text in code.items() if forbidden.search(text)] == []
