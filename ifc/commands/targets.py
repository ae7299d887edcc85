"""The cloud targets on the command line: their names, the options that each takes, and how each is printed."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Iterable, Mapping

from ifc.build import Built
from ifc.diagnostics import Report
from ifc.output import Content
from ifc.plan import Plan

TARGETS = {"cfn": "CloudFormation", "terraform": "Terraform", "spacer": "a Spacer project, which runs on this machine"}
CODE = {"cfn": "code.json", "terraform": "code.auto.tfvars.json"}  # where the digests of the functions' code are
# Terraform language, Backend block; `remote` and `cloud` are services of their own and are set up in a file of the user's.
BACKENDS = ("azurerm", "consul", "cos", "gcs", "http", "kubernetes", "local", "oci", "oss", "pg", "s3")
# They belong to whoever runs terraform, in the environment or in `-backend-config`.
SECRET = re.compile(
    r"(?:.*_)?(?:(?:access|secret|customer|encryption|client|private)_key(?:_pem)?|secret|token|password|credentials|conn_str|http_auth|secret_id|client_certificate)"
)
IN_ADDRESS = re.compile(r"://[^/]*@|[?&](?:\w*_)?(?:key|password|secret|sig|token)=")


def misused(arguments: argparse.Namespace) -> str | None:
    """What is wrong with the options of a target, or None."""
    if getattr(arguments, "events", False) and arguments.target != "spacer":
        return "`--events` is of a Spacer project: write it beside `--target spacer`"
    if arguments.target == "cfn":
        return "`--backend` is Terraform's: a CloudFormation stack keeps its own state" if arguments.backend else None
    if arguments.format is not None:
        return f"`--format` is of a CloudFormation template; {'a project' if arguments.target == 'spacer' else 'Terraform'} has files of its own"
    if arguments.output == "-":
        what = "a Spacer project" if arguments.target == "spacer" else "Terraform's configuration"
        return f"`-o -` prints one file, and {what} is a folder: choose one with `-o`"
    if arguments.target == "spacer":
        if arguments.backend:
            return "`--backend` is Terraform's: a Spacer project has no state but its log"
        asked = getattr(arguments, "package", False)
        return "`--package` was for clouds, and is now `ifc build`: a Spacer project always holds the code" if asked else None
    if not arguments.backend:
        return None
    (type, *given), *more = arguments.backend
    if more:
        return "`--backend` is given twice: a state is in one place; write `--backend TYPE NAME=VALUE NAME=VALUE …`"
    if type not in BACKENDS:
        from ifc.diagnostics import near

        close = near(type, BACKENDS)
        return f"`{type}` is no backend of Terraform: " + (f"did you mean `{close}`?" if close else f"there are {', '.join(BACKENDS)}")
    names: set[str] = set()
    for setting in given:
        name, equals, value = setting.partition("=")
        if not equals or not re.fullmatch(r"[a-z][a-z0-9_]*", name) or not value:
            return f"`{setting}` says nothing about the backend: write `--backend {type} NAME=VALUE …`, after the file"
        if name in names:
            return f"`{name}` of the backend is given twice"
        if "${" in value or "%{" in value:
            return f"`{name}` of the backend holds `{'${' if '${' in value else '%{'}`, which Terraform and OpenTofu read differently"
        if (SECRET.fullmatch(name) and name != "kms_encryption_key") or IN_ADDRESS.search(value):
            return (
                f"`{name}` would stand readable in the configuration: leave it to the environment, or to `terraform init -backend-config`"
            )
        names.add(name)
    return None


def rendered(plan: Plan, report: Report, arguments: argparse.Namespace, folder: str = "") -> dict[str, Content]:
    """The files of the chosen target, by name, as they go into `folder`; its printer is loaded only when there is something to print."""
    if arguments.target == "cfn":
        from ifc.targets import cfn

        return dict(cfn.render(plan, report, arguments.format or "yaml"))
    if arguments.target == "spacer":
        from ifc.targets import spacer

        code = not arguments.no_code
        files: dict[str, Content] = dict(spacer.render(plan, report, code, getattr(arguments, "events", False)))
        return files | spacer.code_files(plan, folder) if code and not report.failed else files
    from ifc.targets import terraform

    backend = None
    if arguments.backend:
        type, *given = arguments.backend[0]
        backend = terraform.Backend(type, dict(sorted(setting.split("=", 1) for setting in given)))
    return dict(terraform.render(plan, report, backend))


def code_index(built: Iterable[Built], target: str) -> str:
    """Where each archive is, and the digest of its contents, as the target reads it."""
    content: dict[str, object]
    if target == "cfn":
        content = {"version": 1, "functions": {b.name: {"parameter": b.parameter, "key": b.key, "digest": b.digest} for b in built}}
    else:
        from base64 import b64encode

        # The digest is of the contents, not of the archive's bytes, which differ between releases of zlib. That is enough:
        # the provider only looks whether it changed (terraform-provider-aws, pull request 37669).
        content = {
            "code": {b.name: {"filename": f"code/{b.key}", "source_code_hash": b64encode(bytes.fromhex(b.digest)).decode()} for b in built}
        }
    return json.dumps(content, indent=2) + "\n"


def counted(resources: int) -> str:
    """`1 resource`, `2 resources`."""
    return f"{resources} resource{'' if resources == 1 else 's'}"


def summary(plan: Plan, files: Mapping[str, Content], folder: str, target: str) -> str:
    """What was written, in a line; for a Spacer project also what the app says and the project does not do."""
    if target == "spacer":
        description = json.loads(str(files["config/ifc.json"]))
        lines = [
            f"{folder}: {len(description['functions'])} functions, {sum(len(a['routes']) for a in description['apis'].values())} routes"
        ]
        return "\n".join([*lines, *(f"  {sentence}" for sentence in description["absent"])])
    if target == "cfn":
        return f"{os.path.join(folder, next(iter(files)))}: {counted(len(plan.placed))}"
    amount = sum(not block.data for placed in plan.placed for block in placed.resource.terraform())
    return f"{folder}: {counted(amount)} in {len(files)} files"
