"""The parts of the page in its order; each metric stands beside what makes it."""

from __future__ import annotations

from typing import Final

from detector.exporter.part import Part
from detector.exporter.parts import cases, data, law, leads, queue, reading, running, service

PARTS: Final[tuple[Part, ...]] = (
    *running.PARTS, *service.PARTS, *reading.PARTS, *queue.PARTS, *law.PARTS,
    *leads.PARTS, *cases.PARTS, *data.PARTS,
)  # fmt: skip
