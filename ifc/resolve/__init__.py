"""From what was written to what was meant: files to an App."""
