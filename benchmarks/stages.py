"""Where one compile's time goes: `stages.py APP OUTPUT`, run in ifc's environment; prints the stages' CPU seconds as JSON."""

from __future__ import annotations

import gc
import json
import sys
import time

gc.disable()  # as the command line does

import argparse  # noqa: E402

from ifc import output  # noqa: E402
from ifc.build import build  # noqa: E402
from ifc.checks import check  # noqa: E402
from ifc.cli import parser  # noqa: E402
from ifc.commands.targets import code_index  # noqa: E402
from ifc.diagnostics import Report  # noqa: E402
from ifc.lower import lower  # noqa: E402
from ifc.resolve.app import Options, resolve  # noqa: E402
from ifc.resolve.files import load  # noqa: E402
from ifc.targets import cfn  # noqa: E402


class Clock:
    """CPU seconds of this process, from one stage's end to the next; the first has the interpreter's start in it."""

    def __init__(self) -> None:
        self.last, self.stages = 0.0, dict[str, float]()

    def end(self, stage: str) -> None:
        now = time.process_time()
        self.stages[stage] = now - self.last
        self.last = now


def main(path: str, folder: str) -> None:
    clock = Clock()
    clock.end("start and imports")
    arguments: argparse.Namespace = parser().parse_args(["build", path, "--target", "cfn", "-o", folder])
    clock.end("command line")
    report = Report()
    files = load(arguments.file, report)
    clock.end("parse")
    app = resolve(files, Options(), report)
    clock.end("resolve")
    check(app, report)
    clock.end("check")
    plan = lower(app, report)
    clock.end("lower")
    template = cfn.Printer(plan, report).template
    clock.end("template")
    text = cfn.text(template, "yaml")
    clock.end("print")
    index = code_index(build(plan, report, leave_out=[folder]), "cfn")
    clock.end("build code")
    output.write(folder, {"template.yaml": text, "code.json": index})
    clock.end("write")
    if report.failed:
        sys.exit("\n".join(d.message for d in report.diagnostics))
    print(json.dumps(clock.stages))


main(*sys.argv[1:])
