"""The comparisons of one run in one file: made by `ifc diff`, read again where comments are written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from ifc.review.formats import as_json
from ifc.review.formats.outcome import NotCompared, Outcome
from ifc.review.pull.base import COMMIT

SCHEMA = "ifc-diff-reports/1"
FINE, FOUND, USAGE, FAILED = 0, 1, 2, 3  # as `ifc diff` exits
MOST, MOST_BYTES = 50, 50_000_000
SAID = 20  # lines of what went wrong
TEXTS = ("label", "commit", "against", "target", "stage")
LONGEST = 200


@attrs.frozen
class Report:
    """A file, and what its comparison came to."""

    file: str
    outcome: Outcome


@attrs.frozen
class Reports:
    """All reports of a run, and what it was run for."""

    reports: tuple[Report, ...]
    label: str = ""
    number: int | None = None  # of the pull request
    commit: str = ""  # that was checked out
    against: str = ""  # what a person would compare with
    target: str = ""  # options that were given
    stage: str = ""

    def command(self, file: str) -> str:
        """What shows the same in a terminal."""
        from shlex import join

        given = (("base", self.against), ("target", self.target), ("stage", self.stage))
        return join(["ifc", "diff", *(f"--{name}={value}" for name, value in given if value), file, "--all"])


class Unreadable(ValueError):
    """Not a file of reports; the message is a sentence."""


def compare(file: str, options: Sequence[str], environment: Mapping[str, str], *sides: str) -> tuple[Outcome, int]:
    """What `ifc diff` finds for one file, and how it exits; whatever else happens is a comparison that could not be made."""
    command = [sys.executable, "-I", "-X", "utf8", "-m", "ifc", "diff", *options, "--format", "json", "--", *(sides or (file,))]
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False, errors="replace", encoding="utf-8")
    try:
        outcome = as_json.read(done.stdout)
    except as_json.Unreadable as problem:
        return NotCompared(
            old="base", new=file, reasons=_reasons(done.stderr) or (f"what `ifc diff` printed is not a report: {problem}",)
        ), FAILED
    if isinstance(outcome, NotCompared) or done.returncode not in (FINE, FOUND):
        reasons = outcome.reasons if isinstance(outcome, NotCompared) else _reasons(done.stderr)
        return NotCompared(old=outcome.old, new=outcome.new, app=outcome.app, reasons=reasons or ("`ifc diff` failed",)), FAILED
    return outcome, done.returncode


def _reasons(printed: str) -> tuple[str, ...]:
    """The errors among what was printed, without their pictures."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    errors = [found[1] for line in lines if (found := re.match(r"(?:ifc[\w ]*: )?error(?:\[\w+\])?: (.+)", line))]
    return tuple((errors or lines[-SAID:])[:SAID])


def write(reports: Reports) -> str:
    """The reports as JSON."""
    found = [{"file": report.file, "report": as_json.data(report.outcome)} for report in reports.reports]
    texts = {name: getattr(reports, name) for name in TEXTS}
    return json.dumps({"schema": SCHEMA, "pullRequest": reports.number, **texts, "reports": found}, indent=1) + "\n"


def read(path: str) -> Reports:
    """The reports in a file, which can come from a run that nobody trusts."""
    try:
        if os.path.islink(path) or os.path.getsize(path) > MOST_BYTES:
            raise Unreadable(f"`{path}` is too large, or a link")
        with open(path, encoding="utf-8") as stream:
            found = json.load(stream)
    except OSError as problem:
        raise Unreadable(f"`{path}` can't be read: {problem.strerror}") from None
    except (ValueError, RecursionError) as problem:
        raise problem if isinstance(problem, Unreadable) else Unreadable(f"`{path}` is not JSON") from None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise Unreadable(f"`{path}` does not hold reports of `ifc diff`")
    return _reports(found, path)


def _reports(found: dict[str, Any], path: str) -> Reports:
    rows, number = found.get("reports"), found.get("pullRequest")
    texts = {name: found[name] for name in TEXTS if isinstance(found.get(name), str)}
    if not isinstance(rows, list) or len(rows) > MOST or len(texts) < len(TEXTS):
        raise Unreadable(f"`{path}` does not hold reports of `ifc diff`")
    if not (number is None or (isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**53)):
        raise Unreadable(f"`{path}` has no number of a pull request")
    if not COMMIT.fullmatch(texts["commit"]):
        texts["commit"] = ""
    return Reports(tuple(_report(row, path) for row in rows), number=number, **{name: text[:LONGEST] for name, text in texts.items()})


def _report(row: Any, path: str) -> Report:
    if not isinstance(row, dict) or not isinstance(row.get("file"), str):
        raise Unreadable(f"`{path}` does not hold reports of `ifc diff`")
    try:
        return Report(row["file"][:1_000], as_json.read_data(row.get("report")))
    except as_json.Unreadable as problem:
        raise Unreadable(f"a report in `{path}` can't be read: {problem}") from None


def files(lines: str) -> Iterator[str]:
    """The files that are named, one a line."""
    yield from dict.fromkeys(line.strip() for line in lines.splitlines() if line.strip())
