"""CPU seconds of whole processes, taken in turns so that a noisy moment of the machine hits every command alike."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from environments import child_environment


@dataclass
class Command:
    """What is run: its words, its folder, and which exit codes are right (with what it must have said for code 1)."""

    name: str
    words: Sequence[str]
    folder: str
    refused: Callable[[str], bool] | None = None  # whether exit code 1 with this on standard error is all right
    seconds: list[float] = field(default_factory=list)

    @property
    def min(self) -> float:
        return min(self.seconds)

    @property
    def median(self) -> float:
        return median(self.seconds)

    def ratio(self, other: Command) -> float:
        """The median of the rounds' ratios to another command."""
        return median(mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=True))

    def figures(self) -> dict[str, float]:
        return {"min": round(self.min, 4), "median": round(self.median, 4), "max": round(max(self.seconds), 4)}


def take_turns(commands: Sequence[Command], runs: int) -> None:
    """Runs all commands `runs` times, one after the other, each round beginning with another one; a first round isn't counted."""
    environment = child_environment()
    for turn in range(runs + 1):
        first = turn % len(commands)
        for command in [*commands[first:], *commands[:first]]:
            seconds = cpu_seconds(command, environment)
            if turn:
                command.seconds.append(seconds)


def cpu_seconds(command: Command, environment: Mapping[str, str]) -> float:
    """User and system time of the process and of all that it waited for, as the kernel counted them when it ended."""
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command.words, cwd=command.folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            said.seek(0)
            words = said.read().decode(errors="replace")
            if not (child.returncode == 1 and command.refused and command.refused(words)):
                sys.exit(f"{command.name}: exit code {child.returncode}\n{' '.join(command.words)}\n{words}")
    return usage.ru_utime + usage.ru_stime


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The k of `a + b × n^k` that fits best, a ≥ 0 and b ≥ 0: near 1 is linear, near 2 quadratic."""
    best = (float("inf"), 1.0)
    for hundredth in range(50, 301):
        k = hundredth / 100
        best = min(best, (misfit([n**k for n in sizes], seconds), k))
    return best[1]


def misfit(xs: Sequence[float], ys: Sequence[float]) -> float:
    """The sum of squared relative errors of the best `a + b × x`."""
    ws = [1 / y**2 for y in ys]
    total, x, y = sum(ws), dot(ws, xs), dot(ws, ys)
    xx, xy = dot(ws, [v * v for v in xs]), dot(ws, [u * v for u, v in zip(xs, ys, strict=True)])
    b = max(0.0, (total * xy - x * y) / (total * xx - x * x))
    a = (y - b * x) / total
    if a < 0:
        a, b = 0.0, xy / xx
    return sum(((a + b * u - v) / v) ** 2 for u, v in zip(xs, ys, strict=True))


def dot(us: Sequence[float], vs: Sequence[float]) -> float:
    return sum(u * v for u, v in zip(us, vs, strict=True))


def shape(k: float) -> str:
    """The word for an exponent."""
    return "linear" if k < 1.3 else "quadratic" if k > 1.7 else "more than linear"
