"""What the tests of the page stand on: a run that is none, and a browser."""
