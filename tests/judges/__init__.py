"""Judges that others wrote: the real terraform against the AWS provider's schema, and checkov's rules of security."""
