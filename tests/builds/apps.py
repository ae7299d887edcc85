"""Small apps that are built in a folder of their own."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

from ifc.build import Built, build
from ifc.compiler import compile as compile_app
from ifc.diagnostics import ERROR, Diagnostic, Failure
from ifc.resolve.app import Options
from ifc.resolve.files import main_file

HANDLER = "def run(event, context):\n    return 1\n"


def make(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """The folder `root`, with these files in it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


class Outcome:
    """What a build made and said."""

    def __init__(self, built: tuple[Built, ...], said: list[Diagnostic]) -> None:
        self.built = {b.name: b for b in built}
        self.said = said

    def names(self, function: str) -> list[str]:
        """The files in a function's archive."""
        with zipfile.ZipFile(self.built[function].path) as archive:
            return archive.namelist()

    def text(self, function: str, name: str) -> str:
        """A file of a function's archive."""
        with zipfile.ZipFile(self.built[function].path) as archive:
            return archive.read(name).decode()

    def unpack(self, function: str, folder: Path) -> Path:
        """The folder with a function's files, as Lambda would have them."""
        with zipfile.ZipFile(self.built[function].path) as archive:
            archive.extractall(folder)
        return folder

    @property
    def codes(self) -> list[str]:
        """The codes of what was said of the build itself."""
        return [d.code for d in self.said if d.code not in ("IFC720", "IFC373", "IFC528", "IFC529")]

    def only(self, code: str) -> Diagnostic:
        """The one diagnostic with this code."""
        [found] = [d for d in self.said if d.code == code]
        return found


def built(folder: Path, leave_out: tuple[str, ...] = ()) -> Outcome:
    """Builds the app of a folder; what is wrong with it is in what it said."""
    done = compile_app(main_file(str(folder / "app.ifc")), Options())
    assert done.plan is not None, [d.message for d in done.report.diagnostics]
    assert not [d.message for d in done.report.diagnostics if d.severity == ERROR]
    try:
        found = build(done.plan, done.report, leave_out=leave_out)
    except Failure as failure:
        done.report.diagnostics.extend(failure.diagnostics)
        found = ()
    return Outcome(found, done.report.ordered())


def app(*functions: str) -> str:
    """An app of functions, each with what stands behind its name."""
    return "app small\n" + "".join(f"function {line}\n" for line in functions)


def python_app(root: Path, files: Mapping[str, str | bytes], settings: str = "", handler: str = "src/work.run") -> Outcome:
    """Builds an app of one Python function, `work`."""
    make(root, {"app.ifc": app(f'work "{handler}" {{ runtime python3.13; {settings} }}'), **files})
    return built(root)


def wheel(
    folder: Path, name: str, version: str, files: Mapping[str, str | bytes], tag: str = "py3-none-any", needs: tuple[str, ...] = ()
) -> Path:
    """Makes a wheel (PyPA's specification of the binary distribution format)."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + "".join(f"Requires-Dist: {need}\n" for need in needs)
    content: dict[str, bytes] = {n: c.encode() if isinstance(c, str) else c for n, c in files.items()}
    content[f"{info}/METADATA"] = metadata.encode()
    content[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: {str(tag.endswith('any')).lower()}\nTag: {tag}\n".encode()
    )
    record = "".join(
        f"{n},sha256={base64.urlsafe_b64encode(hashlib.sha256(c).digest()).rstrip(b'=').decode()},{len(c)}\n" for n, c in content.items()
    )
    path = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for n, c in {**content, f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()}.items():
            archive.writestr(n, c)
    return path
