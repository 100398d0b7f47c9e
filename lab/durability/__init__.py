"""States, runs and models under kills, failing disks and power cuts.

Benchmarks do all of it; tests a little.
"""

from __future__ import annotations
