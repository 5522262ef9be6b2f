"""Bulk files: from bytes to checked rows, from checked rows to tables.

Knows columns, lines and cells; must not know the order of an import, which `catalog.importing` tells.
"""
