"""`ifc completion`: a shell's completion script."""

from __future__ import annotations

import argparse
import sys

import shtab

from ifc.cli import FINE, parser


def run(arguments: argparse.Namespace) -> int:
    """Prints the script."""
    sys.stdout.write(shtab.complete(parser(), shell=arguments.shell) + "\n")
    return FINE
