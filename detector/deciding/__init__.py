"""A reviewer's decision about a case, into a file of decisions: for whoever works alone.

`case` knows who is decided about, `outcomes` who gets which word, `held` what was decided before,
`appending` how rows get into a file, and `deciding` puts them together.
"""
