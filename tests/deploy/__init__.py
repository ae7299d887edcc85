"""Fast tests of deploying: against answers that stand for AWS's own."""
