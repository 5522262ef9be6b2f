"""The roles that callers may have.

Knows their names; must not know what each may do: that is a table of the schema.
"""

from __future__ import annotations

ROLES = ("storefront", "customer", "agent", "product_manager", "analyst", "operator", "developer", "admin")
