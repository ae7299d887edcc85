"""Pull requests and merge requests: which commit to compare with, reports of the comparisons, and one comment that is kept up to date."""
