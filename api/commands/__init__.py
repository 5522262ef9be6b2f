"""The commands of `jishi`, one module a concern.

Knows the command line; must not hold a rule of the rooms it calls.
"""
