"""One environment for each tool, made from pinned requirements, so that none is slowed down by what another needs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PARTS = ("ifc", "pyproject.toml", "README.md", "LICENSE", "LICENSES")  # what ifc is built from


def environment(name: str) -> str:
    """The `bin` folder of the environment of `ifc`, `sam` or `chalice`; made, or made anew, where its pins or sources have changed."""
    folder = os.path.join(HERE, ".venvs", name)
    pins = os.path.join(HERE, "pins", f"{name}.txt")
    stamp = os.path.join(folder, "made-from")
    wanted = f"{sys.version}\n{digest(pins)}\n{digest(*(os.path.join(ROOT, p) for p in PARTS)) if name == 'ifc' else ''}\n"
    if os.path.exists(stamp):
        with open(stamp, encoding="utf-8") as stream:
            if stream.read() == wanted:
                return os.path.join(folder, "bin")
    print(f"making the environment of {name}", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    install(folder, "--no-deps", "-r", pins)
    if name == "ifc":
        install_ifc(folder)
    with open(stamp, "w", encoding="utf-8") as stream:
        stream.write(wanted)
    return os.path.join(folder, "bin")


def install_ifc(folder: str) -> None:
    """Installs ifc as a user gets it, from a copy, so that the build leaves nothing in the repository."""
    with tempfile.TemporaryDirectory() as copy:
        for part in PARTS:
            source, target = os.path.join(ROOT, part), os.path.join(copy, part)
            if os.path.isdir(source):
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            elif os.path.exists(source):
                shutil.copy(source, target)
        install(folder, "--no-deps", copy)


def install(folder: str, *what: str) -> None:
    """pip, quiet unless it fails; it compiles what it installs, so no run pays for that."""
    command = [os.path.join(folder, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what]
    done = subprocess.run(command, capture_output=True, text=True, env=child_environment())
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def child_environment() -> dict[str, str]:
    """The environment of every measured command: compiled modules may be kept, and no AWS account is to be found."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AWS_", "IFC_", "VIRTUAL_ENV"))}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
    return {**kept, **nowhere, "AWS_DEFAULT_REGION": "ap-northeast-1"}


def digest(*paths: str) -> str:
    """A digest of files and folders: their names and contents."""
    found = hashlib.sha256()
    for path in paths:
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(f for f in folders if f != "__pycache__")
            for name in sorted(names):
                add(found, os.path.join(folder, name))
        if os.path.isfile(path):
            add(found, path)
    return found.hexdigest()


def add(found: hashlib._Hash, path: str) -> None:
    with open(path, "rb") as stream:
        content = stream.read()
    found.update(f"{os.path.relpath(path, ROOT)}\0{len(content)}\0".encode())
    found.update(content)
