"""Rehearsals: a team that knows the truth of a simulated world, and errs, reviews its cases."""
