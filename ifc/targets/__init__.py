"""The targets: each prints a plan."""
