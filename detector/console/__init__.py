"""The reviewers' pages: rendered here, on the house's one server, and usable without a script.

============ ==================================================================================
app          a request to its route, and every refusal to a page that says it
routes       what a route is: its path, its methods, who may, and what answers
security     headers, the cookie, and whether a form comes from one of our pages
drawing      templates, and what stands on every page
assets       style and script under names that change with them
sheets       pages with forms: drawn again, with what was typed, where that was refused
searching    events that somebody may see
verifying    the folder verified in a process of its own, while pages go on
trends       how a figure went, as a small drawing
pages        the routes, one file a subject
api          the same for programs, as JSON
feeding      runs into the cases as they are published
============ ==================================================================================

Whoever uses it needs the extra ``console`` (Werkzeug).
"""

from __future__ import annotations

from detector.console.app import beside, site_of

__all__ = ["beside", "site_of"]
