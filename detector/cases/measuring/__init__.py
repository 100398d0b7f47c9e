"""How well people judge and queues show: quality, golden cases, samples, rehearsals."""

from __future__ import annotations
