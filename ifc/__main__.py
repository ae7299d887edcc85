"""`python -m ifc` is the command `ifc`."""

from ifc.cli import main

raise SystemExit(main())
