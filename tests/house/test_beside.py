"""``import enduse`` works in a project that has its own models.py, features.py or detector.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = "print(enduse.ProxyForest.__name__, len(enduse.features.REGISTRY) > 80, enduse.read_logs)"


def _run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run code as a script of the folder, with the packages installed behind it."""
    (folder / "work.py").write_text(code)
    return subprocess.run(
        [sys.executable, "work.py"], cwd=folder, capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"},
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Files that say when they run, with names that submodules of ours have too."""
    (tmp_path / "models.py").write_text("print('models ran')\nclass MyNet: pass\ncombine = 3\n")
    (tmp_path / "features.py").write_text(
        "print('features ran')\ndef make(): return 7\nusage = 5\n"
    )
    (tmp_path / "detector.py").write_text("print('detector ran')\ndef detect(): return 9\n")
    return tmp_path


@pytest.mark.long
def test_everything_works_and_the_project_runs_when_it_is_asked_for(project: Path) -> None:
    code = f"""
import enduse, pickle
{OURS}
enduse.score_logs, enduse.OutlierView
print("asked")
from models import MyNet
from features import make
from detector import detect
assert (make(), detect()) == (7, 9)
assert type(pickle.loads(pickle.dumps(MyNet()))) is MyNet
try:
    from features import nothing
except ImportError as error:
    print(error)
"""
    done = _run(project, code)
    assert (done.returncode, done.stderr) == (0, "")
    unasked, asked = done.stdout.split("asked\n")
    assert unasked.startswith("ProxyForest True <function read_logs")
    assert "ran" not in unasked
    assert asked.count(" ran\n") == 3
    assert "cannot import name 'nothing' from 'features'" in asked


@pytest.mark.long  # a program that imports everything, once more
def test_a_project_that_came_first_keeps_what_it_has(project: Path) -> None:
    code = f"""
import models, features, detector
import enduse
{OURS}
assert (models.combine, features.usage, detector.detect()) == (3, 5, 9)
from models import MyNet
assert MyNet is models.MyNet
from detector import read_logs
assert read_logs is enduse.read_logs
"""
    done = _run(project, code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count(" ran\n") == 3


@pytest.mark.long  # a program that imports everything, once more
def test_a_package_of_the_project_goes_on_having_its_own_files(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").write_text("WIDTH = 4\n")
    (tmp_path / "models" / "unet.py").write_text("from models import WIDTH\nDEPTH = WIDTH + 1\n")
    code = f"import enduse\n{OURS}\nfrom models.unet import DEPTH\nprint(DEPTH)\n"
    done = _run(tmp_path, code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\n5\n")


def test_a_file_that_could_be_taken_for_ours_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").touch()
    (tmp_path / "models" / "errors.py").touch()
    for first in ("", "import models\n"):
        done = _run(tmp_path, f"{first}import enduse\n")
        last = done.stderr.strip().splitlines()[-1]
        assert last.startswith("ImportError: enduse has a module 'models.errors', and so has")
        assert str((tmp_path / "models").resolve()) in last
        assert "rename yours" in last


def test_the_command_starts_as_a_module_in_such_a_folder(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "enduse", "version"], cwd=project, capture_output=True, text=True,
        check=False, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "ran" not in done.stdout
