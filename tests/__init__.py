"""The tests; `python -m tests.update` rewrites what is agreed (golden, bad, apps)."""
