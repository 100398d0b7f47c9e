"""Makes of worlds that teach and judge the detector, each another author's idea of a provider.

A detector that knows one make of world knows that make. These were written one by one from the data
contract and the description of the domain alone, by authors who saw neither the simulator, nor the
features, nor each other's worlds. They stand in the clone and in no wheel.

======== ==========================================================================================
harbour  a provider of model APIs; single proxies and pairs; calls and prompts tell, places do not
mill     a GPU cloud without models; large rings among many linked innocents
orchard  a general cloud that grows fast, without payments; places tell much
quarry   a cloud sold through partners; shared tools rather than shared identities
======== ==========================================================================================
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

MAKES: Final = ("harbour", "mill", "orchard", "quarry")
PRESETS: Final = ("standard", "clean", "volume_matched", "no_access", "poison")


class MakeWorld(Protocol):
    """Writes a log folder and its truth beside it, and returns where the truth is.

    ``ranges`` are "train" or "test": disjoint ranges of what worlds are drawn from.
    """

    def __call__(
        self,
        preset: str,
        accounts: int,
        days: int,
        seed: int,
        out: Path,
        *,
        ranges: str = "train",
    ) -> Path:
        """Write one world."""
        ...


def maker(make: str) -> MakeWorld:
    """The maker of a make's worlds.

    Raises
    ------
    ValueError
        Where there is no such make.
    """
    if make not in MAKES:
        raise ValueError(f"there is no make {make!r}; choose one of {', '.join(MAKES)}")
    found: MakeWorld = import_module(f"lessons.{make}").make_world
    return found
