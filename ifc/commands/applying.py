"""`ifc deploy --target terraform` and `ifc destroy --target terraform`: the same review and questions in front of Terraform."""

from __future__ import annotations

import argparse
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from ifc.cli import ERRORS, FINE, UNWRITABLE, USAGE, Stopped
from ifc.commands import asking, deploying, stopping, telling
from ifc.commands.live import doing, line
from ifc.commands.source import code_of, say, show
from ifc.compiler import Compiled
from ifc.diagnostics import Diagnostic, Label
from ifc.records import evolve, record
from ifc.values import Attr, Value

if TYPE_CHECKING:
    from ifc.deploy.account import Account
    from ifc.deploy.review import Reviewed
    from ifc.deploy.terraform import Planned, Terraform
    from ifc.plan import Plan
    from ifc.review.version import Version

T = TypeVar("T")
BY_HAND = "IFC371"  # an apply moves no traffic: here it is moved afterwards
MISSING = "neither `terraform` nor `tofu` is on the PATH: install one of them (https://developer.hashicorp.com/terraform/install, https://opentofu.org)"


def run(arguments: argparse.Namespace) -> int:
    """Plans, and applies once it is agreed to."""
    return stopping.stoppable(deploy, arguments)


def run_destroy(arguments: argparse.Namespace) -> int:
    """Destroys, once the name is typed."""
    return stopping.stoppable(destroy, arguments)


def deploy(arguments: argparse.Namespace) -> int:
    """The road of an apply; nothing but files of the folder is written before the question is answered."""
    asking.must_ask(arguments)
    program = installed()
    done, secrets = deploying.source(arguments)
    demanded(done, arguments)
    folder = place(arguments)
    names = written(done, folder, arguments)
    terraform = opened(program, folder, done, secrets, arguments)
    code = reviewed(terraform, names, done, arguments)
    if code == FINE and done.plan is not None and (waiting := moves(done.plan, terraform)):
        return stopping.guarded(lambda _: moved(waiting, done, arguments), arguments)
    return code


def reviewed(terraform: Terraform, names: list[str], done: Compiled, arguments: argparse.Namespace) -> int:
    """Plans, shows the review, asks, and applies just that plan."""
    with TemporaryDirectory(prefix="ifc-") as hidden:  # a plan holds secrets in the open
        path = os.path.join(hidden, "plan")
        with line(lambda: "Terraform plans"):
            planned = terraform.planned(path)
        if planned.empty:
            telling.tell("nothing to change")
            return FINE
        new = version(done, arguments.file)
        found = review(terraform, planned, new, done)
        telling.reviewed(found, planned.fresh, "Terraform")
        if not asking.agreed(arguments, found, done.app.protected, done.app.stage):
            say(f"ifc: {asking.NOTHING}")
            return USAGE
        return applied(terraform, path, names, new)


def installed() -> str:
    """The program; Stopped where there is none."""
    from ifc.deploy.terraform import found

    program = found()
    if program is None:
        say(f"ifc: {MISSING}")
        raise Stopped(USAGE)
    return program


def demanded(done: Compiled, arguments: argparse.Namespace) -> None:
    """Fails where the stage belongs to another region or account; only a stage that names its account needs boto3 for that."""
    from ifc.deploy.demands import same_region

    same_region(done.app, arguments.region)
    if done.app.account and stopping.guarded(lambda _: known(done, arguments), arguments):
        raise Stopped(stopping.UNREACHABLE)


def known(done: Compiled, arguments: argparse.Namespace) -> int:
    """Asks AWS whose account it is."""
    account = deploying.account_of(done, arguments)
    telling.heading(account, f"{done.app.name}-{done.app.stage}")
    return FINE


def place(arguments: argparse.Namespace) -> str:
    """The folder of the configuration and, unless a backend is named, of the state."""
    from ifc.commands.compile import default_folder

    return arguments.output or default_folder(arguments)


def written(done: Compiled, folder: str, arguments: argparse.Namespace) -> list[str]:
    """The names of the configuration's files, once they and the archives are in the folder; Stopped where they can't be."""
    from ifc.commands import build

    before = {id(diagnostic) for diagnostic in done.report.diagnostics}  # these were shown
    files, archives = build.made(done, arguments, folder)
    found = [d for d in done.report.ordered() if id(d) not in before and d.code != BY_HAND]
    show(found, arguments)
    if code_of(found):
        say(f"\nthe app has errors; {asking.NOTHING}")
        raise Stopped(code_of(found))
    if done.plan is None or build.write(arguments, folder, files, done.plan, archives):
        raise Stopped(UNWRITABLE)
    return [name for name in files if name.endswith(".tf.json")]


def opened(program: str, folder: str, done: Compiled, secrets: dict[str, str], arguments: argparse.Namespace) -> Terraform:
    """Terraform in the folder, ready to plan."""
    from ifc.deploy.terraform import PATIENT, Terraform, environment
    from ifc.model.scope import snake

    values = {snake(name): value for name, value in secrets.items()}
    terraform = Terraform(program, folder, environment(arguments.region or done.app.region, arguments.profile, values))
    if arguments.wait:
        terraform.lock = PATIENT
    with line(lambda: "Terraform fetches what it needs"):
        terraform.prepared()
    return terraform


# --- the review ---


def version(done: Compiled, title: str) -> Version:
    """The source as Terraform's configuration, and where each thing stands."""
    from ifc.review.deployed.reading import TERRAFORM
    from ifc.review.version import of_source

    return of_source(title, done, [TERRAFORM])


def review(terraform: Terraform, planned: Planned, new: Version, done: Compiled) -> Reviewed:
    """Our review against what was applied last, joined with Terraform's plan."""
    from ifc.deploy.review import merged
    from ifc.deploy.terraform import OWN, kept
    from ifc.review.finding import Comparison
    from ifc.review.review import compare
    from ifc.review.sides import Side, configuration, nothing
    from ifc.review.waivers import waived

    before = None if planned.fresh else kept(terraform.folder, terraform.state())
    if planned.fresh or before is not None:
        old = configuration(before) if before is not None else nothing("nothing", "")
        found = compare(evolve(old, title="deployed", remarks=()).version([OWN.name]), new)
    else:
        remark = "what was applied last is not known here, so there is no review but what Terraform itself says"
        found = Comparison(old="what is applied", new=new.title, targets=(OWN.name,), remarks=(remark,), app=done.app.name)
    code = {
        change.id: change.id.rpartition(".")[2]
        for change in planned.changes
        if change.type in ("aws_lambda_function", "aws_lambda_layer_version")
        and change.action == "Modify"
        and set(change.properties) <= OWN.code
    }
    return merged(waived(found, Side(new.title, done), date.today().isoformat()), planned.changes, code, OWN)


# --- doing it ---


def applied(terraform: Terraform, path: str, names: list[str], new: Version) -> int:
    """Applies the plan, and says what came of it."""
    from ifc.deploy.terraform import keep

    began = time.monotonic()
    good = carried_out(terraform, path)
    if not good:
        show(problems(terraform, new), argparse.Namespace(notes=False))
        say("\nnot all of it was applied: the state knows what was; mend the reason, and the next `ifc deploy` goes on from there")
        return ERRORS
    keep(terraform.folder, names, terraform.state())
    telling.tell(f"deployed in {time.monotonic() - began:.0f} s")
    telling.outputs(terraform.outputs())
    return FINE


def carried_out(terraform: Terraform, path: str) -> bool:
    """Applies a plan, what is done and what is under way shown; whether all went well."""
    with line(lambda: doing(terraform.doing.values(), "waiting for Terraform")) as shown, patient(terraform, steady(shown.over_it(say))):
        return terraform.applied(path, steady(shown.over_it(telling.outcome)))


def steady(tell: Callable[[T], None]) -> Callable[[T], None]:
    """What tells something as long as somebody reads it: a reader that went away (`| head`) must not end Terraform halfway."""

    def told(what: T) -> None:
        with suppress(OSError):
            tell(what)

    return told


def problems(terraform: Terraform, new: Version | None) -> list[Diagnostic]:
    """What Terraform had against it, at the lines of the source that made the resources."""
    from ifc.deploy.terraform import diagnostic

    found = []
    for problem in terraform.problems:
        told = diagnostic(problem)
        span = spot(new, problem.get("address") or "") if new is not None else None
        found.append(Diagnostic(told.code, told.message, (Label(span, "made by this"),) if span is not None else ()))
    return found


def spot(new: Version, address: str) -> Any:
    """Where the source says what became a resource."""
    (output,) = new.outputs.values()
    key = next((key for key, id in output.ids.items() if id == address), None)
    return new.span(key) if key is not None else None


@contextmanager
def patient(terraform: Terraform, tell: Callable[[str], None]) -> Iterator[None]:
    """Passes Ctrl-C on to Terraform, which finishes what it has begun, writes the state, and ends."""

    def said(number: int, frame: FrameType | None) -> None:
        terraform.interrupt()
        tell("\nifc: Terraform ends what it has begun, and stops then; Ctrl-C once more breaks it off")

    before = stopping.heard(said, (signal.SIGINT, *stopping.ENDS))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# --- traffic ---


def moves(plan: Plan, terraform: Terraform) -> list[Waiting]:
    """The functions whose calls CodeDeploy moves, and what the state knows of each; an apply leaves their aliases as they are."""
    from ifc.aws.awslambda import Alias

    aliases = [placed for placed in plan.placed if isinstance(placed.resource, Alias) and placed.resource.group is not None]
    if not aliases:
        return []
    by_id = {placed.resource.id: placed.resource for placed in plan.placed}
    state = terraform.resources()

    def values(id: str | None) -> Mapping[str, Any]:
        resource = by_id[id or ""]
        return state[f"{resource.terraform_type}.{plan.label(resource)}"]

    def named(function: Value) -> str:
        return str(values(function.id)["function_name"]) if isinstance(function, Attr) else str(function or "")

    found = []
    for placed in aliases:
        alias = placed.resource
        if isinstance(alias, Alias):
            hooks = (named(alias.hook_before), named(alias.hook_after))
            found.append(Waiting(placed.owner, values(alias.function), values(alias.id), values(alias.group), hooks))
    return found


@record
class Waiting:
    """A function whose new version gets no calls yet: what the state has of it, of its alias and its deployment group."""

    name: str
    function: Mapping[str, Any]
    alias: Mapping[str, Any]
    group: Mapping[str, Any]
    hooks: tuple[str, str]


def moved(waiting: list[Waiting], done: Compiled, arguments: argparse.Namespace) -> int:
    """Lets CodeDeploy move the calls of each function to its new version, and waits for the end of that."""
    from ifc.deploy import traffic

    account = deploying.account_of(done, arguments)
    began = {}
    for one in waiting:
        move = traffic.Move(
            name=one.name,
            application=one.group["app_name"],
            group=one.group["deployment_group_name"],
            function=one.function["function_name"],
            alias=one.alias["name"],
            target=str(one.function["version"]),
            before=one.hooks[0],
            after=one.hooks[1],
        )
        id = traffic.begun(account, move)
        if id is not None:
            telling.tell(f"calls of {one.name} move to version {move.target} (CodeDeploy deployment {id})")
            began[one.name] = id
    arrivals = [arrived(account, name, id) for name, id in began.items()]  # each is waited for
    return FINE if all(arrivals) else ERRORS


def arrived(account: Account, name: str, id: str) -> bool:
    """Whether all calls of a function have moved; says which way it went."""
    from ifc.deploy import traffic

    try:
        with line(lambda: f"the calls of {name} move"):
            why = traffic.ended(account, id)
    except KeyboardInterrupt:
        say(f"\nifc: left; CodeDeploy goes on: `aws deploy get-deployment --deployment-id {id}` shows it")
        raise Stopped(stopping.INTERRUPTED) from None
    if why:
        say(f"ifc: the calls of {name} were moved back: {why}")
        return False
    telling.tell(f"all calls of {name} have moved")
    return True


# --- destroying ---


def destroy(arguments: argparse.Namespace) -> int:
    """Says what goes, asks for the name, and destroys what the state of the folder knows."""
    asking.must_ask(arguments, named=True)
    program = installed()
    done = deploying.identity(arguments)
    demanded(done, arguments)
    folder = place(arguments)
    if not os.path.isdir(folder):
        say(f"ifc: there is no folder `{folder}` with a configuration: nothing was deployed from here")
        return USAGE
    terraform = opened(program, folder, done, {}, arguments)
    with TemporaryDirectory(prefix="ifc-") as hidden:
        path = os.path.join(hidden, "plan")
        with line(lambda: "Terraform plans"):
            planned = terraform.planned(path, destroy=True)
        if not planned.changes:
            telling.tell("nothing is deployed, so there is nothing to destroy")
            return FINE
        forecast(planned)
        name = f"{done.app.name}-{done.app.stage}"
        if not asking.named(arguments, name, done.app.protected, f"this destroys `{name}`"):
            say(f"ifc: {asking.NOTHING}")
            return USAGE
        good = carried_out(terraform, path)
    if not good:
        show(problems(terraform, None), arguments)
        say("\nnot all of it was destroyed: the state knows what is left; mend the reason, and run the command again")
        return ERRORS
    telling.tell("destroyed")
    return FINE


def forecast(planned: Planned) -> None:
    """What will go."""
    from ifc.review.hazards import holds

    gone = [change for change in planned.changes if change.action == "Remove"]
    telling.going(len(gone))
    lost = [change for change in gone if change.type in HOLDS or holds(change.type)]
    if lost:
        telling.tell("\nlost with what is in them:")
    for change in lost:
        telling.tell(f"  {change.id}: {HOLDS.get(change.type, 'what is in it')}")
    telling.tell()


HOLDS = {
    "aws_cloudwatch_log_group": "its logs",
    "aws_dynamodb_table": "its items",
    "aws_kinesis_stream": "its records",
    "aws_s3_bucket": "its objects",
    "aws_secretsmanager_secret": "its value",
    "aws_sqs_queue": "the messages that wait in it",
    "aws_ssm_parameter": "its value",
}
