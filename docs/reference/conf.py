"""How Sphinx makes the API reference: `python tools/make_reference.py`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the clone, installed or not

import enduse

if TYPE_CHECKING:
    from docutils.nodes import Element, TextElement
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

project = "enduse"
author = copyright = "the authors of enduse"
version = release = enduse.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon"]
napoleon_google_docstring = False
napoleon_attr_annotations = False
# Types in docstrings are words for people, such as "(n, d) array": no names to look up.
napoleon_use_param = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Attributes", "params_style")]
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100
# A word in single backticks is a name, and a name that has no page is an error.
default_role = "py:obj"
nitpicky = True
#: Types in signatures that have no page: other libraries', and what is handed on unread.
_ELSEWHERE = (
    r"(np|numpy|pl|polars|pathlib|datetime|collections|typing|sklearn)\..*|Path|date|datetime"
)
_INSIDE = (
    r"(.*\.)?(Catalogue|Detector|Engine|Given|Lane|Outliers|Own|Place|Prior|Progress|Rollups|Run)"
)
nitpick_ignore_regex = [(r"py:(class|exc)", f"({_ELSEWHERE}|{_INSIDE})")]

html_theme = "alabaster"
html_theme_options = {
    "description": "API reference",
    "font_family": "system-ui, sans-serif",
    "head_font_family": "system-ui, sans-serif",
    "page_width": "1250px",
    "show_powered_by": False,
}
html_copy_source = False
html_show_copyright = False


def by_last_name(
    app: Sphinx, env: BuildEnvironment, node: Element, content: TextElement
) -> Element | None:
    """Find `Feature` and `features.registry.Feature` where there is one page of that name."""
    domain, last = env.get_domain("py"), str(node.get("reftarget", "")).rsplit(".", 1)[-1]
    places = [name for name, *_ in domain.get_objects() if name.rsplit(".", 1)[-1] == last]
    if node.get("refdomain") != "py" or len(places) != 1:
        return None
    here = str(node.get("refdoc", ""))
    return domain.resolve_xref(env, here, app.builder, "obj", places[0], node, content)


def setup(app: Sphinx) -> None:
    """Join what is above to Sphinx."""
    app.connect("missing-reference", by_last_name)
