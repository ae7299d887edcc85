"""What handlers' code asks of AWS: the calls that a file's text shows, and the IAM actions that they need. Nothing is run."""
