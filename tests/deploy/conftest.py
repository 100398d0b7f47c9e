"""Where the files for operation are."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def deploy(repository: Path) -> Path:
    return repository / "deploy"


@pytest.fixture
def dashboard_maker(deploy: Path, needs_module: Callable[[str, str], object]) -> ModuleType:
    needs_module("grafana_foundation_sdk", "pip install '.[test]'")
    spec = importlib.util.spec_from_file_location(
        "make_dashboard", deploy / "grafana" / "make_dashboard.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def rules(deploy: Path, needs_module: Callable[[str, str], object]) -> list[dict[str, Any]]:
    needs_module("yaml", "pip install '.[test]'")
    import yaml

    held = yaml.safe_load((deploy / "prometheus" / "rules.yml").read_text())
    return [rule for group in held["groups"] for rule in group["rules"]]
