"""The files of a program: the one that was named and those it imports, each once."""

from __future__ import annotations

import os

from ifc.diagnostics import Diagnostic, Failure, Label, Report, near
from ifc.source import Source, Span
from ifc.syntax import tree
from ifc.syntax.parse import parse


def main_file(path: str) -> str:
    """The .ifc file that `path` names: itself, or `app.ifc` (or the only .ifc file) of a folder."""
    if not os.path.isdir(path):
        return path
    inside = sorted(name for name in os.listdir(path) if name.endswith(".ifc"))
    if "app.ifc" in inside:
        return os.path.join(path, "app.ifc")
    if len(inside) == 1:
        return os.path.join(path, inside[0])
    what = "no .ifc file" if not inside else f"several .ifc files ({', '.join(inside[:4])}) and no app.ifc"
    raise Failure(Diagnostic("IFC801", f"the folder `{path}` holds {what}", help="name the file"))


def read(path: str) -> str:
    """The text of a file, without a byte-order mark; raises Failure when there is none."""
    try:
        with open(path, "rb") as stream:
            content = stream.read()
    except OSError as problem:
        why = (problem.strerror or "unknown error").lower()
        raise Failure(Diagnostic("IFC801", f"`{path}` can't be read: {why}", help="check the name and the folder")) from None
    except ValueError:
        raise Failure(Diagnostic("IFC801", f"{path!r} is not a file's name", help="check the name")) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise Failure(
            Diagnostic(
                "IFC802", f"`{path}` is not UTF-8 text: line {line} holds the byte {content[problem.start]:#04x}", help="save it as UTF-8"
            )
        ) from None


def load(path: str, report: Report) -> list[tree.File]:
    """The trees of a program's files, the named one first; mistakes in imports are reported at the import."""
    first = parse(Source(display(path), read(path)), report)
    files = [first]
    seen = {os.path.realpath(path)}
    root = project_root(os.path.dirname(os.path.realpath(path)))
    _imports(first, path, files, seen, [os.path.realpath(path)], root, report)
    return files


def display(path: str) -> str:
    """The path as messages show it: with forward slashes, relative where the user gave it so."""
    return os.path.normpath(path).replace(os.sep, "/")


def project_root(folder: str) -> str:
    """The git root above a folder, or the folder itself: imports stay inside."""
    here = folder
    while True:
        if os.path.exists(os.path.join(here, ".git")):
            return here
        above = os.path.dirname(here)
        if above == here:
            return folder
        here = above


def _imports(file: tree.File, path: str, files: list[tree.File], seen: set[str], chain: list[str], root: str, report: Report) -> None:
    for statement in file.statements:
        if isinstance(statement, tree.Broken):
            continue
        word = tree.head_word(statement)
        if word is None or word.text != "import" or not isinstance(statement, tree.Declaration):
            continue
        found = _import(statement, path, seen, chain, root, report)
        if found is None:
            continue
        target, source = found
        seen.add(os.path.realpath(target))
        inner = parse(source, report)
        files.append(inner)
        _imports(inner, target, files, seen, [*chain, os.path.realpath(target)], root, report)


def _import(
    statement: tree.Declaration, path: str, seen: set[str], chain: list[str], root: str, report: Report
) -> tuple[str, Source] | None:
    """The path and source of an import that is to be read; None where it was read before or can't be."""
    name = statement.head[1][0] if len(statement.head) == 2 and len(statement.head[1]) == 1 else None
    written = name.plain if isinstance(name, tree.Text) else None
    if name is None or not written or statement.block or statement.where or statement.guard:
        report.error(
            "IFC806",
            "an import names one file in quotes",
            statement.span,
            "not a file",
            f'write `import "{name.text if isinstance(name, tree.Word) else "path.ifc"}"`',
        )
        return None
    target = os.path.join(os.path.dirname(path), written)
    real = os.path.realpath(target)
    if real in chain:
        report.error("IFC804", f"`{written}` imports itself in the end", name.span, "closes a circle", "take one of the imports out")
        return None
    if not (real + os.sep).startswith(root.rstrip(os.sep) + os.sep):
        report.error(
            "IFC805",
            f"`{written}` lies outside of the project",
            name.span,
            "outside",
            "imports stay inside the git root, or the app's folder where there is none",
        )
        return None
    if real in seen:
        return None
    try:
        return target, Source(display(target), read(target))
    except Failure as failure:
        (problem,) = failure.diagnostics
        help = _meant(written, target) or problem.help
        report.diagnostics.append(Diagnostic(problem.code, problem.message, (Label(name.span, "imported here"),), help))
        return None


def _meant(written: str, target: str) -> str | None:
    """What to write for a file that is not there but for its near name."""
    folder = os.path.dirname(target)
    if os.path.exists(target) or not os.path.isdir(folder):
        return None
    close = near(os.path.basename(target).removesuffix(".ifc"), (name[:-4] for name in os.listdir(folder) if name.endswith(".ifc")))
    return f'write `import "{os.path.join(os.path.dirname(written), close)}.ifc"`' if close else None


def folder_of(span: Span) -> str:
    """The folder of the file in which something stands."""
    return os.path.dirname(span.source.path)
