"""The catalog as TMF620 v5 resources, so that a catalog can move between systems.

Knows the standard's words and shapes; must not know PostgreSQL. What the standard has no word for stands in the
attribute `jishi` of a resource, whose @type then is ours and whose @baseType is the standard's.
"""

from catalog.tmf620.read import Mapped, is_tmf620, read
from catalog.tmf620.write import write

__all__ = ["Mapped", "is_tmf620", "read", "write"]
