"""Solutions for cluster markets: what a market gets of one, copies where it differs, roll-outs of later changes.

Knows solutions and markets; must not know members.
"""
