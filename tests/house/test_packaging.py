"""What is shipped: one version, locked dependencies, data files, no stray names."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

import detector

ROOT = Path(__file__).resolve().parent.parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_dependency_is_locked() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {_normal(line.split("==")[0]) for line in lines if "==" in line}
    extras = PROJECT["optional-dependencies"].values()
    wanted = [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]
    names = {_normal(re.split(r"[<>=\[~! ]", line)[0]) for line in wanted}
    assert names <= pinned


def test_the_lock_names_no_place_to_download_from() -> None:
    text = (ROOT / "constraints.txt").read_text()
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links", text)


def test_the_version_is_in_one_place() -> None:
    assert "version" not in PROJECT
    assert re.fullmatch(r"\d+\.\d+\.\d+", detector.__version__)


def test_the_page_of_a_package_index_has_no_link_that_leads_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: dict[str, str] = {}
    monkeypatch.setitem(sys.modules, "setuptools", SimpleNamespace(setup=told.update))
    runpy.run_path(str(ROOT / "setup.py"))
    links = re.findall(r"\]\(([^)]+)\)", told["long_description"])
    assert len(links) > 10
    for link in links:
        assert link.startswith("https://")
        place = link.removeprefix(f"{PROJECT['urls']['Source']}/blob/main/")
        assert place == link or (ROOT / place.partition("#")[0]).exists(), link


def test_the_project_says_where_it_is() -> None:
    assert set(PROJECT["urls"]) == {"Homepage", "Source", "Documentation", "Changelog", "Issues"}


def test_the_license_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_run_from_nothing_is_executable_and_parses() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_the_run_from_nothing_runs_the_readmes_command_and_what_that_leaves_out() -> None:
    options = PYPROJECT["tool"]["pytest"]["ini_options"]
    assert options["addopts"].endswith("-m 'not long'")
    script = (ROOT / ".ci" / "run").read_text()
    assert 'eval "$readme_line"' in script
    assert '-m "long or hypothesis"' in script
