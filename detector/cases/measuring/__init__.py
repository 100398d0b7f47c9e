"""How well people judge and queues show: quality, samples, and figures for metrics."""

from __future__ import annotations
