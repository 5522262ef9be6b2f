"""The demo operator: a catalog written by hand and customers made up by chance, as files for the ordinary import.

Knows the import formats and the truth about its customers; must not know the models or the catalog's rules.
"""

from __future__ import annotations

from api.demo.files import DemoFiles, write_files
from api.demo.truth import Truth, truth

__all__ = ["DemoFiles", "Truth", "truth", "write_files"]
