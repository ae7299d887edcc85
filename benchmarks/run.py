"""Measures `ifc compile` against its peers on one app, its growth with the size of the app, and where its time goes.

`python benchmarks/run.py` needs nothing but Python 3.11 and pip; README.md beside it says what is measured and how.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from environments import HERE, ROOT, child_environment, environment
from growth import write_ifc, write_sam
from measure import Command, exponent, shape, take_turns
from templates import counted, lines, output_lines

PEERS = os.path.join(HERE, "peers")
APP = os.path.join(ROOT, "examples", "orders")
SIZES, SLOW = (10, 100, 250, 500), 250  # SAM with a route for each function goes on from SLOW with --slow only
GOAL_REFERENCE, GOAL_500 = 0.19, 2.0  # CPU seconds
PARTS = ("reference", "growth", "stages")


@dataclass
class Tool:
    """One line of the table: how it is run, its sources, and the file that it writes."""

    command: Command
    sources: Sequence[str]
    output: str


def main() -> int:
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("parts", nargs="*", metavar="PART", help=f"what is measured: {', '.join(PARTS)} [all]")
    top.add_argument("--runs", type=int, default=15, metavar="N", help="counted runs of each command; growth and stages take a third [15]")
    top.add_argument("--slow", action="store_true", help="also SAM with 500 functions and as many routes, some half a minute a run")
    top.add_argument("--json", metavar="FILE", help="also write the figures there")
    arguments = top.parse_args()
    unknown = set(arguments.parts) - set(PARTS)
    if unknown or arguments.runs < 1:
        top.error(f"there is no part {', '.join(sorted(unknown))}" if unknown else "--runs is 1 at least")
    parts = arguments.parts or PARTS
    bins = {name: environment(name) for name in ("ifc", "sam", "chalice")}
    figures: dict[str, Any] = {"python": platform.python_version(), "runs": arguments.runs}
    few = max(3, arguments.runs // 3)
    with tempfile.TemporaryDirectory() as work:
        if "reference" in parts:
            figures["reference"] = reference(bins, work, arguments.runs)
        if "growth" in parts:
            figures["growth"] = growth(bins, work, few, arguments.slow)
        if "stages" in parts:
            figures["stages"] = stages(bins, work, few)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as stream:
            json.dump(figures, stream, indent=2)
            stream.write("\n")
    return 0


# --- the reference app ---


def reference(bins: dict[str, str], work: str, runs: int) -> dict[str, Any]:
    """Measures the reference app with every tool, prints the table and returns its figures."""
    unit = Command("python -c pass", [os.path.join(bins["ifc"], "python"), "-c", "pass"], work)
    tools = [ifc_tool(bins, work, "ifc"), ifc_tool(bins, work, "ifc build", "build"), sam_tool(bins, work)]
    tools += [chalice_tool(bins, work, "Chalice"), chalice_tool(bins, work, "Chalice, policies by hand", by_hand=True)]
    other = ifc_terraform(bins, work)
    take_turns([unit, other, *(tool.command for tool in tools)], runs)
    first = tools[0].command
    rows = [["", "CPU s, min", "median", "× ifc", "× python", "resources", "source", "output", "statements", "on `*`"]]
    for command in (unit, other):
        row = [f"{command.min:.3f}", f"{command.median:.3f}", f"{command.ratio(first):.2f}", f"{command.ratio(unit):.1f}"]
        rows.append([command.name, *row, "", "", "", "", ""])
    figures: dict[str, Any] = {unit.name: unit.figures(), other.name: other.figures()}
    for tool in tools:
        command, found = tool.command, counted(deployed(bins, work, tool))
        found |= {"source lines": sum(lines(path) for path in tool.sources), "output lines": output_lines(tool.output)}
        figures[command.name] = (
            command.figures() | {"ratio": round(command.ratio(first), 3), "units": round(command.ratio(unit), 2)} | found
        )
        counts = (str(found[name]) for name in ("resources", "source lines", "output lines", "statements", "on everything"))
        rows.append(
            [
                command.name,
                f"{command.min:.3f}",
                f"{command.median:.3f}",
                f"{command.ratio(first):.2f}",
                f"{command.ratio(unit):.1f}",
                *counts,
            ]
        )
    print(f"\nThe reference app, {runs} runs in turns\n")
    table(rows)
    print(
        f"goal: ifc under {GOAL_REFERENCE} CPU s: {'met' if first.median < GOAL_REFERENCE else 'missed'} with {first.median:.3f}; "
        f"nearest peer × {min(tool.command.ratio(first) for tool in tools[2:]):.2f}"
    )
    return figures


def ifc_tool(bins: dict[str, str], work: str, name: str, action: str = "compile") -> Tool:
    """`ifc compile` or `ifc build` as a user calls it, in the repository; what it writes goes elsewhere."""
    folder = os.path.join(work, name.replace(" ", ""))
    program = os.path.join(bins["ifc"], "ifc")
    app = os.path.join("examples", "orders", "app.ifc")
    command = Command(name, [program, action, app, "--target", "cfn", "-o", folder], ROOT)
    # Counted is the JSON form, which has the peers' indentation; what is timed writes YAML.
    as_json = subprocess.run(
        [program, "compile", app, "--target", "cfn", "--format", "json", "-o", "-"],
        cwd=ROOT,
        env=child_environment(),
        capture_output=True,
        text=True,
    )
    if as_json.returncode:
        sys.exit(as_json.stderr)
    output = os.path.join(work, f"{name.replace(' ', '')}.json")
    with open(output, "w", encoding="utf-8") as stream:
        stream.write(as_json.stdout)
    return Tool(command, [os.path.join(ROOT, app)], output)


def ifc_terraform(bins: dict[str, str], work: str) -> Command:
    """The same app to a folder of Terraform."""
    app = os.path.join("examples", "orders", "app.ifc")
    words = [os.path.join(bins["ifc"], "ifc"), "compile", app, "--target", "terraform", "-o", os.path.join(work, "terraform")]
    return Command("ifc, Terraform", words, ROOT)


def sam_tool(bins: dict[str, str], work: str) -> Tool:
    """SAM's translator, called by the smallest script that does it."""
    template, output = os.path.join(PEERS, "sam", "template.yaml"), os.path.join(work, "sam.json")
    return Tool(Command("SAM translator", sam_words(bins, template, output), work), [template], output)


def sam_words(bins: dict[str, str], template: str, output: str) -> list[str]:
    return [os.path.join(bins["sam"], "python"), os.path.join(PEERS, "sam", "translate.py"), template, output]


def chalice_tool(bins: dict[str, str], work: str, name: str, by_hand: bool = False) -> Tool:
    """`chalice package` in a copy of the project, which it writes into; from its second run on it finds its archive there."""
    project = os.path.join(work, "chalice-hand" if by_hand else "chalice-auto")
    peer = os.path.join(PEERS, "chalice")
    shutil.copytree(peer, project)
    shutil.copytree(os.path.join(APP, "src"), os.path.join(project, "chalicelib"), ignore=shutil.ignore_patterns("__pycache__"))
    config = os.path.join(project, ".chalice", "config-hand.json" if by_hand else "config.json")
    policies = [f.path for f in sorted(os.scandir(os.path.dirname(config)), key=lambda f: f.name) if f.name.startswith("policy-")]
    sources = [os.path.join(project, "app.py"), os.path.join(project, "resources.json"), config, *(policies if by_hand else ())]
    if by_hand:
        shutil.copy(config, os.path.join(project, ".chalice", "config.json"))
    words = [os.path.join(bins["chalice"], "chalice"), "package", "--merge-template", "resources.json", "out"]
    return Tool(Command(name, words, project), sources, os.path.join(project, "out", "sam.json"))


def deployed(bins: dict[str, str], work: str, tool: Tool) -> str:
    """The CloudFormation template that is deployed: what Chalice writes is a SAM template still."""
    with open(tool.output, encoding="utf-8") as stream:
        text = stream.read()
    if '"Transform": "AWS::Serverless' not in text:
        return tool.output
    uploaded, translated = os.path.join(work, "uploaded.json"), os.path.join(work, "translated.json")
    with open(uploaded, "w", encoding="utf-8") as stream:
        stream.write(text.replace('"./deployment.zip"', '"s3://code/deployment.zip"'))
    subprocess.run(sam_words(bins, uploaded, translated), env=child_environment(), check=True)
    return translated


# --- growth ---


def growth(bins: dict[str, str], work: str, runs: int, slow: bool) -> dict[str, Any]:
    """Measures apps of growing size, prints the table and returns its figures."""
    lines_of: dict[str, dict[int, Command]] = {}
    for routed, mix in ((False, "a route for each fifth function"), (True, "a route for each function")):
        for n in SIZES:
            folder = os.path.join(work, f"growth-{n}{'-routed' if routed else ''}")
            lines_of.setdefault(f"ifc, {mix}", {})[n] = grown_ifc(bins, folder, n, routed, "cfn")
            lines_of.setdefault(f"ifc to Terraform, {mix}", {})[n] = grown_ifc(bins, folder, n, routed, "terraform")
            if not routed or slow or n <= SLOW:
                words = sam_words(bins, write_sam(folder, n, routed), os.path.join(folder, "sam.json"))
                lines_of.setdefault(f"SAM, {mix}", {})[n] = Command(f"SAM, {n} functions", words, folder)
    take_turns([command for line in lines_of.values() for command in line.values()], runs)
    rows = [["functions", *(str(n) for n in SIZES), "grows as", ""]]
    figures: dict[str, Any] = {}
    for name, line in sorted(lines_of.items()):
        k = exponent(list(line), [c.min for c in line.values()])
        rows.append([name, *(f"{line[n].median:.2f}" if n in line else "" for n in SIZES), f"n^{k:.2f}", shape(k)])
        figures[name] = {"exponent": k, "shape": shape(k), **{str(n): c.figures() for n, c in line.items()}}
    print(f"\nGrowth, median CPU seconds of {runs} runs in turns\n")
    table(rows)
    largest = max(line[SIZES[-1]].median for name, line in lines_of.items() if name.startswith("ifc"))
    print(f"goal: {SIZES[-1]} functions under {GOAL_500} CPU s and linear: {'met' if largest < GOAL_500 else 'missed'} with {largest:.2f}")
    return figures


def grown_ifc(bins: dict[str, str], folder: str, functions: int, routed: bool, target: str) -> Command:
    """A compile of a generated app; past 500 resources a template goes the whole way and is then refused for that alone."""
    path = write_ifc(folder, functions, routed)
    words = [os.path.join(bins["ifc"], "ifc"), "compile", path, "--target", target, "-o", os.path.join(folder, "build", target)]
    return Command(f"ifc, {functions} functions, {target}", words, folder, too_large if target == "cfn" else None)


def too_large(words: str) -> bool:
    """Whether a compile was refused for the size of its template and for nothing else."""
    return set(re.findall(r"^error\[(\w+)\]", words, re.M)) == {"IFC604"}


# --- stages ---


def stages(bins: dict[str, str], work: str, runs: int) -> dict[str, Any]:
    """Measures the stages of a compile, prints the table and returns its figures."""
    large = write_ifc(os.path.join(work, "stages"), SIZES[-1])
    apps = {"reference app": os.path.join(APP, "app.ifc"), f"{SIZES[-1]} functions": large}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in apps}
    for _ in range(runs + 1):
        for name, path in apps.items():
            words = [os.path.join(bins["ifc"], "python"), os.path.join(HERE, "stages.py"), path, os.path.join(work, "stages-out")]
            done = subprocess.run(words, cwd=work, env=child_environment(), capture_output=True, text=True)
            if done.returncode:
                sys.exit(done.stderr)
            found[name].append(json.loads(done.stdout))
    figures = {name: {stage: median(run[stage] for run in each[1:]) for stage in each[0]} for name, each in found.items()}
    rows = [["stage, ms", *apps]]
    rows += [[stage, *(f"{figures[name][stage] * 1000:.1f}" for name in apps)] for stage in figures["reference app"]]
    rows.append(["together", *(f"{sum(figures[name].values()) * 1000:.1f}" for name in apps)])
    print(f"\nWhere ifc's CPU time goes, median of {runs} runs\n")
    table(rows)
    return {name: {stage: round(seconds, 5) for stage, seconds in each.items()} for name, each in figures.items()}


def table(rows: Sequence[Sequence[str]]) -> None:
    """Prints a Markdown table with aligned columns, figures to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    head, *body = [
        "| " + " | ".join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))) + " |"
        for row in rows
    ]
    rule = "| " + " | ".join("-" * w if i == 0 else "-" * (w - 1) + ":" for i, w in enumerate(widths)) + " |"
    print("\n".join([head, rule, *body]) + "\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
