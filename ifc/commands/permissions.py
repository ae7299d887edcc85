"""`ifc permissions`: who may do what in an app, or the policy that deploying it needs."""

from __future__ import annotations

import argparse
import importlib
import json
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ifc.cli import FINE, UNWRITABLE, USAGE
from ifc.commands.source import code_of, compiled, say, show
from ifc.diagnostics import near
from ifc.plan import Plan

if TYPE_CHECKING:
    from ifc.permissions.deploying.policy import Policy

OF_DEPLOYING = ("target", "stack", "account", "region", "code_bucket", "by_prefix", "output")
SHAPES = {
    "account": (r"\d{12}", "the number of an account has 12 digits"),
    "region": (r"[a-z]{2,4}(?:-[a-z]+)+-\d", "regions are called like `eu-west-1`"),
    "stack": (r"[A-Za-z][A-Za-z0-9-]{0,127}", "a stack's name is of letters, digits and `-`, and begins with a letter"),
    "code_bucket": (r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "a bucket's name is of small letters, digits, `.` and `-`, 3 to 63 of them"),
}


def run(arguments: argparse.Namespace) -> int:
    """Prints the permissions, or the policy."""
    wrong = misused(arguments)
    if wrong:
        say(f"ifc: {wrong}")
        return USAGE
    done = compiled(arguments)
    found = done.report.ordered()
    show(found, arguments)
    if done.plan is None:
        return code_of(found)
    if arguments.deploy_role:
        return deploying(done.plan, arguments)
    return permissions(done.plan, arguments)


def misused(arguments: argparse.Namespace) -> str | None:
    """What is wrong with the options, or None."""
    if not arguments.deploy_role:
        given = next((name for name in OF_DEPLOYING if getattr(arguments, name)), None)
        if given is not None:
            spelled = "-o" if given == "output" else f"--{given.replace('_', '-')}"
            return f"`{spelled}` is of the policy for deploying: write it beside `--deploy-role`"
        return None
    if arguments.name:
        return f"`--deploy-role` is about the whole app: leave out `{arguments.name}`"
    if arguments.format in ("markdown", "csv"):
        return f"a policy is JSON, and `--format {arguments.format}` is not: `--format json` has what is to be known of it, too"
    if arguments.target == "terraform":
        return (
            "which actions the Terraform provider calls is not published, so no least policy can be made for it: "
            "let a first `terraform apply` run with a wide role and CloudTrail on, and let IAM Access Analyzer make a policy of what it did"
        )
    for name, (shape, help) in SHAPES.items():
        value = getattr(arguments, name)
        if value and not re.fullmatch(shape, value, re.ASCII):
            return f"`--{name.replace('_', '-')} {value}` can't be right: {help}"
    return None


def permissions(plan: Plan, arguments: argparse.Namespace) -> int:
    """Who may do what: in the app, or with one declaration."""
    from ifc.permissions.access import access, subject

    name = arguments.name
    if name and name not in plan.app.resources:
        close = near(name, plan.app.resources)
        say(f"ifc: nothing is called `{name}` in {arguments.file}" + (f"; did you mean `{close}`?" if close else ""))
        return USAGE
    form = importlib.import_module(f"ifc.permissions.formats.{arguments.format}")
    found = access(plan)
    sys.stdout.write(form.subject(found, subject(found, name)) if name else form.matrix(found))
    return FINE


# --- the policy for deploying ---


def deploying(plan: Plan, arguments: argparse.Namespace) -> int:
    """The policy's documents, printed or written, with what is to be known of them beside."""
    from ifc.permissions.deploying.policy import Options, policy

    options = Options(
        stack=arguments.stack or f"{plan.app.name}-{plan.app.stage}",
        account=arguments.account or "*",
        region=arguments.region or plan.app.region or "*",
        code_bucket=arguments.code_bucket or "*",
        by_prefix=arguments.by_prefix,
    )
    made = policy(plan, options)
    remarks = remarks_on(plan, made, arguments)
    for remark in remarks:
        say(f"ifc: {remark}")
    documents = [json.dumps(document, indent=2) + "\n" for document in made.documents]
    if arguments.output:
        return written(arguments.output, {f"deploy-{number}.json": text for number, text in enumerate(documents, 1)})
    sys.stdout.write(whole(plan, made, options.stack, remarks) if arguments.format == "json" else "".join(documents))
    return FINE


def remarks_on(plan: Plan, made: Policy, arguments: argparse.Namespace) -> list[str]:
    """What whoever uses the policy should know."""
    from ifc.permissions.deploying.policy import ATTACHED, LONGEST

    missing = [option for option in ("account", "region") if not getattr(arguments, option)]
    if arguments.region is None and plan.app.region:
        missing.remove("region")
    found = []
    if missing:
        found.append(f"`*` stands for what is not given: {', '.join(f'`--{option}`' for option in missing)}")
    if len(made.documents) > 1:
        files = "" if arguments.output else "; `-o FOLDER` writes a file for each"
        found.append(f"{len(made.documents)} policies, since a managed policy holds {LONGEST:,} characters{files}")
    if len(made.documents) > ATTACHED:
        found.append(f"a role takes {ATTACHED} managed policies, if its quota is not raised: `--by-prefix` makes fewer and wider ones")
    if made.unlimited:
        found.append(f"`*` is the resource of {', '.join(made.unlimited)}, which AWS limits to none")
    if plan.app.boundary is None:
        found.append('who deploys writes the policies of the app\'s roles, whatever they say: `app { boundary "arn:…" }` limits that')
    if made.outside:
        found.append(
            f"OUTSIDE THE BOUNDARY: {sorts(made.outside)}: whoever deploys can give rights by {'them' if made.outside[1:] else 'it'} "
            "that the app's boundary does not limit"
        )
    if made.refused:
        found.append(
            f"incomplete: {sorts(made.refused)} {'have' if made.refused[1:] else 'has'} no boundary, so making "
            f"{'them' if made.refused[1:] else 'it'} is not allowed: write the app's as `PermissionsBoundary` into `cfn`"
        )
    if made.params:
        found.append(f"names are those of {listed(made.params)} as compiled here; with other values the policy is another")
    if made.open_params:
        found.append(
            f"`*` stands for {listed(made.open_params)}, which {'have' if made.open_params[1:] else 'has'} no value yet: `--param` gives one"
        )
    if made.nameless:
        several = bool(made.nameless[1:])
        found.append(
            f"the secret{'s' if several else ''} {ticked(name for name, _ in made.nameless)} {'have' if several else 'has'} no `name`, so "
            f"CloudFormation calls {'them' if several else 'it'} {ticked(pattern for _, pattern in made.nameless)}, whatever the stack: the "
            "policy is for the secrets of other stages and apps that are called so, too; a `name` ends that"
        )
    if made.images:
        found.append(
            f"Lambda reads images of {ticked(made.images)} by the repository's own policy: let `lambda.amazonaws.com` do "
            "`ecr:BatchGetImage` and `ecr:GetDownloadUrlForLayer` there; who deploys can't change that policy"
        )
    if made.broad:
        found.append(f"resources of {', '.join(made.broad)} are not told apart by name: the policy is for all of these types")
    if made.unknown:
        found.append(f"incomplete: what deploying {', '.join(made.unknown)} needs is not known to this release; add it by hand")
    if made.unpassed:
        found.append(f"incomplete: the role of {', '.join(made.unpassed)} is known only at deployment, so passing it is not allowed")
    if made.partly:
        found.append(f"incomplete: not all that {', '.join(made.partly)} needs is known to this release; add it by hand")
    return found


def sorts(resources: tuple[tuple[str, str], ...]) -> str:
    """Resources by name, with their types."""
    return ", ".join(f"`{name}` ({kind})" for name, kind in resources)


def ticked(names: Iterable[str]) -> str:
    """Names as they stand in a sentence."""
    return ", ".join(f"`{name}`" for name in names)


def listed(params: tuple[str, ...]) -> str:
    """Params by name."""
    return f"the param{'s' if params[1:] else ''} {ticked(params)}"


def whole(plan: Plan, made: Policy, stack: str, remarks: list[str]) -> str:
    """The documents and all that is known of them, as JSON."""
    content = {
        "version": 1,
        "app": plan.app.name,
        "stage": plan.app.stage,
        "stack": stack,
        "complete": not (made.unknown or made.unpassed or made.refused or made.partly),
        "documents": list(made.documents),
        "unlimited": list(made.unlimited),
        "without": [{"type": w.type, "action": w.action, "why": w.why} for w in made.without],
        "unknown": list(made.unknown),
        "unpassed": list(made.unpassed),
        "outside": [{"resource": name, "type": kind} for name, kind in made.outside],
        "refused": [{"resource": name, "type": kind} for name, kind in made.refused],
        "partly": list(made.partly),
        "images": list(made.images),
        "broad": list(made.broad),
        "params": list(made.params),
        "remarks": remarks,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def written(folder: str, files: dict[str, str]) -> int:
    """Writes the documents."""
    from ifc import output

    try:
        output.write(folder, files)
    except OSError as problem:
        say(f"ifc: `{folder}` can't be written: {(problem.strerror or str(problem)).lower()}")
        return UNWRITABLE
    first, *more = files
    say(f"{folder}: {first}{f' to {more[-1]}' if more else ''}")
    return FINE
