"""The page that a package index shows: README.md with links that lead somewhere from there.

Everything else about the build stands in pyproject.toml.
"""

import re
import tomllib
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).resolve().parent


def long_description() -> str:
    """README.md, with the repository's address before what it links to."""
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (HERE / "README.md").read_text(encoding="utf-8")
    return re.sub(r"\]\((?!https?:|#)", f"]({project['urls']['Source']}/blob/main/", text)


setup(long_description=long_description(), long_description_content_type="text/markdown")
