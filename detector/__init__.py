"""Finds proxy access to export-controlled GPUs and frontier models in a provider's own records.

``read_logs`` opens a log folder, ``train_logs`` learns what is usual in it, ``score_logs``
returns :class:`Results`; ``save_model`` and ``load_model`` keep what was learnt. They are
imported on first use, so that ``import detector`` stays light.

>>> from detector import read_logs
>>> read_logs("sample_logs")
<Logs sample_logs: usage, accounts, ...>

``score_logs(logs).write("out")`` then writes what ``enduse score sample_logs --out out`` does.

A project with a ``models.py`` or ``features.py`` of its own imports the same names from
``enduse``.
"""

from __future__ import annotations

from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from detector.pipeline import load_model, save_model, score_logs, train_logs
    from detector.results import Results
    from detector.sources import read_logs

__version__ = "0.1.0"

__all__ = [
    "Results", "__version__", "load_model", "read_logs", "save_model", "score_logs", "train_logs",
]  # fmt: skip

_HOMES: Final = {
    "read_logs": "detector.sources",
    "score_logs": "detector.pipeline",
    "train_logs": "detector.pipeline",
    "load_model": "detector.pipeline",
    "save_model": "detector.pipeline",
    "Results": "detector.results",
}


def _spec_of(name: str) -> ModuleSpec | None:
    """Where a package comes from; a module that was made by hand comes from nowhere."""
    try:
        return find_spec(name)
    except ValueError:
        return None


def _guard_siblings(home: Path) -> None:
    """Refuse to run on another project's ``features`` or ``models`` (both are common names)."""
    for name in ("features", "models"):
        spec = _spec_of(name)
        names = [*((spec and spec.submodule_search_locations) or ()), spec and spec.origin]
        places = [Path(place).resolve() for place in names if place]
        if home / name not in places:
            found = f"finds {places[0]}" if places else "finds none"
            remedy = (
                "import enduse instead of detector, start it with the `enduse` command or with "
                f"`python -P -m detector`, or leave the folder that holds the other '{name}'"
                if places
                else "install it as a whole: pip install ."
            )
            raise ImportError(
                f"enduse needs its own package '{name}' in {home}, but Python {found}; {remedy}",
                name=name,
            )


def __getattr__(name: str) -> object:
    """Import the public names on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'detector' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names, imported or not."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})


_guard_siblings(Path(__file__).resolve().parent.parent)
