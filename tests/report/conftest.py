"""The finished run that the report and the terminal are tested on."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from detector.results import Results


def load(path: Path) -> ModuleType:
    """Import a helper that lies beside the tests."""
    name = f"report_tests_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def maker() -> ModuleType:
    """What makes finished runs."""
    return load(Path(__file__).with_name("maker.py"))


@pytest.fixture(scope="session")
def results(maker: ModuleType) -> Results:
    """2,000 accounts, 8 rings, 40 accounts in the queues."""
    return maker.make_results()


@pytest.fixture(scope="session")
def small(maker: ModuleType) -> Results:
    """200 accounts, 2 rings, 5 single cases in three queues."""
    return maker.make_results(200, sizes=(6, 3), singles=8)


@pytest.fixture(scope="session")
def lawmaker() -> ModuleType:
    """What makes rows of lane L."""
    return load(Path(__file__).with_name("lawmaker.py"))


@pytest.fixture(scope="session")
def leadmaker() -> ModuleType:
    """What makes rows of public notices."""
    return load(Path(__file__).with_name("leadmaker.py"))
