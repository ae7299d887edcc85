"""Reading handlers' code."""
