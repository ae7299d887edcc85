"""Sizes as one reads them."""

KILOBYTE, MEGABYTE = 1 << 10, 1 << 20


def words(size: int) -> str:
    """`812 bytes`, `1.2 KB`, `48.3 MB`, `262 MB`."""
    if size >= 100 * MEGABYTE:
        return f"{size / MEGABYTE:.0f} MB"
    if size >= MEGABYTE:
        return f"{size / MEGABYTE:.1f} MB"
    return f"{size / KILOBYTE:.1f} KB" if size >= KILOBYTE else f"{size} bytes"
