"""Nothing that screening needs is loaded before a name is screened."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"anyascii", "pypinyin", "rapidfuzz"}
CALL = "from detector.cli import main\nmain(['screen', '--help'])"


@pytest.mark.parametrize("body", ["import detector.policy", CALL])
def test_help_and_import_load_no_matcher(repository: Path, body: str) -> None:
    code = f"import json, sys\n{body}\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True
    )
    assert HEAVY & {name.split(".")[0] for name in json.loads(done.stderr)} == set()


def test_an_ascii_name_needs_no_table_of_alphabets(repository: Path) -> None:
    code = (
        "import sys\nfrom detector.policy.names.normalise import readings\n"
        "readings('Yunda Technology Ltd')\nprint('pypinyin' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
