"""Power cuts: what a disk holds where all that was not synced is lost.

File systems write early or late. Late: files and folders are what they were when they were last
synced, and a file that never was is empty. Early: folders have the names of now, and a file that
was written to since its last sync is torn. Both are tried at every call that changes the disk.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lab.durability.calls import watched
from lab.durability.stories import Story, copied, differing

POLICIES: Final = ("written late", "written early")
_LOOK: Final = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC

Image = Mapping[str, bytes | str | None]
"""What is left, by path: a file's bytes, what a link names, None for a folder."""


class Platter:
    """Remembers what of a folder has reached the disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._held: dict[int, int] = {}
        self._files: dict[int, bytes] = {}
        self._names: dict[int, dict[str, tuple[int, str | None]]] = {}
        for folder, _, files in os.walk(root):
            self._folder(Path(folder))
            for name in files:
                path = Path(folder, name)
                if not path.is_symlink():
                    self._files[self._inode(path)] = path.read_bytes()

    def close(self) -> None:
        """Let go of the files."""
        for handle in self._held.values():
            os.close(handle)

    def synced(self, handle: int) -> None:
        """A file or a folder is on the disk as it is now."""
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            self._folder(path)
        else:
            self._files[self._inode(path)] = path.read_bytes()

    def _folder(self, path: Path) -> None:
        self._names[self._inode(path)] = self._listed(path)

    def _listed(self, path: Path) -> dict[str, tuple[int, str | None]]:
        return {
            entry.name: (
                self._inode(Path(entry.path)),
                os.readlink(entry.path) if entry.is_symlink() else None,
            )
            for entry in os.scandir(path)
        }

    def _inode(self, path: Path) -> int:
        """Its number, which nothing else gets as long as it is held."""
        inode = os.lstat(path).st_ino
        if inode not in self._held:
            self._held[inode] = os.open(path, _LOOK)
        return inode

    def left(self, policy: str) -> Image:
        """What a cut would leave now."""
        return dict(self._left(self._inode(self.root), "", early=policy == POLICIES[1]))

    def _left(self, inode: int, below: str, *, early: bool) -> Iterator[tuple[str, Any]]:
        place = Path(f"/proc/self/fd/{self._held[inode]}")
        names = self._listed(place) if early else self._names.get(inode, {})
        for name, (number, link) in sorted(names.items()):
            path = f"{below}{name}"
            if link is not None:
                yield path, link
            elif stat.S_ISDIR(os.fstat(self._held[number]).st_mode):
                yield path, None
                yield from self._left(number, f"{path}/", early=early)
            else:
                yield path, self._content(number, early=early)

    def _content(self, number: int, *, early: bool) -> bytes:
        synced = self._files.get(number, b"")
        if not early:
            return synced
        now = Path(f"/proc/self/fd/{self._held[number]}").read_bytes()
        return now if now == synced else now[: len(now) // 2]


def laid_out(image: Image, world: Path, before: Path) -> Path:
    """A folder of what a cut has left; files of before have their times."""
    for path, content in image.items():
        place = world / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            place.mkdir(exist_ok=True)
        elif isinstance(content, str):
            place.symlink_to(content)
        else:
            place.write_bytes(content)
            if (before / path).is_file():
                shutil.copystat(before / path, place)
    return world


@dataclass
class Cuts:
    """What came of cutting the power at each call of one story."""

    calls: int = 0
    images: int = 0
    before: int = 0
    after: int = 0
    faults: list[str] = field(default_factory=list)


def cut_everywhere(story: Story, work: Path, *, every: int = 1, again: bool = True) -> Cuts:
    """Cut the power at every call of a story that changes the disk.

    Parameters
    ----------
    every
        Only each so many images.
    again
        Whether the work is also done again on what was left.
    """
    before = work / "before"
    before.mkdir(parents=True)
    story.make(before)
    world = copied(before, work / "world")
    old = story.seen(world)
    told = Cuts()
    images = _images(story.ready(world), world, told)
    new, clean = story.seen(world), story.kept(world)
    told.images = len(images)
    for number, (where, image) in enumerate(images):
        if number % every and where != "the end":
            continue
        left = laid_out(image, work / f"left-{number}", before)
        fault = _judged(story, left, (old, new), told, last=where == "the end")
        if again and not fault:
            fault = _again(story, left, new, clean)
        shutil.rmtree(left)
        told.faults += [f"{where}: {fault}"] if fault else []
    return told


def _images(go: Callable[[], object], world: Path, told: Cuts) -> list[tuple[str, Image]]:
    """What cuts at each call would leave, each once, and at last what is left after the end."""
    platter = Platter(world)
    found: dict[str, tuple[str, Image]] = {}

    def look(where: str) -> None:
        for policy in POLICIES:
            image = platter.left(policy)
            digest = hashlib.sha256(repr(sorted(image.items())).encode()).hexdigest()
            found.setdefault(digest, (f"before {where}, {policy}", image))

    def watch(name: str, given: tuple[Any, ...], call: Callable[[], Any]) -> Any:
        told.calls += 1
        if name != "write":
            look(f"call {told.calls} ({name})")
        done = call()
        if name == "fsync":
            platter.synced(given[0])
        return done

    try:
        with watched(watch):
            go()
        ends = [("the end", platter.left(policy)) for policy in POLICIES]
    finally:
        platter.close()
    return [*found.values(), *ends]


def _judged(
    story: Story, left: Path, states: tuple[str, str], told: Cuts, *, last: bool
) -> str | None:
    """What is wrong with what a cut has left; what was acknowledged must be there."""
    try:
        seen = story.seen(left)
    except Exception as error:  # noqa: BLE001 - whatever a reader meets is told
        return f"{type(error).__name__}: {error}"
    if seen not in ((states[1],) if last else states):
        return f"what is left is {'not the new' if last else 'neither the old nor the new'}"
    told.after += seen == states[1]
    told.before += seen == states[0] != states[1]
    return None


def _again(story: Story, left: Path, new: str, clean: dict[str, str]) -> str | None:
    """What is wrong once the work was done again."""
    undone = story.seen(left) != new
    try:
        story.ready(left)()
    except Exception as error:  # noqa: BLE001 - whatever it meets is told
        return f"done again: {type(error).__name__}: {error}"
    if story.seen(left) != new:
        return "done again it is another"
    if story.same_bytes and undone and story.kept(left) != clean:
        return f"done again it leaves other files: {differing(story.kept(left), clean)}"
    return None
