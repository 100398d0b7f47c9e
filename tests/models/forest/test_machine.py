"""The machine's code is made of the text that numba gives, is kept whole, and needs no numba."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.forest import machine
from models.forest.machine import address

HOME = Path(__file__).parents[3]
SCORE = """
import numpy as np, sys
from models.forest import machine
from models.forest.forest import ArrayForest
made, compiling = [], machine._made
machine._made = lambda *given: made.append(0) or compiling(*given)
X = np.random.default_rng(0).normal(size=(400, 3)).astype(np.float32)
forest = ArrayForest.fit(X, n_estimators=5)
print(forest.raw(X).sum() + forest.raw(X[:9]).sum(), len(made), "numba" in sys.modules)
"""


def _score(place: Path, script: str = SCORE) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=HOME,
        env={**os.environ, "NUMBA_CACHE_DIR": str(place)},
    )  # fmt: skip
    return done.stdout.split()


@pytest.mark.long  # processes of their own
def test_a_process_takes_what_another_made_whole_and_compiles_where_nothing_can_be_kept(
    tmp_path: Path,
) -> None:
    kept, nowhere = tmp_path / "kept", tmp_path / "file"
    nowhere.touch()
    first, second = _score(kept), _score(kept)
    assert first[1:] == ["1", "False"]
    assert second == [first[0], "0", "False"]
    (file,) = kept.iterdir()
    code = file.read_bytes()
    for damaged in (b"", code[:-1], code[:99] + b"?" + code[100:]):
        file.write_bytes(damaged)
        assert _score(kept) == first
        assert file.read_bytes() == code
    assert _score(nowhere) == first


@pytest.mark.long  # numba compiles everything
def test_numba_takes_over_where_the_text_is_not_understood(tmp_path: Path) -> None:
    unread = "def _unread(*given): raise RuntimeError\nmachine._loaded = _unread\nmade"
    by_numba = _score(tmp_path, SCORE.replace("made", unread, 1))
    assert by_numba == [_score(tmp_path)[0], "0", "True"]


@pytest.mark.long  # numba compiles everything
def test_the_text_is_what_numba_makes_of_the_functions() -> None:
    import llvmlite
    import numba

    from tools import forest_kernel

    kept = forest_kernel.FILE.read_text()
    versions = f"numba {numba.__version__}, llvmlite {llvmlite.__version__}\n"
    if versions not in kept.splitlines(keepends=True)[0]:
        pytest.skip(f"made by {kept.splitlines()[0]}; here are {versions}")
    script = "from tools import forest_kernel; print(forest_kernel.text(), end='')"
    made = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=HOME
    ).stdout
    assert made == kept, "run: python tools/forest_kernel.py"


def test_only_values_of_the_kind_in_the_order_of_rows_have_an_address() -> None:
    rows = np.zeros((3, 4), dtype=np.float32)
    assert address(rows, np.float32) == rows.ctypes.data
    assert address(rows[1:], np.float32) == rows.ctypes.data + 16
    address(rows[:0], np.float32)
    rows.flags.writeable = False
    assert address(rows, np.float32) == rows.ctypes.data
    for other in (rows.T, rows[:, 1:], rows.astype(np.float64)):
        with pytest.raises(TypeError, match="expected float32 in the order of rows, found float"):
            address(other, np.float32)


def test_code_is_kept_in_the_first_folder_that_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(machine, "_TEXT", tmp_path / "file" / "kernel.ll")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    assert machine._kept("name", lambda: b"code") == b"code"
    assert machine._kept("name", lambda: b"") == b"code"
    assert [file.name for file in (tmp_path / "own" / "enduse").iterdir()] == ["forest-name.o"]
