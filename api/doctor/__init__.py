"""What may be wrong with an installation, one module a place to look; `jishi doctor` shows it.

Knows what is healthy and what to do otherwise; must not change anything.
"""
