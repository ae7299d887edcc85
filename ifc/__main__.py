"""The command `ifc`, and `python -m ifc`: it starts the command line, and ends quietly wherever Ctrl-C meets it."""


def run() -> int:
    """The exit code of the command; nothing is imported outside, as that would show where it was interrupted."""
    try:
        from ifc.cli import main

        return main()
    except KeyboardInterrupt:
        import sys

        print("ifc: interrupted, nothing was written", file=sys.stderr)
        return 130


if __name__ == "__main__":
    raise SystemExit(run())
