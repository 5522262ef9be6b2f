"""What other systems follow: changes of the catalog, hand-overs, and the signed webhooks that carry both.

Knows rows and messages; must not know how a message travels.
"""
