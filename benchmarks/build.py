"""`ifc build` beside `sam build` and `chalice package`, on the same functions in one run: the first build, one after no change, one after one.

    python benchmarks/build.py                  # all of it, some five minutes
    python benchmarks/build.py --runs 3 plain   # one app: plain (50 functions) or packages (10 functions with pydantic)

Seconds are of a clock on the wall, since that is what one waits for; CPU seconds are beside them. Packages come from where pip and uv
find them; a first round fills their caches and isn't counted. What each tool is asked to do, README.md beside this says.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from environments import child_environment, environment

GOAL_UNCHANGED, GOAL_CHANGED = 0.5, 2.0  # seconds
RUNTIME = "python3.11"  # SAM wants the Python of the runtime on the PATH; Chalice takes the one that runs it
APPS = {"plain": (50, ()), "packages": (10, ("pydantic==2.12.4",))}
STEPS = ("first", "unchanged", "one changed")


@dataclass
class Tool:
    """How a tool is run on an app, what its caches are, and the seconds of each step: on the wall and of CPU."""

    name: str
    words: Sequence[str]
    folder: str
    caches: Sequence[str]
    source: Callable[[int], str]  # the file of a function
    environment: dict[str, str]
    seconds: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def run(self, step: str, counted: bool) -> None:
        """Runs it once."""
        with tempfile.TemporaryFile() as said:
            began = time.monotonic()
            child = subprocess.Popen(
                self.words, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
            )
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.monotonic() - began
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                said.seek(0)
                sys.exit(f"{self.name}: exit code {child.returncode}\n{' '.join(self.words)}\n{said.read().decode(errors='replace')}")
        if counted:
            self.seconds.setdefault(step, []).append((wall, usage.ru_utime + usage.ru_stime))

    def forget(self) -> None:
        """Removes what it keeps between runs, but not what pip and uv keep for all."""
        for cache in self.caches:
            shutil.rmtree(os.path.join(self.folder, cache), ignore_errors=True)

    def change(self, turn: int) -> None:
        """Changes one function."""
        with open(os.path.join(self.folder, self.source(7)), "a", encoding="utf-8") as stream:
            stream.write(f"# {turn}\n")


def main() -> int:
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("apps", nargs="*", metavar="APP", help=f"what is built: {', '.join(APPS)} [all]")
    top.add_argument("--runs", type=int, default=5, metavar="N", help="counted rounds [5]")
    top.add_argument("--json", metavar="FILE", help="also write the figures there")
    arguments = top.parse_args()
    unknown = set(arguments.apps) - set(APPS)
    if unknown or arguments.runs < 1:
        top.error(f"there is no app {', '.join(sorted(unknown))}" if unknown else "--runs is 1 at least")
    if f"{sys.version_info[0]}.{sys.version_info[1]}" != RUNTIME.removeprefix("python"):
        sys.exit(f"this Python is {platform.python_version()}: SAM needs the {RUNTIME} that the functions have")
    bins = {name: environment(name) for name in ("ifc", "sam-cli", "chalice")}
    figures: dict[str, object] = {"python": platform.python_version(), "runs": arguments.runs}
    good = True
    with tempfile.TemporaryDirectory() as work:
        for name in arguments.apps or APPS:
            tools = [make(bins, os.path.join(work, name), *APPS[name]) for make in (ifc, sam, chalice)]
            for turn in range(arguments.runs + 1):
                for tool in tools:
                    round_of(tool, turn)
            table(name, tools)
            figures[name] = {tool.name: tool.seconds for tool in tools}
            good = good and reached(tools[0])
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as stream:
            json.dump(figures, stream, indent=2)
            stream.write("\n")
    return 0 if good else 1


def round_of(tool: Tool, turn: int) -> None:
    """One round: a build from nothing, one after no change, and one after a change of one function."""
    tool.forget()
    tool.run("first", turn > 0)
    time.sleep(2.1)  # as after a checkout: a file's time is older than its builds
    tool.run("", False)  # ifc trusts times of files only then, and SAM and Chalice are given the same
    tool.run("unchanged", turn > 0)
    tool.change(turn)
    tool.run("one changed", turn > 0)


def reached(tool: Tool) -> bool:
    """Whether ifc is as fast as it should be."""
    unchanged, changed = (median(wall for wall, _ in tool.seconds[step]) for step in ("unchanged", "one changed"))
    fine = unchanged < GOAL_UNCHANGED and changed < GOAL_CHANGED
    print(f"goal: unchanged < {GOAL_UNCHANGED} s, one changed < {GOAL_CHANGED} s: {'met' if fine else 'missed'}")
    return fine


def table(name: str, tools: Sequence[Tool]) -> None:
    """Prints the medians."""
    functions, packages = APPS[name]
    print(f"\n{functions} functions{' with ' + ', '.join(packages) if packages else ''}: seconds, and CPU seconds in brackets\n")
    print("| | " + " | ".join(STEPS) + " |\n|---|" + "---:|" * len(STEPS))
    for tool in tools:
        cells = []
        for step in STEPS:
            walls, cpus = zip(*tool.seconds[step], strict=True)
            cells.append(f"{median(walls):.2f} ({median(cpus):.2f})")
        print(f"| {tool.name} | {' | '.join(cells)} |")


# --- the same functions for each ---


def handler(number: int, packages: Sequence[str]) -> str:
    """A function's file."""
    asked = "".join(f"import {package.split('==')[0]}\n" for package in packages)
    return f"import json\n{asked}\n\ndef run(event, context):\n    return {{'statusCode': 200, 'body': json.dumps({number})}}\n"


def write(folder: str, name: str, content: str) -> None:
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(content)


def ifc(bins: dict[str, str], work: str, functions: int, packages: Sequence[str]) -> Tool:
    """`ifc build`, each function with a folder of its own; all packages in one list."""
    folder = os.path.join(work, "ifc")
    lines = [f'function f{n} "f{n}/handler.run" {{ runtime {RUNTIME}; arch x86 }}' for n in range(functions)]
    write(folder, "app.ifc", "app perf\n" + "\n".join(lines) + "\n")
    for n in range(functions):
        write(folder, f"f{n}/handler.py", handler(n, packages))
    if packages:
        write(folder, "requirements.txt", "\n".join(packages) + "\n")
    words = [os.path.join(bins["ifc"], "ifc"), "build", "app.ifc"]
    return Tool("ifc build", words, folder, (".ifc", "build"), lambda n: f"f{n}/handler.py", child_environment())


def sam(bins: dict[str, str], work: str, functions: int, packages: Sequence[str]) -> Tool:
    """`sam build --cached --parallel`; SAM reads a list of packages only in a function's own folder."""
    folder = os.path.join(work, "sam")
    resources = {}
    for n in range(functions):
        properties = {"CodeUri": f"f{n}/", "Handler": "handler.run", "Runtime": RUNTIME, "Architectures": ["x86_64"]}
        resources[f"F{n}"] = {"Type": "AWS::Serverless::Function", "Properties": properties}
        write(folder, f"f{n}/handler.py", handler(n, packages))
        write(folder, f"f{n}/requirements.txt", "".join(f"{package}\n" for package in packages))
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Transform": "AWS::Serverless-2016-10-31", "Resources": resources}
    write(folder, "template.json", json.dumps(template, indent=2))
    words = [os.path.join(bins["sam-cli"], "sam"), "build", "--cached", "--parallel", "--template", "template.json"]
    quiet = {"SAM_CLI_TELEMETRY": "0", "PATH": f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"}
    return Tool("sam build", words, folder, (".aws-sam",), lambda n: f"f{n}/handler.py", {**child_environment(), **quiet})


def chalice(bins: dict[str, str], work: str, functions: int, packages: Sequence[str]) -> Tool:
    """`chalice package`; all functions are in one file and one archive."""
    folder = os.path.join(work, "chalice")
    parts = ["import json\n\nfrom chalice import Chalice\n\napp = Chalice(app_name='perf')\n"]
    # Chalice loads this file in an environment that has no such packages.
    asked = "".join(f"    import {package.split('==')[0]}\n\n" for package in packages)
    for n in range(functions):
        body = f"{asked}    return {{'statusCode': 200, 'body': json.dumps({n})}}\n"
        parts.append(f"\n\n@app.lambda_function()\ndef f{n}(event, context):\n{body}")
    write(folder, "app.py", "".join(parts))
    write(folder, "requirements.txt", "".join(f"{package}\n" for package in ("chalice==1.34.0", *packages)))
    write(folder, ".chalice/config.json", json.dumps({"version": "2.0", "app_name": "perf", "stages": {"dev": {}}}))
    words = [os.path.join(bins["chalice"], "chalice"), "package", "out"]
    return Tool("chalice package", words, folder, (".chalice/deployments", "out"), lambda n: "app.py", child_environment())


if __name__ == "__main__":
    sys.exit(main())
