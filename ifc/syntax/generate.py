"""Makes `lark_parser.py` from `grammar/ifc.lark` with lark's own stand-alone generator.

Building the tables from the grammar's text at every start would cost more than the whole compile, and lark's cache is a
pickle in a shared temporary folder; so the tables are part of the package, and a test holds them equal to the grammar.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent
GRAMMAR = PACKAGE.parent.parent / "grammar" / "ifc.lark"
PARSER = PACKAGE / "lark_parser.py"


def generated() -> str:
    """The text of the stand-alone parser for the grammar as it is now."""
    command = [sys.executable, "-m", "lark.tools.standalone", str(GRAMMAR), "--start", "start"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return f"{done.stdout}GRAMMAR = {digest()!r}\n"


def digest() -> str:
    """The digest of the grammar's text, which the parser carries: lark numbers its states differently at every run."""
    return hashlib.sha256(GRAMMAR.read_bytes()).hexdigest()


if __name__ == "__main__":
    PARSER.write_text(generated(), encoding="utf-8")
