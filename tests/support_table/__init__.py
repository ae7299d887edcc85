"""What each setting becomes on each target, measured by compiling with and without it."""
