"""`[tool.ifc]` of a pyproject.toml: which apps have golden files, for which targets and stages, and where they are kept."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from ifc.diagnostics import Diagnostic, Failure, Label, near
from ifc.golden.presence import FILE, present
from ifc.records import named
from ifc.resolve.files import display, read
from ifc.source import Source, Span

SECTION = "[tool.ifc]"
TARGETS = ("cfn", "terraform", "spacer")
FORMATS = ("yaml", "json")
STAGE = re.compile(r"[\w-][\w.-]*")  # as `--stage` takes it
KEYS = ("apps", "targets", "stages", "golden", "params", "format", "code", "golden_tests")
REPOSITORIES = (".git", ".hg", ".svn")
_EXAMPLE = f'write {SECTION} with `apps = ["app.ifc"]`'


@named
class Settings:
    """What `[tool.ifc]` says; paths are absolute, `apps` as they were written."""

    file: str
    root: str  # the folder of the file
    golden: str
    apps: tuple[str, ...]
    targets: tuple[str, ...] = ("cfn",)
    stages: tuple[str | None, ...] = (None,)  # None is the stage of a plain compile, whose files have no folder of a stage
    params: Mapping[str, str] = {}
    staged: Mapping[str, Mapping[str, str]] = {}  # params of one stage
    format: str = "yaml"
    code: bool = True
    tests: bool = True

    def values(self, stage: str | None) -> dict[str, str]:
        """The params of a stage's compile."""
        return {**self.params, **self.staged.get(stage or "dev", {})}


def find(start: str) -> str:
    """The nearest pyproject.toml, in `start` or above, that has `[tool.ifc]`; Failure where there is none."""
    here = os.path.abspath(start)
    while True:
        file = os.path.join(here, FILE)
        if os.path.isfile(file) and present(file):
            return file
        above = os.path.dirname(here)
        if above == here:
            raise Failure(Diagnostic("IFC808", f"no `{FILE}` here or above has `{SECTION}`", help=f"{_EXAMPLE} into `{FILE}`"))
        here = above


def load(file: str) -> Settings:
    """The settings of a file; Failure with all that is wrong with them."""
    return _Reader(file).settings()


class _Reader:
    """Reads one file, and collects what is wrong with it."""

    def __init__(self, file: str) -> None:
        self.path = os.path.abspath(file)
        self.source = Source(shown(self.path), read(shown(self.path)))
        self.wrong: list[Diagnostic] = []

    def settings(self) -> Settings:
        """The settings."""
        table = self.table()
        for key in table:
            if key not in KEYS:
                close = near(key, KEYS)
                help = f"write `{close}`" if close else f"there are {', '.join(f'`{k}`' for k in KEYS)}"
                self.error(f"`{SECTION}` has no setting `{key}`", key, "not known", help)
        root = os.path.dirname(self.path)
        stages = self.texts(table, "stages", "dev", None)
        for stage in stages or ():
            if not STAGE.fullmatch(stage):
                self.error(
                    f"`{stage}` in `stages` is no stage", "stages", "no name", "a stage is a word of letters, digits, `-`, `_` and `.`"
                )
        apps = self.texts(table, "apps", "app.ifc", None)
        if "apps" not in table:
            self.error(f"`{SECTION}` doesn't say which apps it is about", None, "no `apps`", 'write `apps = ["app.ifc"]`')
        targets = self.texts(table, "targets", "cfn", ("cfn",))
        for target in targets or ():
            if target not in TARGETS:
                close = near(target, TARGETS)
                help = f"write `{close}`" if close else "there are `cfn`, `terraform` and `spacer`"
                self.error(f"`{target}` in `targets` is no target", "targets", "not known", help)
        golden = self.golden(table, root)
        params, staged = self.params(table, stages)
        format = table.get("format", "yaml")
        if format not in FORMATS:
            self.error("`format` is of the CloudFormation template: `yaml` or `json`", "format", "neither", 'write `format = "yaml"`')
        code, tests = self.flag(table, "code"), self.flag(table, "golden_tests")
        if self.wrong:
            raise Failure(*self.wrong)
        return Settings(
            file=self.path,
            root=root,
            golden=golden,
            apps=apps or (),
            targets=targets or (),
            stages=stages or (None,),
            params=params,
            staged=staged,
            format=format,
            code=code,
            tests=tests,
        )

    def table(self) -> dict[str, Any]:
        """What stands in `[tool.ifc]`."""
        import tomllib

        try:
            content = tomllib.loads(self.source.text)
        except tomllib.TOMLDecodeError as problem:
            self.broken(str(problem))
        tool = content.get("tool", {})
        table = tool.get("ifc") if isinstance(tool, dict) else None
        if table is None:
            self.error(f"`{self.source.path}` has no `{SECTION}`", None, "", _EXAMPLE)
            raise Failure(*self.wrong)
        if not isinstance(table, dict):
            self.error(f"`{SECTION}` is a table of settings, not {_called(table)}", None, "", _EXAMPLE)
            raise Failure(*self.wrong)
        return table

    def broken(self, problem: str) -> NoReturn:
        """Says that the file is not TOML, where that is known at the place."""
        why, _, place = problem.partition(" (at ")
        found = re.match(r"line (\d+), column (\d+)", place)
        starts = self.source.line_starts()
        at = starts[int(found[1]) - 1] + int(found[2]) - 1 if found else starts[-1]
        span = Span(self.source, at, at + 1)
        message = f"`{self.source.path}` is not TOML: {why[:1].lower()}{why[1:]}"
        raise Failure(
            Diagnostic("IFC808", message, (Label(span, "here"),), "correct the line; the Python packaging tools can't read it either")
        )

    def texts(self, table: dict[str, Any], key: str, example: str, default: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """A setting that is a list of texts, each given once."""
        given = table.get(key)
        if key not in table:
            return default
        help = f'write `{key} = ["{example}"]`'
        if not isinstance(given, list):
            self.error(f"`{key}` is a list of texts, not {_called(given)}", key, "no list", help)
            return None
        if not given:
            self.error(f"`{key}` is an empty list", key, "empty", help if key != "stages" else f"{help}, or leave it out")
            return None
        for one in given:
            if not isinstance(one, str) or not one or "\0" in one:
                what = _called(one) if not isinstance(one, str) else "an empty text" if not one else "one with the character `\\u0000`"
                self.error(f"`{key}` holds {what}, and takes texts", key, "no text", help)
                return None
        twice = next((one for n, one in enumerate(given) if one in given[:n]), None)
        if twice is not None:
            self.error(f"`{key}` holds `{twice}` twice", key, "twice", "take one of them out")
        return tuple(given)

    def golden(self, table: dict[str, Any], root: str) -> str:
        """The folder of the golden files, which lies below that of the pyproject.toml."""
        given = table.get("golden", "golden")
        help = 'write `golden = "golden"`'
        if not isinstance(given, str) or not given or "\0" in given:
            self.error(f"`golden` is the name of a folder, not {_called(given)}", "golden", "no folder", help)
            return root
        folder = os.path.normpath(os.path.join(root, given))
        above, inner = os.path.realpath(root), os.path.realpath(folder)
        if inner == above:
            self.error(f"`golden` is the folder of `{FILE}` itself", "golden", "not its own", f"{help}: nothing else lies in it")
        elif not inner.startswith(above.rstrip(os.sep) + os.sep):
            self.error(f"`golden` leads out of the project, to `{given}`", "golden", "outside", f"{help}: it lies below `{FILE}`'s folder")
        elif any(part.casefold() in REPOSITORIES for part in os.path.relpath(inner, above).split(os.sep)):
            self.error(f"`golden` leads into `{given}`, which is the version control's own", "golden", "not yours", help)
        return folder

    def params(self, table: dict[str, Any], stages: tuple[str, ...] | None) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        """The params of every stage, and of each."""
        given = table.get("params", {})
        if not isinstance(given, dict):
            self.error(
                f"`params` is a table, not {_called(given)}", "params", "no table", "write `[tool.ifc.params]` and below it `name = value`"
            )
            return {}, {}
        everywhere: dict[str, str] = {}
        staged: dict[str, dict[str, str]] = {}
        for name, value in given.items():
            if not isinstance(value, dict):
                self.param(everywhere, name, value)
                continue
            known = stages or ("dev",)
            if name not in known:
                close = near(name, known)
                help = (
                    f"write `[tool.ifc.params.{close}]`" if close else f"add it to `stages`, which are {', '.join(f'`{s}`' for s in known)}"
                )
                self.error(f"`params` are given for the stage `{name}`, which is not compiled", name, "no stage of `stages`", help)
            for inner, one in value.items():
                self.param(staged.setdefault(name, {}), inner, one)
        return everywhere, staged

    def param(self, values: dict[str, str], name: str, value: Any) -> None:
        """Takes a param's value as `--param` would."""
        text = param_text(value)
        if text is not None:
            values[name] = text
        else:
            what = "a list whose members aren't all texts without commas" if isinstance(value, list) else _called(value)
            self.error(
                f"the param `{name}` is {what}", name, "no value", "write a text in quotes, a number, true or false, or a list of texts"
            )

    def flag(self, table: dict[str, Any], key: str) -> bool:
        """A setting that is true, unless it is set to false."""
        given = table.get(key, True)
        if not isinstance(given, bool):
            self.error(
                f"`{key}` is true or false, not {_called(given)}", key, "neither", f"write `{key} = {'false' if not given else 'true'}`"
            )
        return bool(given)

    def error(self, message: str, key: str | None, label: str, help: str) -> None:
        """Reports a mistake at the line of a key, or of the section; where none is found the message names the file."""
        span = place(self.source, key)
        self.wrong.append(Diagnostic("IFC808", message, (Label(span, label),) if span else (), help))


def param_text(value: object) -> str | None:
    """A param's value as `--param` takes it; None for what can't be one."""
    if isinstance(value, list | tuple) and value and all(isinstance(one, str) and "," not in one for one in value):
        return ",".join(value)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, str | int | float) else None


def unknown_param(settings: Settings, name: str, declared: set[str]) -> Diagnostic:
    """The mistake of a param that no app declares."""
    source = Source(shown(settings.file), read(settings.file))
    close = near(name, declared)
    help = f"write `{close}`" if close else f"they declare {', '.join(f'`{n}`' for n in sorted(declared))}" if declared else "take it out"
    span = place(source, name)
    return Diagnostic("IFC808", f"no app of `{SECTION}` declares a param `{name}`", (Label(span, "not declared"),) if span else (), help)


def at(settings: Settings, key: str, text: str = "") -> tuple[Label, ...]:
    """The place of a key, for what is found out later."""
    source = Source(shown(settings.file), read(settings.file))
    span = place(source, key)
    return (Label(span, text),) if span else ()


def place(source: Source, key: str | None) -> Span | None:
    """Where a key stands in the `tool.ifc` tables of a TOML file, or their first header; None for the rarer ways to write them."""
    inside, header = False, None
    for number in range(1, len(source.line_starts()) + 1):
        line, start = source.line(number), source.line_starts()[number - 1]
        if re.match(r"\s*\[", line) and (title := re.match(r"\s*(\[+\s*(tool\s*\.\s*ifc(?:\s*\.\s*([^\]]*?))?)\s*\]+)", line)):
            inside = True
            header = header or Span(source, start + title.start(1), start + title.end(1))
            if key is not None and title[3] and key in re.split(r"""[\s."']+""", title[3]):
                return Span(source, start + title.start(1), start + title.end(1))
        elif re.match(r"\s*\[[^\[\],=]*\]\s*(#.*)?$", line):
            inside = False
        elif inside and key is not None and (found := re.match(rf"""\s*(["']?{re.escape(key)}["']?)\s*[.=]""", line)):
            return Span(source, start + found.start(1), start + found.end(1))
    return header


def from_here(path: str) -> str:
    """The path as a user who stands here would write it."""
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive of Windows
        return path


def shown(path: str) -> str:
    """A path as messages show it."""
    return display(from_here(path)).encode("utf-8", "backslashreplace").decode()


def _called(value: object) -> str:
    """What a TOML value is called."""
    if isinstance(value, str):
        return "a text" if value else "an empty text"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return f"`{value}`, which is no number"
    return {int: "a number", float: "a number", list: "a list", dict: "a table"}.get(type(value), "a date or time")
