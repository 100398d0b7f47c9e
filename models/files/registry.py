"""A folder of trained models: which one scores, which one is tried, and how to go back.

``ROOT/<model_id>/`` holds each model; ``ROOT/registry.json`` names champion and challenger and
keeps the history of promotions. It is swapped as a whole. Time and people are passed in.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from models.errors import ModelFormatError
from models.files import store
from models.files.model import KIND

_FILE = "registry.json"
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Promotion:
    """One change of champion: which model, when (ISO time), by whom, why, and if it went back."""

    model_id: str
    at: str
    by: str
    reason: str
    back: bool = False


@dataclass(frozen=True)
class Registry:
    """Champion, challenger (or None) and all promotions, oldest first."""

    champion: str | None = None
    challenger: str | None = None
    history: tuple[Promotion, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A stored model as listed: its id, role, card and whether its files are sound."""

    model_id: str
    role: str
    card: dict[str, Any]
    sound: bool


def read_registry(root: Path) -> Registry:
    """Read ``registry.json``; an empty registry where there is none.

    Raises
    ------
    ModelFormatError
        If the file is damaged.
    """
    path = root / _FILE
    if not path.exists():
        return Registry()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        history = tuple(Promotion(**entry) for entry in data["history"])
        found = Registry(data["champion"], data["challenger"], history)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelFormatError(f"{path} is damaged: {error}") from error
    named = [found.champion, found.challenger, *(p.model_id for p in history)]
    pops = [p for p in history if not isinstance(p.back, bool)]
    if pops or _goes_below(history):
        raise ModelFormatError(f"{path} is damaged: its history goes back further than it began")
    if not all(name is None or (isinstance(name, str) and _ID.fullmatch(name)) for name in named):
        raise ModelFormatError(f"{path} is damaged: it names something that is no model id")
    return found


def _goes_below(history: tuple[Promotion, ...]) -> bool:
    """Tell whether a history goes back to before its first champion."""
    depth = 0
    for promotion in history:
        depth += -1 if promotion.back else 1
        if depth < 1:
            return True
    return False


def _write(root: Path, registry: Registry) -> Registry:
    root.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(registry), indent=1, sort_keys=True)
    store.write_whole(root / _FILE, text.encode())
    return registry


def list_models(root: Path) -> list[Entry]:
    """List the stored models by id, with their roles; damaged ones are listed as unsound."""
    registry = read_registry(root)
    return [_entry(path, registry) for path in sorted(root.glob("*")) if _ID.fullmatch(path.name)]


def _entry(path: Path, registry: Registry) -> Entry:
    roles = {registry.champion: "champion", registry.challenger: "challenger"}
    role = roles.get(path.name, "stored")
    try:
        _, meta = store.read(path, KIND)
    except ModelFormatError:
        return Entry(path.name, role, {}, sound=False)
    return Entry(path.name, role, meta.get("card", {}), sound=meta.get("model_id") == path.name)


def model_path(root: Path, model_id: str) -> Path:
    """Return the folder of a model.

    Raises
    ------
    KeyError
        If the id is none, or no such model is stored.
    """
    if not _ID.fullmatch(model_id) or not (root / model_id).is_dir():
        known = ", ".join(entry.model_id for entry in list_models(root)) or "none"
        raise KeyError(f"there is no model {model_id!r} in {root}; stored: {known}")
    return root / model_id


def add_model(root: Path, model: Path) -> str:
    """Copy a model folder into the registry under its id; what stood there is replaced.

    Raises
    ------
    ModelFormatError
        If the folder does not hold a sound model.
    """
    _, meta = store.read(model, KIND)
    model_id = meta.get("model_id")
    if not isinstance(model_id, str) or not _ID.fullmatch(model_id):
        raise ModelFormatError(f"{model} names no model id")
    target = root / model_id
    if target.exists() and target.samefile(model):
        return model_id
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=root) as staging:
        shutil.copytree(model, Path(staging) / "new")
        if target.exists():
            target.rename(Path(staging) / "old")
        (Path(staging) / "new").rename(target)
    return model_id


def challenge(root: Path, model_id: str) -> Registry:
    """Name a stored model the challenger: it is scored beside the champion, not shown."""
    model_path(root, model_id)
    return _write(root, replace(read_registry(root), challenger=model_id))


def promote(root: Path, model_id: str, *, at: str, by: str, reason: str) -> Registry:
    """Make a stored model the champion.

    Raises
    ------
    KeyError
        If it is not stored.
    ModelFormatError
        If its files are damaged.
    """
    return _crown(root, Promotion(model_id, at, by, reason))


def rollback(root: Path, *, at: str, by: str, reason: str) -> Registry:
    """Make the champion before the present one champion again.

    Raises
    ------
    KeyError
        If there was none before.
    """
    line: list[str] = []
    for promotion in read_registry(root).history:
        if promotion.back:
            line.pop()
        else:
            line.append(promotion.model_id)
    if len(line) < 2:
        raise KeyError("there is no earlier champion to go back to")
    return _crown(root, Promotion(line[-2], at, by, reason, back=True))


def _crown(root: Path, promotion: Promotion) -> Registry:
    store.read(model_path(root, promotion.model_id), KIND)
    registry = read_registry(root)
    challenger = registry.challenger
    if challenger == promotion.model_id:
        challenger = None
    return _write(root, Registry(promotion.model_id, challenger, (*registry.history, promotion)))
