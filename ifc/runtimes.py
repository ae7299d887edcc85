"""Lambda's runtimes and their dates, as read on 2026-11-01 (Lambda developer guide, Lambda runtimes).

The dates have moved before, so they are data with a date of reading. Deprecated runtimes still run; "no create" and
"no update" say from when deployments are refused.
"""

from itertools import takewhile

READ = "2026-11-01"

# runtime: (deprecated, no create after, no update after)
RUNTIMES: dict[str, tuple[str, str, str]] = {
    "python3.14": ("2029-06-30", "2029-07-31", "2029-08-31"),
    "python3.13": ("2029-06-30", "2029-07-31", "2029-08-31"),
    "python3.12": ("2028-10-31", "2028-11-30", "2029-01-10"),
    "python3.11": ("2027-06-30", "2027-07-31", "2027-08-31"),
    "python3.10": ("2026-10-31", "2027-02-01", "2027-03-03"),
    "python3.9": ("2025-12-15", "2027-02-01", "2027-03-03"),
    "python3.8": ("2024-10-14", "2027-02-01", "2027-03-03"),
    "nodejs24.x": ("2028-04-30", "2028-06-01", "2028-07-01"),
    "nodejs22.x": ("2027-04-30", "2027-06-01", "2027-07-01"),
    "nodejs20.x": ("2026-04-30", "2027-02-01", "2027-03-03"),
    "nodejs18.x": ("2025-09-01", "2027-02-01", "2027-03-03"),
    "nodejs16.x": ("2024-06-12", "2027-02-01", "2027-03-03"),
    "nodejs14.x": ("2023-12-04", "2024-01-09", "2027-03-03"),
    "nodejs12.x": ("2023-03-31", "2023-03-31", "2023-04-30"),
    "java25": ("2029-06-30", "2029-07-31", "2029-08-31"),
    "java21": ("2029-06-30", "2029-07-31", "2029-08-31"),
    "java17": ("2027-06-30", "2027-07-31", "2027-08-31"),
    "java11": ("2027-06-30", "2027-07-31", "2027-08-31"),
    "java8.al2": ("2027-06-30", "2027-07-31", "2027-08-31"),
    "dotnet10": ("2028-11-14", "2028-12-14", "2029-01-15"),
    "dotnet8": ("2026-11-10", "2027-02-01", "2027-03-03"),
    "dotnet6": ("2024-12-20", "2027-02-01", "2027-03-03"),
    "ruby4.0": ("2029-03-31", "2029-04-30", "2029-05-31"),
    "ruby3.4": ("2028-03-31", "2028-04-30", "2028-05-31"),
    "ruby3.3": ("2027-03-31", "2027-04-30", "2027-05-31"),
    "ruby3.2": ("2026-03-31", "2027-02-01", "2027-03-03"),
    "ruby2.7": ("2023-12-07", "2024-01-09", "2027-03-03"),
    "provided.al2023": ("2029-06-30", "2029-07-31", "2029-08-31"),
    "provided.al2": ("2026-07-31", "2027-02-01", "2027-03-03"),
}

# No deployment takes these any more (the same page, Deprecated runtimes).
ENDED = (
    *("python2.7", "python3.6", "python3.7"),
    *("nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x"),
    *("java8", "go1.x", "ruby2.5", "provided"),
    *("dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet5.0", "dotnet7"),
)

# by the suffix of the handler's file; chosen by this release
DEFAULT_RUNTIMES = {
    ".py": "python3.14",
    **dict.fromkeys((".js", ".mjs", ".cjs", ".ts", ".mts"), "nodejs24.x"),
    ".lua": "lua",
}


def successor(runtime: str) -> str:
    """The newest runtime of the same language: those of one language stand in a row, the newest first."""
    language = "".join(takewhile(str.isalpha, runtime)).replace("dotnetcore", "dotnet")
    return next((one for one in RUNTIMES if one.startswith(language)), "provided.al2023")  # Go has none of its own any more
