"""What holders hear and say: letters and what they may not say, appeals, suppressors."""

from __future__ import annotations
