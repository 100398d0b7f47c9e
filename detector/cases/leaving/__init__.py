"""What leaves the folder: labels, evidence packs, other tools' files, ids behind pseudonyms."""

from __future__ import annotations
