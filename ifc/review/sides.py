"""What the words of the command line name: a source, a revision of it, a template, or a folder of Terraform's."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import chdir
from typing import Any

from ifc.compiler import Compiled, compile
from ifc.diagnostics import ERROR, Diagnostic, Failure
from ifc.records import evolve, record
from ifc.resolve.app import Options
from ifc.resolve.files import main_file
from ifc.review.deployed import cloudformation, terraform
from ifc.review.deployed.form import UNREADABLE, NotUnderstood
from ifc.review.deployed.output import Output
from ifc.review.deployed.reading import CFN, TERRAFORM
from ifc.review.revisions import checked_out, repository
from ifc.review.version import Version, of_source

AT_REVISION = re.compile(r"(?P<revision>[^:\s][^:]*):(?P<path>.+)")
TEMPLATES = (".yaml", ".yml", ".json", ".template")
DEEPEST = 100  # of what holds what
MOST = 5_000_000  # of what a template or a configuration holds
LARGEST = 64 * 1024 * 1024  # bytes of a template, or of a file of a configuration


@record
class Side:
    """One side: what it is called, and the source or the outputs that it is."""

    title: str
    compiled: Compiled | None = None
    outputs: Mapping[str, Output] | None = None
    remarks: tuple[str, ...] = ()

    @property
    def app(self) -> str:
        """The name of the app, where there is a source."""
        return self.compiled.app.name if self.compiled is not None else ""

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets that it can be compared in."""
        return tuple(self.outputs) if self.outputs is not None else (CFN, TERRAFORM)

    def version(self, targets: Iterable[str]) -> Version:
        """The side for some targets; raises Unprintable where a source can't be compiled to one."""
        if self.compiled is not None:
            return of_source(self.title, self.compiled, targets)
        outputs = self.outputs or {}
        return Version(self.title, {target: outputs[target] for target in targets}, remarks=self.remarks)


def worded(word: str, options: Options) -> Side:
    """The side that a word of the command line names: a path, or a path at a revision (`main:app.ifc`); raises Failure."""
    at = AT_REVISION.fullmatch(word)
    return revision(at["revision"], at["path"], options) if at and not os.path.exists(word) else side(word, options)


def understood(found: Side) -> Side:
    """The side, if it compiles; raises Failure with all its mistakes, and which side they are on."""
    if found.compiled is not None and found.compiled.plan is None:
        errors = [d for d in found.compiled.report.ordered() if d.severity == ERROR]
        raise Failure(
            Diagnostic("IFC824", f"`{found.title}` does not compile, so there is nothing to compare", help="mend what is below"), *errors
        )
    return found


def side(path: str, options: Options) -> Side:
    """The side that a path names; raises Failure where there is nothing to compare."""
    if os.path.isdir(path):
        return folder(path, options)
    if path.endswith(".ifc"):
        return Side(path, compile(path, options))
    if path.endswith((".tf", ".tf.json")):
        return folder(os.path.dirname(path) or ".", options)
    if not os.path.exists(path):
        raise Failure(Diagnostic("IFC820", f"there is no `{path}`", help="name a file, a folder, a template, or `REVISION:FILE`"))
    return template(path)


def folder(path: str, options: Options) -> Side:
    """The side that a folder is: a source, what was compiled, or a configuration."""
    names = sorted(os.listdir(path))
    if any(name.endswith(".ifc") and os.path.isfile(os.path.join(path, name)) for name in names):  # `.ifc` is a run's own folder
        return Side(path, compile(main_file(path), options))
    if any(name.endswith(".tf.json") for name in names):
        return configuration(path)
    for name in names:
        if name in ("template.yaml", "template.json"):
            return template(os.path.join(path, name), path)
    inner = {CFN: os.path.join(path, "cfn"), TERRAFORM: os.path.join(path, "terraform")}
    found = [folder(place, options) for place in inner.values() if os.path.isdir(place)]
    if found:
        outputs = {target: output for one in found for target, output in (one.outputs or {}).items()}
        return Side(path, outputs=outputs, remarks=tuple(r for one in found for r in one.remarks))
    if any(name.endswith(".tf") for name in names):
        help = "compare with `terraform plan`, or with the folder that `ifc compile --target terraform` wrote"
        raise Failure(Diagnostic("IFC823", f"`{path}` holds Terraform's own language, and only its JSON can be read", help=help))
    raise Failure(Diagnostic("IFC820", f"`{path}` holds no .ifc file, no template and no configuration", help="name one of them"))


def revision(name: str, path: str, options: Options) -> Side:
    """A source, a template or a configuration as it stands at a revision; raises Failure where it was not there."""
    known = repository(".")
    wanted = known.tracked(path)
    with checked_out(known, name, wanted) as here, chdir(here):
        there = os.path.relpath(wanted or os.curdir, known.inside or os.curdir)
        if not os.path.exists(there):
            raise Failure(Diagnostic("IFC820", f"`{path}` is not there at `{name}`", help=f"see `git ls-tree -r --name-only {name}`"))
        found = side(path if os.path.normpath(path) == there else there, options)
    return evolve(found, title=f"{name}:{path}")


def nothing(title: str, remark: str) -> Side:
    """The side of an app before there was any of it."""
    empty = {CFN: Output(cloudformation.Template({}, {})), TERRAFORM: Output(terraform.Configuration({}, {}))}
    return Side(title, outputs=empty, remarks=(remark,))


# --- what was compiled ---


def text(path: str) -> str:
    """The text of a file; raises Failure where it can't be read."""
    try:
        if os.path.getsize(path) > LARGEST:
            raise Failure(Diagnostic("IFC823", f"`{path}` is larger than {LARGEST // 2**20} MB", help="no template is: name another file"))
        with open(path, encoding="utf-8-sig") as stream:
            return stream.read()
    except OSError as problem:
        why = (problem.strerror or "unknown error").lower()
        raise Failure(Diagnostic("IFC820", f"`{path}` can't be read: {why}", help="check the name and the permissions")) from None
    except UnicodeDecodeError:
        raise Failure(Diagnostic("IFC823", f"`{path}` is no text in UTF-8", help="name a template in YAML or JSON")) from None


def template(path: str, title: str = "") -> Side:
    """The side that a template is."""
    import yaml  # only templates are YAML

    try:
        content = cloudformation.content_of(text(path))
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        place = getattr(problem, "problem_mark", None)
        where = (
            f" (line {place.line + 1})"
            if place is not None
            else f" (line {problem.lineno})"
            if isinstance(problem, json.JSONDecodeError)
            else ""
        )
        raise Failure(Diagnostic("IFC823", f"`{path}` is neither YAML nor JSON{where}", help="name a CloudFormation template")) from None
    content = tree(content, path)
    if isinstance(content, dict) and "terraform_version" in content:
        raise Failure(
            Diagnostic(
                "IFC823",
                f"`{path}` is a plan or a state of Terraform, and neither can be compared",
                help="name the folder with the configuration as JSON (`*.tf.json`)",
            )
        )
    if not isinstance(content, dict) or not isinstance(content.get("Resources"), dict):
        raise Failure(Diagnostic("IFC823", f"`{path}` is no CloudFormation template: it has no Resources", help="name a template"))
    broken = sorted(
        str(id) for id, shape in content["Resources"].items() if not isinstance(shape, dict) or not isinstance(shape.get("Type"), str)
    )
    if broken:
        raise Failure(
            Diagnostic("IFC823", f"in `{path}` the resource `{broken[0]}` has no type", help="name a template that can be deployed")
        )
    return Side(title or path, outputs={CFN: output(cloudformation.Template(content, code_of(content)), path)})


def tree(content: Any, path: str) -> Any:
    """The content with texts for keys, as JSON has them; raises Failure where it holds itself, or more than a template can."""
    left = MOST

    def walked(node: Any, depth: int) -> Any:
        nonlocal left
        left -= 1
        if depth > DEEPEST or left < 0:
            what = "nested too deep" if depth > DEEPEST else "larger than any template, aliases counted"
            raise Failure(Diagnostic("IFC823", f"`{path}` is {what}", help="name a template that can be deployed"))
        if isinstance(node, dict):
            return {str(key): walked(part, depth + 1) for key, part in node.items()}
        if isinstance(node, list):
            return [walked(part, depth + 1) for part in node]
        return node if isinstance(node, str | int | float | bool) or node is None else str(node)

    return walked(content, 0)


def code_of(content: Mapping[str, Any]) -> dict[str, str]:
    """The parameters that name functions' archives, each with what stands for the archive: itself."""
    parameters = content.get("Parameters")
    names = [name for name in parameters if str(name).endswith("CodeKey")] if isinstance(parameters, dict) else []
    return {name: name.removesuffix("CodeKey") for name in names}


def configuration(path: str) -> Side:
    """The side that a folder of Terraform's is."""
    contents: dict[str, Any] = {}
    skipped = sorted(name for name in os.listdir(path) if name.endswith(".tf"))
    for name in sorted(os.listdir(path)):
        if name.endswith(".tf.json"):
            place = os.path.join(path, name)
            try:
                contents[name] = tree(json.loads(text(place)), place)
            except (ValueError, RecursionError) as problem:
                line = f" (line {problem.lineno})" if isinstance(problem, json.JSONDecodeError) else ""
                raise Failure(Diagnostic("IFC823", f"`{place}` is no JSON{line}", help="name a folder that Terraform can read")) from None
            if not isinstance(contents[name], dict):
                raise Failure(Diagnostic("IFC823", f"`{place}` is no configuration", help="name a folder that Terraform can read"))
    functions = {str(label) for one in contents.values() for label in _functions(one)}
    try:
        reader = terraform.Configuration(contents, {label: label for label in functions})
    except UNREADABLE as problem:
        why = str(problem) if isinstance(problem, NotUnderstood) else "it has a shape that is not ours"
        raise Failure(Diagnostic("IFC823", f"`{path}` can't be read: {why}", help="`terraform validate` may tell more")) from None
    remarks = [f"{what} is not compared" for what in reader.unknown] + [f"`{os.path.join(path, name)}` is not compared" for name in skipped]
    return Side(path, outputs={TERRAFORM: output(reader, path)}, remarks=tuple(remarks))


def _functions(content: Mapping[str, Any]) -> Iterable[str]:
    """The keys of `var.code` that functions read."""
    return re.findall(r'var\.code\[\\?"([^"\\]+)\\?"\]', json.dumps(content))


def output(reader: Any, path: str) -> Output:
    """What was compiled, to be compared; raises Failure where even its parameters can't be read."""
    try:
        return Output(reader)
    except UNREADABLE as problem:
        why = str(problem) if isinstance(problem, NotUnderstood) else "it has another shape"
        raise Failure(Diagnostic("IFC823", f"`{path}` can't be read: {why}", help="compare it with a template that ifc wrote")) from None
