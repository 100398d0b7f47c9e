"""Signs: single observable traits that rings and innocent look-alikes both can carry.

A sign is a function of a world, a generator and a group of accounts. It draws what the
group has in common (a day, an instrument, a machine) once, and what differs per member.
"""
