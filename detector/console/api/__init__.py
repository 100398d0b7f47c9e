"""Cases for programs: what the pages show and do, as JSON, in a person's name.

========= =====================================================================================
app       a request to its endpoint, and every refusal to a problem that says it
table     what an endpoint is, and what its function is given
endpoints all of them: requests are led by this table and the document is written from it
asking    who asks, with which body, of which version of a case
schema    what a value is to be: checked, and told in the document
problems  refusals as `application/problem+json`
cases     cases, their events, snapshots, graphs and differences
wholes    labels, quality, the head of the chain
doing     what a person does to a case
taking    files of decisions, and the newest run
document  the OpenAPI document
========= =====================================================================================
"""

from __future__ import annotations

from detector.console.api.app import Api

__all__ = ["Api"]
