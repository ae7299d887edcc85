"""The command line: the only place of input, output and exit codes.

Exit codes: 0 fine, 1 errors in the source, 2 wrong usage, 3 output can't be written.
"""

from __future__ import annotations

import argparse
import errno
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from ifc import __version__

FINE, ERRORS, USAGE, UNWRITABLE = 0, 1, 2, 3
READER_GONE = 128 + 13  # as of a program that SIGPIPE ends
FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO)
FORMATS = ("mermaid", "dot", "svg", "html")
SHELLS = ("bash", "zsh", "tcsh")


class Command(argparse.ArgumentParser):
    """A command, which takes its words before, between and after its options."""

    mixing = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """What the words and options say, wherever they stand; commands of commands are told by their first word.

        After `--` a word may begin with `-`, which argparse forgets where words and options are mixed.
        """
        if self.mixing or "--" in (args or ()) or any(action.nargs == argparse.PARSER for action in self._actions):
            return super().parse_known_args(args, namespace)
        self.mixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self.mixing = False


class Params(argparse.Action):
    """The values of params, each name once: of two values one would be lost in silence."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        """Adds one; the message shows no value, which may be a secret."""
        given = getattr(namespace, self.dest)
        name = values.partition("=")[0]
        if any(other.partition("=")[0] == name for other in given):
            parser.error(f"argument {option_string}: `{name}` is given twice, and a param has one value")
        setattr(namespace, self.dest, [*given, values])


class Stopped(Exception):
    """The command ends here with an exit code; what there was to say is said."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    top = argparse.ArgumentParser(
        prog="ifc",
        description="Compiles .ifc files, which say what an event-driven app has and how events flow, to infrastructure.",
        epilog="examples:\n  ifc init orders\n  ifc compile orders/app.ifc --target cfn\n  ifc explain queue\n  ifc explain orders/app.ifc Shipments\n\n"
        "exit codes: 0 fine, 1 errors in the source, 2 wrong usage, 3 output can't be written",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"ifc {__version__}")
    commands: argparse._SubParsersAction[argparse.ArgumentParser] = top.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=Command
    )

    init = _command(commands, "init", "make an app with a handler and its test, that compiles", "ifc init\n  ifc init orders")
    init.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="where [.]")

    build = _command(
        commands,
        "compile",
        "compile an app to a target's files",
        "ifc compile app.ifc --target cfn\n  ifc compile app.ifc --target cfn --stage prod\n  ifc compile app.ifc --target cfn -o -\n"
        "  ifc compile app.ifc --target terraform --backend s3 bucket=states key=orders\n  ifc compile app.ifc --target spacer -o gateway",
    )
    _source(build)
    build.add_argument(
        "--target", required=True, metavar="TARGET", help="cfn (CloudFormation), terraform or spacer (a project that runs here)"
    )
    build.add_argument(
        "-o", "--output", metavar="FOLDER", help="where files go [build/TARGET, with a stage build/STAGE/TARGET]; - prints the template"
    )
    build.add_argument("--format", choices=("yaml", "json"), help="of the template [yaml]")
    build.add_argument(
        "--backend", nargs="+", action="append", metavar="WORD", help="where Terraform keeps its state: its type, then NAME=VALUE …"
    )
    build.add_argument("--events", action="store_true", help="spacer: write the triggers into application.yml too, for a patched Spacer")
    build.add_argument("--package", action="store_true", help=argparse.SUPPRESS)  # it is `ifc build` now, and told so
    _diagnostics(build)

    _build(commands)

    check = _command(commands, "check", "print an app's diagnostics alone", "ifc check app.ifc\n  ifc check app.ifc --format github")
    _source(check)
    check.add_argument("--target", choices=("cfn", "terraform", "spacer"), default="cfn", help="whose limits count too [cfn]")
    check.add_argument("--format", choices=("text", "json", "github"), default="text", help="of the diagnostics [text]")
    _diagnostics(check)

    _local(commands)

    explain = _command(
        commands,
        "explain",
        "explain a kind, setting, verb or error code, or what a declaration becomes",
        "ifc explain\n  ifc explain queue\n  ifc explain dead-letter\n  ifc explain reads\n  ifc explain IFC201\n  ifc explain app.ifc placeOrder",
    )
    explain.add_argument("subject", nargs="*", metavar="SUBJECT", help="a kind, setting, verb or CODE; or FILE NAME")
    _options(explain)

    graph = _command(
        commands, "graph", "draw an app's events and grants", "ifc graph app.ifc\n  ifc graph app.ifc --format html > app.html"
    )
    _source(graph)
    graph.add_argument("--format", choices=FORMATS, default="mermaid", help="[mermaid]")
    graph.add_argument("-o", "--output", metavar="FILE", help="write there instead of printing")
    _diagnostics(graph)

    paths = _command(
        commands,
        "paths",
        "show the ways of events: where they can be lost, arrive twice or out of order",
        'ifc paths app.ifc\n  ifc paths app.ifc "POST /orders"\n  ifc paths app.ifc Orders.stream --format json',
    )
    paths.add_argument("file", metavar="FILE|FOLDER", help="an .ifc file, or a folder with app.ifc")
    paths.add_argument("source", nargs="?", metavar="SOURCE", help="a route, a schedule or what else events leave, as written [all]")
    _options(paths)
    paths.add_argument("--format", choices=("text", "json"), default="text", help="[text]")
    _diagnostics(paths)

    _cost(commands)
    _diff(commands)
    _golden(commands)

    _permissions(commands)
    _deploying(commands)

    completion = _command(
        commands, "completion", "print a shell's completion script", "ifc completion bash > ~/.local/share/bash-completion/completions/ifc"
    )
    completion.add_argument("shell", choices=SHELLS)
    return top


def _build(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`ifc build`."""
    build = _command(
        commands,
        "build",
        "compile an app, and pack its functions' code with what it needs",
        "ifc build app.ifc\n  ifc build app.ifc --stage prod\n  ifc build app.ifc --target terraform --backend s3 bucket=states key=orders",
    )
    build.add_argument("file", metavar="FILE|FOLDER", help="an .ifc file, or a folder with app.ifc")
    build.add_argument("--target", default="cfn", metavar="TARGET", help="cfn (CloudFormation) or terraform [cfn]")
    build.add_argument("--stage", default=None, metavar="STAGE", help="the stage [dev]")
    build.add_argument("--param", action=Params, default=[], metavar="NAME=VALUE", help="a param's value; may be repeated")
    build.add_argument("-o", "--output", metavar="FOLDER", help="where files go [build/TARGET, with a stage build/STAGE/TARGET]")
    build.add_argument("--format", choices=("yaml", "json"), help="of the template [yaml]")
    build.add_argument(
        "--backend", nargs="+", action="append", metavar="WORD", help="where Terraform keeps its state: its type, then NAME=VALUE …"
    )
    build.set_defaults(no_code=False, today=None)
    _diagnostics(build)


def _cost(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`ifc cost`."""
    cost = _command(
        commands,
        "cost",
        "estimate what an app costs each month, by route and in all",
        "ifc cost app.ifc\n  ifc cost app.ifc --traffic traffic.yaml --region us-east-1\n  ifc cost app.ifc --diff main:app.ifc --format markdown",
    )
    _source(cost)
    cost.add_argument("--traffic", metavar="FILE", help="what comes in, and what else is known: YAML [what `expect` says in the source]")
    cost.add_argument("--region", metavar="REGION", help="whose prices [the app's]")
    cost.add_argument("--prices", metavar="FILE", help="prices of your own, laid over those of this release")
    cost.add_argument("--diff", metavar="OLD", help="what a change costs: an .ifc file, a folder, or REVISION:FILE")
    cost.add_argument("--format", choices=("text", "markdown", "json"), default="text", help="[text]")
    _diagnostics(cost)


def _diff(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`ifc diff`."""
    diff = _command(
        commands,
        "diff",
        "say what a change does, ordered by risk",
        "ifc diff old.ifc new.ifc\n  ifc diff main..HEAD app.ifc\n  ifc diff --base main app.ifc --format markdown\n"
        "  ifc diff build/cfn/template.yaml app.ifc\n  ifc diff main:app.ifc app.ifc --target cfn --fail-on R1\n\n"
        "exit codes: 0 nothing at or above --fail-on, 1 something, 2 wrong usage, 3 nothing could be compared",
    )
    diff.add_argument(
        "sides",
        nargs="*",
        metavar="SIDE",
        help="OLD NEW: .ifc files, folders, templates, folders of Terraform's, REVISION:FILE; or OLD..NEW FILE",
    )
    diff.add_argument(
        "--base", metavar="REVISION", help="compare with the commit at which this branch left REVISION, as a pull request does"
    )
    diff.add_argument("--target", choices=("cfn", "terraform"), help="whose consequences are shown [both]")
    _options(diff)
    diff.add_argument(
        "--fail-on", choices=tuple(f"R{n}" for n in range(8)), default="R3", metavar="R", help="exit 1 for findings of R0 to R [R3]"
    )
    diff.add_argument("--format", choices=("text", "markdown", "json", "sarif"), default="text", help="[text]")
    diff.add_argument("--all", action="store_true", help="text: show what is only cosmetic too, and every consequence")
    _diagnostics(diff)


def _day(text: str) -> str:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write it like 2027-01-31") from None


def _golden(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`ifc golden check` and `ifc golden update`."""
    golden = _command(
        commands,
        "golden",
        "compare what apps compile to with their golden files, or update those",
        "ifc golden check\n  ifc golden update\n\n"
        "exit codes: 0 as agreed, 1 something differs, 2 wrong usage, 3 something can't be compared or written",
    )
    actions = golden.add_subparsers(dest="action", metavar="ACTION", required=True)
    compare = _command(
        actions,
        "check",
        "say what is not as agreed",
        "ifc golden check\n  ifc golden check --app orders billing\n  ifc golden check --full",
    )
    compare.add_argument("--full", action="store_true", help="show long diffs whole")
    update = _command(actions, "update", "agree to what the apps compile to now", "ifc golden update\n  ifc golden update --app orders")
    update.add_argument("--ci", action="store_true", help="also where CI is set")
    for action in (compare, update):
        action.add_argument(
            "--app", nargs="+", action="extend", default=[], metavar="NAME", help="an app of [tool.ifc], by its name or its path [all]"
        )
        action.add_argument("--config", metavar="FILE", help="where [tool.ifc] is [the nearest pyproject.toml that has it, here or above]")
        action.add_argument("--max-errors", type=_count, default=20, metavar="N", help="show at most N diagnostics [20]")


def _permissions(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`ifc permissions`."""
    permissions = _command(
        commands,
        "permissions",
        "show who may do what, or the least policy for deploying",
        "ifc permissions app.ifc\n  ifc permissions app.ifc placeOrder\n  ifc permissions app.ifc Orders --format markdown\n"
        "  ifc permissions app.ifc --deploy-role --account 123456789012 --region eu-west-1 --code-bucket my-code-bucket -o deploy",
    )
    permissions.add_argument("file", metavar="FILE|FOLDER", help="an .ifc file, or a folder with app.ifc")
    permissions.add_argument("name", nargs="?", metavar="NAME", help="a declaration: what it may do, and who may use it")
    _options(permissions)
    permissions.add_argument("--format", choices=("text", "markdown", "json", "csv"), default="text", help="[text]")
    deploying = permissions.add_argument_group("the policy for deploying")
    deploying.add_argument("--deploy-role", action="store_true", help="print it instead, ready for `aws iam create-policy`")
    deploying.add_argument("--target", choices=("cfn", "terraform"), help="what deploys [cfn]")
    deploying.add_argument("--stack", metavar="NAME", help="the stack's name [APP-STAGE, as `ifc deploy` has it]")
    deploying.add_argument("--account", metavar="NUMBER", help="the account [any]")
    deploying.add_argument("--region", metavar="REGION", help="the region [the app's, or any]")
    deploying.add_argument("--code-bucket", metavar="BUCKET", help="where the code's archives are [that of `ifc deploy`]")
    deploying.add_argument(
        "--by-prefix", action="store_true", help="for all that is called by the app's prefix and its stack: fewer, wider"
    )
    deploying.add_argument("-o", "--output", metavar="FOLDER", help="write a file for each policy instead of printing")
    _diagnostics(permissions)


def _deploying(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`ifc deploy`, `status`, `rollback`, `promote` and `destroy`."""
    codes = "\n\nexit codes: 0 done, or nothing to do; 1 failed, or errors in the source; 2 wrong usage, or declined; 3 the account can't be used; 130 interrupted"
    deploy = _command(
        commands,
        "deploy",
        "deploy an app to an account, reviewed first",
        "ifc deploy app.ifc\n  ifc deploy app.ifc --stage prod --confirm prod --yes\n  ifc deploy app.ifc --param level=debug --region eu-west-1"
        + codes,
    )
    status = _command(
        commands,
        "status",
        "show what is deployed, and how it differs from the source and from the account",
        "ifc status app.ifc\n  ifc status app.ifc --stage prod" + codes,
    )
    rollback = _command(
        commands,
        "rollback",
        "go back to what was deployed before",
        "ifc rollback app.ifc\n  ifc rollback app.ifc --stage prod --to 12" + codes,
    )
    promote = _command(
        commands,
        "promote",
        "deploy the code that another stage runs, byte for byte",
        "ifc promote app.ifc --from test --to prod" + codes,
    )
    destroy = _command(
        commands,
        "destroy",
        "remove a deployed app, and say what stays",
        "ifc destroy app.ifc --stage test\n  ifc destroy app.ifc --stage test --yes" + codes,
    )
    for command in (deploy, status, rollback, promote, destroy):
        command.add_argument("file", metavar="FILE|FOLDER", help="an .ifc file, or a folder with app.ifc")
        if command is promote:
            command.add_argument("--from", dest="origin", required=True, metavar="STAGE", help="whose code is taken")
            command.add_argument("--to", dest="stage", required=True, metavar="STAGE", help="which gets it")
        else:
            command.add_argument("--stage", default=None, metavar="STAGE", help="the stage [dev]")
        if command in (deploy, status, promote):
            command.add_argument("--param", action=Params, default=[], metavar="NAME=VALUE", help="a param's value; may be repeated")
        command.add_argument("--region", metavar="REGION", help="where [the app's, else that of AWS's settings]")
        command.add_argument("--profile", metavar="NAME", help="a profile of AWS's settings, whose credentials are used")
        if command is not status:
            command.add_argument("--yes", action="store_true", help="don't ask")
            command.add_argument(
                "--confirm", metavar="NAME", help="confirm what is asked about by name: a protected stage, a stack to destroy"
            )
            command.add_argument("--wait", action="store_true", help="wait for a deployment that is under way")
        command.set_defaults(no_code=False, today=None)
        _diagnostics(command)
    for command in (deploy, destroy):
        command.add_argument(
            "--target", choices=("cfn", "terraform"), default="cfn", help="what deploys: CloudFormation or Terraform [cfn]"
        )
        command.add_argument(
            "-o", "--output", metavar="FOLDER", help="Terraform's folder [build/terraform, with a stage build/STAGE/terraform]"
        )
    deploy.add_argument(
        "--backend", nargs="+", action="append", metavar="WORD", help="where Terraform keeps its state: its type, then NAME=VALUE …"
    )
    rollback.add_argument("--to", type=_count, metavar="N", help="the number of the deployment to go back to [the one before]")
    status.add_argument("--no-drift", action="store_true", help="don't compare with the account, which takes a while")


LOCAL = ("log", "show", "status", "send", "publish", "put", "call", "fire", "replay", "redrive", "purge", "reset")


def _local(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`ifc local FILE`, and the commands that look into a run."""
    run = _command(
        commands,
        "local",
        "run an app on this machine, and look into the run: ifc local log, status, send …",
        "ifc local app.ifc\n  ifc local app.ifc --port 8080 --stage dev\n" + "\n".join(f"  ifc local {name} --help" for name in LOCAL),
    )
    _source(run)
    run.add_argument("--port", type=_port, default=None, metavar="N", help="of the gateway [3000, or the next that is free]")
    run.add_argument("--fresh", action="store_true", help="forget what runs before have kept")
    run.add_argument("--real-waits", action="store_true", help="what failed waits as long as in the cloud before it is tried again")
    run.add_argument("--python", metavar="PATH", help="runs the functions in Python [of the virtual environment, else ifc's own]")
    run.add_argument("--node", default="node", metavar="PATH", help="runs the functions in JavaScript [node]")
    _diagnostics(run)
    value = "JSON, or - to read it from standard input"
    inside: dict[str, tuple[str, str, tuple[tuple[str, str], ...]]] = {
        "log": ("show what happened in a run", "ifc local log --follow\n  ifc local log Shipments --rows", ()),
        "show": (
            "show what a table, bucket, queue or stream holds, in lines of JSON",
            "ifc local show Orders\n  ifc local show Orders 17 | jq .total\n  ifc local show Images a/b.png > b.png\n  ifc local show Shipments.dead-letter",
            (("name", "a table, bucket, queue (also of dead letters) or stream"),),
        ),
        "status": ("show queues, functions, streams and schedules of a run", "ifc local status", ()),
        "send": ("send a message to a queue", "ifc local send Shipments '{\"id\": 1}'", (("name", "a queue"), ("value", value))),
        "publish": (
            "publish to a topic, a bus or a stream",
            'ifc local publish OrderPlaced \'{"id": 1}\'\n  ifc local publish Shop \'{"source": "shop", "detail-type": "Paid", "detail": {"id": 1}}\'',
            (("name", "its name"), ("value", value)),
        ),
        "put": (
            "put an item, an object, a record, or the value of a secret or config",
            'ifc local put Orders \'{"id": "1"}\'\n  ifc local put Images --key a/b.png --file b.png\n  ifc local put Token "a text"',
            (("name", "a table, bucket, stream, secret or config"),),
        ),
        "call": (
            "call a function with an event",
            'ifc local call report\n  ifc local call greet \'{"name": "ann"}\'',
            (("name", "a function"),),
        ),
        "fire": ("start a schedule now", "ifc local fire report", (("name", "a schedule, or what it starts"),)),
        "replay": (
            "deliver again what the log has of a source",
            "ifc local replay OrderPlaced --from 10m",
            (("name", "a source of events"),),
        ),
        "redrive": ("let dead letters be tried again", "ifc local redrive Shipments.dead-letter", (("name", "a queue of dead letters"),)),
        "purge": ("take all messages out of a queue", "ifc local purge Shipments", (("name", "a queue"),)),
        "reset": ("forget what runs of this app have kept", "ifc local reset", ()),
    }
    for name, (what, examples, words) in inside.items():
        command = _command(commands, f"local {name}", what, examples)
        for word, help in words:
            command.add_argument(word, metavar=word.upper(), help=help)
        command.add_argument("--app", default=".", metavar="FILE|FOLDER", help="the app that runs [.]")
        if name == "call":
            command.add_argument("value", metavar="VALUE", nargs="?", default="{}", help=f"{value} [{{}}]")
        if name == "put":
            command.add_argument(
                "value",
                metavar="VALUE",
                nargs="?",
                help="JSON; for buckets, secrets and configs any text; - to read it from standard input",
            )
            command.add_argument("--file", metavar="PATH", help="put what a file holds, or with - standard input, byte for byte")
        if name in ("put", "publish", "send"):
            command.add_argument("--key", metavar="KEY", help="of an object or a record")
            command.add_argument("--group", metavar="GROUP", help="the message group, in FIFO queues and topics")
        if name in ("publish", "send"):
            command.add_argument(
                "--dedup", metavar="ID", help="the deduplication id, in FIFO queues and topics [of the content, or a new one]"
            )
        if name == "replay":
            command.add_argument(
                "--from", dest="begin", default="start", metavar="WHEN", help="an offset, 10m (ago), 08:30 or 2026-11-22T08:30 [start]"
            )
        if name == "show":
            command.add_argument(
                "key",
                nargs="?",
                default="",
                metavar="KEY",
                help="of items or records; a message's id or group; of an object, whose bytes are shown [all]",
            )
            command.add_argument("--most", type=_count, default=1000, metavar="N", help="so many lines at most [1000]")
        if name == "status":
            command.add_argument("--format", choices=("text", "json"), default="text", help="[text]")
        if name == "log":
            command.add_argument("name", nargs="?", default="", metavar="NAME", help="a function or a source of events [all]")
            command.add_argument("--follow", action="store_true", help="go on as things happen")
            command.add_argument("--rows", action="store_true", help="what the log holds of a source, instead of what happened")
            command.add_argument("--most", type=_count, default=200, metavar="N", help="so many at most [200]")


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a number from 1 to 65535")
    return int(text)


def _command(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, what: str, examples: str) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=what,
        description=what[0].upper() + what[1:] + ".",
        epilog="examples:\n  " + examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _source(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE|FOLDER", help="an .ifc file, or a folder with app.ifc")
    _options(command)


def _options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--stage", default=None, metavar="STAGE", help="the stage [dev]")
    command.add_argument("--param", action=Params, default=[], metavar="NAME=VALUE", help="a param's value; may be repeated")
    command.add_argument("--no-code", action="store_true", help="don't look at handlers' files")
    command.add_argument(
        "--today",
        type=_day,
        metavar="DATE",
        help="the day it is (2027-01-31), for what is allowed until a day and for the last days of runtimes",
    )


def _diagnostics(command: argparse.ArgumentParser) -> None:
    command.add_argument("--notes", action="store_true", help="show notes too")
    command.add_argument("--max-errors", type=_count, default=20, metavar="N", help="show at most N diagnostics [20]")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    _opened()
    gc.disable()  # a compile keeps nearly all it makes; collecting would cost a third of it at scale
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:1] == ["local"] and given[1:2] and given[1] in LOCAL:
        given[:2] = [f"local {given[1]}"]
    arguments = parser().parse_args(given)
    try:
        name, _, action = arguments.command.partition(" ")
        module = importlib.import_module(f"ifc.commands.{name}")
        run = module.act if action else module.run
        try:
            code: int = run(arguments)
        except Stopped as stopped:
            code = stopped.code
        sys.stdout.flush()
        gc.freeze()  # or the interpreter would walk all of it once more at its end, an eighth of a small compile
        return code
    except KeyboardInterrupt:
        print("ifc: interrupted, nothing was written", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`| head`): no mistake, but what it did not read may not pass for all there was.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except OSError as problem:
        if problem.filename is not None or problem.errno not in FULL:
            return internal(problem)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"ifc: the output can't be written: {(problem.strerror or str(problem)).lower()}", file=sys.stderr)
        return UNWRITABLE
    except (Exception, RecursionError) as problem:
        return internal(problem)


def _opened() -> None:
    """Opens the standard streams that were closed (`ifc … >&-`), in their order: else the next file or socket would get their number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 – for as long as the process


def internal(problem: Exception) -> int:
    """Tells of a mistake of ours; returns the exit code."""
    if os.environ.get("IFC_TRACEBACK"):
        raise problem
    print(
        f"ifc: internal error: {type(problem).__name__}: {problem}\n"
        f"This is a mistake in ifc {__version__}, not in your app: please report it, with what IFC_TRACEBACK=1 shows.",
        file=sys.stderr,
    )
    return 70
