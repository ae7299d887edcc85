"""`python -m ifc.local.stores SOCKET OBJECTS`: the process, started by `client.Stores`."""

from __future__ import annotations

import os
import sys

from ifc.local.stores.server import serve

serve(sys.argv[1], sys.argv[2])
os._exit(0)  # all that counts is on disk; to take moto's modules apart would only take time
