"""What ``enduse doctor`` looks at: the installation, the settings and the optional programs."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Final, Literal

import detector
from detector.config import Settings, load_settings, unknown_variables
from detector.errors import UsageError

_CORE: Final = (
    "numpy", "numba", "llvmlite", "scipy", "polars", "pyarrow", "isal", "scikit-learn", "pyod",
    "dataframely", "prometheus-client", "typer", "rich", "pydantic", "pydantic-settings",
    "rapidfuzz", "anyascii", "pypinyin", "jinja2", "markupsafe",
)  # fmt: skip
_EXTRAS: Final = {
    "pandas": "frames in notebooks, and pyspark: pip install 'enduse[notebook]'",
    "matplotlib": "plots in notebooks: pip install 'enduse[notebook]'",
    "pyspark": "scoring on a cluster: pip install 'enduse[spark]'",
    "werkzeug": "the reviewers' pages: pip install 'enduse[console]'",
}
_PROGRAMS: Final = {
    "prometheus": "to scrape /metrics (Debian: apt-get install prometheus)",
    "promtool": "to check metrics and rules (Debian: apt-get install prometheus)",
}
_MIN_FREE_BYTES: Final = 1 << 30


@dataclass(frozen=True)
class Finding:
    """One line of the examination: ok, note (works, but know this) or fail."""

    state: Literal["ok", "note", "fail"]
    subject: str
    detail: str

    def as_dict(self) -> dict[str, str]:
        """Return the finding as plain text by name."""
        return asdict(self)


def examine(config: Path | None = None) -> list[Finding]:
    """Return the findings, in a fixed order.

    Parameters
    ----------
    config
        Settings file, as for :func:`detector.config.load_settings`.
    """
    return [
        *_installation(),
        *_settings(config),
        *_machine(),
        *(_program(name, use) for name, use in _PROGRAMS.items()),
    ]


def _installation() -> Iterator[Finding]:
    home = Path(detector.__file__).resolve().parent.parent
    yield Finding("ok", "enduse", f"{detector.__version__} in {home}")
    yield Finding("ok", "python", f"{sys.version.split()[0]} at {sys.executable}")
    for name in _CORE:
        version = _version(name)
        if version is None:
            yield Finding("fail", name, f"not installed; pip install {name}")
        else:
            yield Finding("ok", name, version)
    for name, use in _EXTRAS.items():
        if importlib.util.find_spec(name) is None:
            yield Finding("note", name, f"not installed; {use}")
        else:
            yield Finding("ok", name, _version(name) or "installed")


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _settings(config: Path | None) -> Iterator[Finding]:
    try:
        loaded = load_settings(file=config)
    except UsageError as error:
        yield Finding("fail", "settings", str(error))
        return
    changed = [name for name, origin in loaded.origin.items() if origin != "default"]
    yield Finding("ok", "settings", f"set: {', '.join(changed)}" if changed else "all defaults")
    yield _key(loaded.settings)
    for name in unknown_variables(os.environ):
        yield Finding("note", name, "nothing reads this variable; see `enduse config show`")


def _key(settings: Settings) -> Finding:
    try:
        key = settings.read_pseudonym_key()
    except UsageError as error:
        return Finding("fail", "pseudonym key", str(error))
    if key is None:
        return Finding(
            "note", "pseudonym key", "not set: pseudonyms in metrics change with every start"
        )
    return Finding("ok", "pseudonym key", "set")


def _machine() -> Iterator[Finding]:
    yield Finding("ok", "processors", str(os.cpu_count()))
    folder = Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free
    state: Literal["ok", "note"] = "ok" if free >= _MIN_FREE_BYTES else "note"
    yield Finding(state, "temporary folder", f"{folder}, {free / 1e9:.1f} GB free")
    encoding = sys.stdout.encoding or "unknown"
    if encoding.lower().replace("-", "") != "utf8":
        yield Finding("note", "terminal", f"its encoding is {encoding}; UTF-8 shows all text")


def _program(name: str, use: str) -> Finding:
    path = shutil.which(name)
    return Finding("ok", name, path) if path else Finding("note", name, f"not found; {use}")
