"""`python -m ifc.local.stores SOCKET OBJECTS`: the process, started by `client.Stores`."""

from __future__ import annotations

import sys

from ifc.local.stores.server import serve

serve(sys.argv[1], sys.argv[2])
