"""Whether the server of this container can do its work: exit code 0, or 1 with the reason.

Knows one address; must not import Jishi, because it runs every few seconds.
"""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

ADDRESS = f"http://127.0.0.1:{os.environ.get('JISHI_PORT') or '8000'}/readyz"

try:
    # No proxy: the container itself is asked.
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(ADDRESS, timeout=4.0).close()
except urllib.error.HTTPError as error:
    sys.exit(error.read(1000).decode(errors="replace"))
except OSError as error:
    sys.exit(f"no answer from {ADDRESS}: {error}")
