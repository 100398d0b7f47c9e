"""Lets ``import enduse`` work beside a ``models.py``, ``features.py`` or ``detector.py``.

The packages behind ``enduse`` are called ``detector``, ``features`` and ``models``, and so are
files of many projects. One name holds one module in a process: here it holds ours, which hands
on to the project's file every name that it does not have itself. So ``from models import MyNet``
goes on finding the project's class, whichever was imported first, and no code of the project runs
before somebody asks for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Final

# Ours looks for the other two when it is imported, so it comes last.
NAMES: Final = ("features", "models", "detector")
HOME: Final = Path(__file__).resolve().parent.parent


def share_names() -> None:
    """Make the three names hold our packages, with the project's files of that name behind them.

    Raises
    ------
    ImportError
        Where a package of the project has a file of a name that one of ours has.
    """
    for name in NAMES:
        loaded = sys.modules.get(name)
        if loaded is not None and not _is_ours(loaded):
            _take(name, list(getattr(loaded, "__path__", ())), _there(loaded))
        elif loaded is None and (spec := _namesake(name)) is not None:
            _take(name, list(spec.submodule_search_locations or ()), _later(spec))


def _is_ours(module: ModuleType) -> bool:
    return any(Path(place).resolve() == HOME / module.__name__ for place in _path(module))


def _path(module: ModuleType) -> list[str]:
    return list(getattr(module, "__path__", ()))


def _namesake(name: str) -> ModuleSpec | None:
    """A file or package of the project that stands before ours on the path, if one does."""
    for entry in sys.path:
        spec = PathFinder.find_spec(name, [entry])
        if spec is None or spec.origin is None:
            continue  # a folder without code gives way to a package, here as everywhere
        ours = Path(spec.origin).resolve().parent == HOME / name
        return None if ours else spec
    return None


def _there(module: ModuleType) -> Callable[[], ModuleType]:
    """The project's module, which it has loaded itself."""
    return lambda: module


def _later(spec: ModuleSpec) -> Callable[[], ModuleType]:
    """The project's module, loaded when it is asked for, and once."""
    held: list[ModuleType] = []

    def load() -> ModuleType:
        if not held:
            module = module_from_spec(spec)
            held.append(module)
            if spec.loader is not None:
                spec.loader.exec_module(module)
        return held[0]

    return load


def _take(name: str, beside: list[str], theirs: Callable[[], ModuleType]) -> None:
    """Put our package under a name, before what the project has there."""
    home = HOME / name
    _refuse_same_files(home, beside)
    spec = spec_from_file_location(
        name, home / "__init__.py", submodule_search_locations=[str(home), *beside]
    )
    if spec is None or spec.loader is None or not (home / "__init__.py").is_file():
        raise ImportError(
            f"enduse needs its own package '{name}' in {HOME}, and there is none; install it as a "
            "whole: pip install .",
            name=name,
        )
    ours = module_from_spec(spec)
    sys.modules[name] = ours
    spec.loader.exec_module(ours)
    _hand_on(ours, theirs)


def _hand_on(ours: ModuleType, theirs: Callable[[], ModuleType]) -> None:
    """Ask the project's module for names that ours does not have."""
    own: Callable[[str], object] | None = ours.__dict__.get("__getattr__")
    # Ours are imported where they are asked for, and asked for before they are.
    mine = set(_modules(HOME / ours.__name__))

    def found(name: str) -> object:
        try:
            if own is not None:
                return own(name)
        except AttributeError:
            pass
        # Tools ask every module for names with underscores; that is no reason to run code.
        if not name.startswith("_") and name not in mine and hasattr(theirs(), name):
            return getattr(theirs(), name)
        raise AttributeError(f"module {ours.__name__!r} has no attribute {name!r}")

    ours.__dict__["__getattr__"] = found


def _refuse_same_files(home: Path, beside: list[str]) -> None:
    """Refuse a package of the project of which a file could be taken for ours."""
    mine = set(_modules(home))
    for place in beside:
        same = sorted(mine.intersection(_modules(Path(place))))
        if same:
            raise ImportError(
                f"enduse has a module '{home.name}.{same[0]}', and so has this project in {place}; "
                "one process cannot hold both: rename yours, or work with enduse from another "
                "folder",
                name=home.name,
            )


def _modules(folder: Path) -> Iterator[str]:
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.suffix == ".py" and path.stem != "__init__":
            yield path.stem
        elif (path / "__init__.py").is_file():
            yield path.name
