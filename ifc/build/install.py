"""Python packages, installed as wheels for the system that Lambda has, whatever system this is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence

from ifc.build.package import shown
from ifc.build.requirements import CONSTRAINT, Wanted
from ifc.diagnostics import Diagnostic, Failure
from ifc.records import record

# Lambda developer guide, Lambda runtimes: up to python3.11 they run on Amazon Linux 2 (glibc 2.26), later ones on Amazon Linux 2023
# (2.34). Wheels are tagged by the oldest glibc that they run on; between 2.17 and 2.26 hardly one is, and uv knows none of those tags.
OLD, NEW, FIRST_NEW = 17, 34, (3, 12)
MACHINES = {"arm64": "aarch64", "x86": "x86_64"}
LATEST_LINES = 12  # of what an installer said
# What differs from one installation to the next, and what nobody imports.
LEFT_OUT = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json", "RECORD.jws", "RECORD.p7s"})
# Requirements may depend on where they are installed («; python_version < "3.11"»), and pip asks the Python that it runs in. So it
# runs with Lambda's answers instead.
PIP = """
import json, sys
import pip._vendor.packaging.markers as markers
answers = json.loads(sys.argv.pop(1))
markers.default_environment = lambda: dict(answers)
from pip._internal.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@record
class Platform:
    """Where packages will run."""

    version: tuple[int, int]
    machine: str

    @property
    def glibc(self) -> int:
        """The minor version of the C library whose wheels run there."""
        return NEW if self.version >= FIRST_NEW else OLD

    @property
    def python(self) -> str:
        """`3.14`."""
        return f"{self.version[0]}.{self.version[1]}"

    def __str__(self) -> str:
        return f"Python {self.python} on {'arm64' if self.machine == 'aarch64' else 'x86'}"


def platform(runtime: str, arch: str) -> Platform:
    """Where a function runs."""
    found = re.fullmatch(r"python(\d+)\.(\d+)", runtime)
    if found is None:
        raise ValueError(runtime)
    return Platform((int(found[1]), int(found[2])), MACHINES[arch])


def install(wanted: Wanted, where: Platform, folder: str) -> None:
    """Installs what is wanted into `folder`; raises Failure with what the installer said."""
    os.makedirs(folder)
    lines = tuple(line for line in wanted.lines if not line.startswith(CONSTRAINT))
    limits = (*(line.removeprefix(CONSTRAINT) for line in wanted.lines if line.startswith(CONSTRAINT)), *wanted.constraints)
    uv = _uv()
    if uv and wanted.locked:
        lines, limits = _exported(uv, wanted), ()
    named = _written(f"{folder}.txt", lines)
    limited = _written(f"{folder}-limits.txt", limits) if limits else ""
    command = _uv_command(uv, where) if uv else _pip_command(where)
    command += ["--target", folder, "-r", named, *(["-c", limited] if limited else [])]
    done = _run(command, os.path.dirname(wanted.path) or ".")
    if done.returncode:
        raise _failure(_of_list(done.stdout + done.stderr, folder, wanted.path), wanted, where, uv)


def installed(folder: str) -> Iterator[tuple[str, str]]:
    """The files that a function needs of what was installed: their names and paths."""
    for place, folders, names in os.walk(folder):
        inside = os.path.relpath(place, folder).replace(os.sep, "/")
        prefix = "" if inside == "." else f"{inside}/"
        folders[:] = sorted(f for f in folders if f != "__pycache__" and not (inside == "." and f in ("bin", ".lock")))
        in_info = inside.endswith(".dist-info")
        for name in sorted(names):
            if name.endswith((".pyc", ".pyo")) or (in_info and name in LEFT_OUT) or (inside == "." and name.startswith(".")):
                continue
            yield prefix + name, os.path.join(place, name)


# --- the installers ---


def _uv() -> list[str]:
    """How uv is called, or nothing where there is none."""
    found = shutil.which("uv")
    if found:
        return [found]
    from importlib.util import find_spec

    return [sys.executable, "-m", "uv"] if find_spec("uv") else []


def _uv_command(uv: Sequence[str], where: Platform) -> list[str]:
    tag = f"{where.machine}-manylinux_2_{where.glibc}"
    options = ["--python-platform", tag, "--python-version", where.python, "--only-binary", ":all:", "--python", sys.executable]
    return [*uv, "pip", "install", *options, "--no-progress", "--color", "never", "--quiet"]


def _pip_command(where: Platform) -> list[str]:
    python = _with_pip()
    answers = {
        "implementation_name": "cpython",
        "implementation_version": f"{where.python}.0",
        "os_name": "posix",
        "platform_machine": where.machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{where.python}.0",
        "python_version": where.python,
        "sys_platform": "linux",
        "extra": "",
    }
    # pip takes each tag by name alone; the newest comes first, as it is the best fit.
    tags = [f"manylinux_2_{minor}_{where.machine}" for minor in range(where.glibc, 16, -1)]
    tags += [f"{old}_{where.machine}" for old in ("manylinux2014", "manylinux2010", "manylinux1", "linux")]
    options = ["--only-binary", ":all:", "--python-version", where.python, "--implementation", "cp", "--no-compile", "--no-input"]
    options += [word for tag in tags for word in ("--platform", tag)]
    return [python, "-c", PIP, json.dumps(answers), "install", *options, "--quiet", "--disable-pip-version-check", "--no-color"]


def _with_pip() -> str:
    """A Python that has pip: the one that runs ifc, or the first on the PATH."""
    from importlib.util import find_spec

    if find_spec("pip"):
        return sys.executable
    for name in ("python3", "python"):
        found = shutil.which(name)
        if found and subprocess.run([found, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
            return found
    message = "Python packages are wanted, and there is neither uv nor pip to install them"
    raise Failure(Diagnostic("IFC734", message, help="install one: `pip install uv`, or https://docs.astral.sh/uv"))


def _exported(uv: Sequence[str], wanted: Wanted) -> tuple[str, ...]:
    """The requirements of a uv.lock, as uv tells them."""
    folder = os.path.dirname(wanted.path) or "."
    options = ["--frozen", "--no-dev", "--no-emit-project", "--no-header", "--no-annotate", "--quiet", "--color", "never"]
    done = _run([*uv, "export", *options, "--format", "requirements-txt"], folder)
    if done.returncode:
        raise Failure(_told("IFC732", f"uv can't read `{shown(os.path.join(folder, 'uv.lock'))}`", done.stderr, "make it anew: `uv lock`"))
    return tuple(done.stdout.splitlines())


def _run(command: Sequence[str], folder: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("PIP_TARGET", "PIP_PREFIX", "PIP_PLATFORM")}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    environment |= {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}  # whatever a pip.conf says: it is not into this Python
    try:
        return subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", cwd=folder, env=environment, check=False)
    except OSError as error:
        message = f"`{command[0]}` can't be started: {(error.strerror or str(error)).lower()}"
        raise Failure(Diagnostic("IFC734", message, help="install uv or pip anew")) from error


def _written(path: str, lines: Sequence[str]) -> str:
    with open(path, "w", encoding="utf-8") as stream:
        stream.writelines(f"{line}\n" for line in lines)
    return os.path.abspath(path)


# --- what went wrong ---

_INDEX = re.compile(r"(?:-i|-f|--index-url|--extra-index-url|--find-links|--no-index|--trusted-host)\b")

_NETWORK = re.compile(
    r"NewConnectionError|Temporary failure in name resolution|dns error|Failed to fetch|Connection refused|ConnectTimeout|ReadTimeout|Network is unreachable|"
    r"SSLError|error sending request",
    re.IGNORECASE,
)


def _of_list(said: str, folder: str, path: str) -> str:
    """An installer's words, about the user's list instead of our copy of it, whose lines are others."""
    copy = rf"[^\s`'\"(]*{re.escape(os.path.basename(folder))}(?:-limits)?\.txt"
    return re.sub(rf"{copy}(?:`?:\d+:\d+|(`) at position \d+)?", lambda found: shown(os.path.relpath(path)) + (found[1] or ""), said)


def _failure(said: str, wanted: Wanted, where: Platform, uv: Sequence[str]) -> Failure:
    """What an installer's words come to."""
    shown_path = shown(os.path.relpath(wanted.path))
    if _NETWORK.search(said):
        return Failure(
            _told(
                "IFC732", f"the packages of `{shown_path}` can't be fetched", said, "look at the network, and at the index that is set up"
            )
        )
    if "No space left on device" in said:
        message = f"there is no room to install the packages of `{shown_path}`"
        return Failure(Diagnostic("IFC732", message, help="make room, or delete what `.ifc/build` keeps: it is made anew"))
    # uv
    words = " ".join(said.split())
    missing = re.search(r"(?:versions of )?(\S+) was not found in the package registry", words)
    wheelless = re.search(r"Because (?:all versions of |only )?(\S+?)(?:[=<>!~]\S*)? (?:has|have) no (?:usable )?wheels", words)
    if wheelless:
        hint = re.search(r"hint: (Wheels are available for .*?)(?= hint:|$)", words)
        return Failure(_no_wheel(wheelless[1], shown_path, where, hint[1] if hint else ""))
    # pip
    versions = re.search(r"satisfies the requirement (\S+).*?\(from versions: (.*?)\)", words)
    if versions and not uv and versions[2] == "none":
        name = re.split(r"[=<>!~;\[(]", versions[1])[0]
        if _known(name, wanted):
            return Failure(_no_wheel(name, shown_path, where, ""))
        message = f"the index has no package `{name}`, which `{shown_path}` asks for, or nothing of it that fits {where}"
        return Failure(Diagnostic("IFC732", message, help="correct its name, or the index that is set up"))
    if missing:
        message = f"there is no package `{missing[1]}`, which `{shown_path}` asks for"
        return Failure(Diagnostic("IFC732", message, help="correct its name, or the index that is set up"))
    return Failure(
        _told("IFC732", f"the packages of `{shown_path}` can't be installed for {where}", said, "correct the versions that it asks for")
    )


def _no_wheel(name: str, path: str, where: Platform, hint: str) -> Diagnostic:
    message = f"the package `{name}`, which `{path}` asks for, has no wheel for {where}"
    advice = (
        f"take a release or another package that has one, change `runtime` or `arch`, or build a wheel on that system "
        f"(`pip wheel --no-deps -w wheels {name}`) and write `--find-links wheels` above it"
    )
    return Diagnostic("IFC731", message, help=f"{advice}; {hint[:1].lower()}{hint[1:]}" if hint else advice)


def _known(name: str, wanted: Wanted) -> bool:
    """Whether the index has a package of this name, with or without wheels."""
    where = [word for line in wanted.lines if _INDEX.match(line) for word in line.split(maxsplit=1)]
    return _run([_with_pip(), "-m", "pip", "index", "versions", *where, name], ".").returncode == 0


def _told(code: str, message: str, said: str, advice: str) -> Diagnostic:
    """A diagnostic with an installer's last words."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.lstrip().startswith(("WARNING", "Using "))]
    return Diagnostic(code, f"{message}: {' '.join(lines[-LATEST_LINES:])}" if lines else message, help=advice)
