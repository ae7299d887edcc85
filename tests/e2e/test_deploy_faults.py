"""What goes wrong while something is deployed: resources that fail, people who interrupt, lines that break, accounts that refuse."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import Deploying
from tests.e2e.deploying import BUCKET, RUNTIME, Deployer, interrupt, until_said
from tests.e2e.emulator import Emulator
from tests.e2e.faults import Proxy, proxy
from tests.e2e.stack import until

SMALL = f'app NAME\n{RUNTIME}\nqueue Jobs\nfunction work "work.run" {{ sends Jobs }}\n'
CODE = "def run(event, context):\n    return 1\n"
FAILING = 'function late "work.run" { runtime python3.14 }\n'  # which the emulator refuses


@pytest.fixture
def line(emulator: Emulator) -> Iterator[Proxy]:
    """A proxy in front of the emulator."""
    with proxy(emulator.endpoint) as running:
        yield running


def small(deploying: Deploying, name: str, more: str = "", line: Proxy | None = None) -> Deployer:
    """A small app of that name, reached through a proxy if there is one."""
    app = deploying(name, SMALL.replace("NAME", name) + more, work=CODE)
    app.endpoint = line.endpoint if line is not None else ""
    return app


# --- resources that fail ---


def test_a_resource_fails(deploying: Deploying) -> None:
    """The reason is told with the line that made the resource, and what the stack is now, also later."""
    app = small(deploying, "failing")
    assert app.run("deploy", "--yes").code == 0
    app.write(SMALL.replace("NAME", "failing") + FAILING)
    failed = app.run("deploy", "--yes")
    assert failed.code == 1, failed
    assert "error[IFC837]: `late` (AWS::Lambda::Function) can't be made: " in failed.err
    assert "app.ifc:6:10\n" in failed.err
    assert 'function late "work.run"' in failed.err
    assert "not deployed; nothing was taken back: the stack is half changed" in failed.err
    assert [record["result"] for record in app.records("failing-dev")] == ["done", "failed"]

    seen = app.run("status", "--no-drift")
    assert "half changed: the last deployment failed, and nothing was rolled back" in seen.out
    assert "`late` (AWS::Lambda::Function) can't be made" in seen.err


def test_the_first_deployment_fails(deploying: Deploying) -> None:
    """A stack whose first deployment failed is removed by `ifc destroy`, and can be deployed then."""
    app = small(deploying, "firstfails", FAILING)
    failed = app.run("deploy", "--yes")
    assert failed.code == 1, failed
    assert "error[IFC837]: `late`" in failed.err
    gone = app.run("destroy", "--yes")
    assert gone.code == 0, gone
    app.write(SMALL.replace("NAME", "firstfails"))
    assert app.run("deploy", "--yes").code == 0


def test_the_template_is_refused(deploying: Deploying) -> None:
    """What CloudFormation refuses before it begins is told, and leaves nothing behind."""
    app = small(deploying, "refused", 'output other "${aws.region}" { export "refused" }\n')
    with proxy(app.emulator.endpoint) as line:
        line.refuse("CreateChangeSet", "ValidationError", "Template error: nothing fits.")
        app.endpoint = line.endpoint
        said = app.run("deploy", "--yes")
    assert said.code == 1
    assert "error[IFC836]: CloudFormation does not take this: Template error: nothing fits" in said.err
    assert app.stack("refused-dev") is None


# --- people ---


def test_declined(deploying: Deploying) -> None:
    """Who does not say yes changes nothing: the change set goes, and so does the stack that would have been created."""
    app = small(deploying, "declined")
    said = app.ask("deploy", typed="n\n")
    assert (said.code, said.err.splitlines()[-1]) == (2, "deploy? [y/N] ifc: nothing was changed")
    assert app.stack("declined-dev") is None
    assert app.ask("deploy", typed="y\n").code == 0
    app.write(SMALL.replace("NAME", "declined") + "topic News\n")
    assert app.ask("deploy", typed="\n").code == 2
    assert "News" not in app.ids("declined-dev")
    assert pending(app, "declined-dev") == 0


def pending(app: Deployer, stack: str) -> int:
    """How many change sets wait to be executed."""
    found = app.emulator.client("cloudformation").list_change_sets(StackName=stack)["Summaries"]
    return sum(one["ExecutionStatus"] == "AVAILABLE" for one in found)


def test_nobody_to_ask(deploying: Deploying) -> None:
    """Without a terminal and without `--yes` nothing is even looked at."""
    app = small(deploying, "nobody")
    said = app.run("deploy")
    assert (said.code, said.out) == (2, "")
    assert "give `--yes`" in said.err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_at_the_question(deploying: Deploying, stop: signal.Signals) -> None:
    """Ctrl-C, or the end of a job, before the answer: the change set is deleted, and it says that nothing was changed."""
    app = small(deploying, f"stopped{stop.name.lower()}")
    name = f"stopped{stop.name.lower()}-dev"

    def at_the_question(process: object) -> None:
        until(lambda: app.stack(name) is not None and pending(app, name), "the change set is there")
        time.sleep(0.5)
        process.send_signal(stop)  # type: ignore[attr-defined]  # a process

    said = app.ask("deploy", typed="", more=at_the_question)
    assert said.code == 130, said
    assert said.err.endswith("ifc: interrupted, nothing was changed\n")
    assert app.stack(name) is None


def test_interrupted_on_the_way(deploying: Deploying, line: Proxy) -> None:
    """The first Ctrl-C says that the deployment goes on and what shows it, the second leaves; the next command knows how it ended."""
    app = small(deploying, "midway", line=line)
    line.add("DescribeStackEvents", delay=1.0, after=1)
    process = app.start("deploy", "--yes")
    until_said(process, "created")
    interrupt(process)
    time.sleep(0.3)
    interrupt(process)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, (out, err)
    assert "this goes on in the account, whether you look on or not; `ifc status " in err
    assert "ifc: left; it goes on in the account, and `ifc status " in err
    until(lambda: (app.stack("midway-dev") or {}).get("StackStatus") == "CREATE_COMPLETE", "the stack is there")
    assert [record["result"] for record in app.records("midway-dev")] == ["started"]
    assert "last deployment: 1, " in (said := app.run("status", "--no-drift")).out
    assert ", done, by " in said.out
    assert app.run("deploy", "--yes").out.endswith("nothing to change: the stack is deployed\n")
    assert [record["result"] for record in app.records("midway-dev")] == ["done"]


def test_terminated_on_the_way(deploying: Deploying, line: Proxy) -> None:
    """The end of a job leaves at once, and says that the deployment goes on."""
    app = small(deploying, "ended", line=line)
    line.add("DescribeStackEvents", delay=1.0, after=1)
    process = app.start("deploy", "--yes")
    until_said(process, "created")
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "ifc: left; it goes on in the account, and `ifc status " in err
    until(lambda: (app.stack("ended-dev") or {}).get("StackStatus") == "CREATE_COMPLETE", "the stack is there")


def test_followed_to_the_end_after_ctrl_c(deploying: Deploying, line: Proxy) -> None:
    """After one Ctrl-C the deployment is still followed, and ends as it would have."""
    app = small(deploying, "onward", line=line)
    line.add("DescribeStackEvents", delay=0.5, after=1)
    process = app.start("deploy", "--yes")
    until_said(process, "created")
    interrupt(process)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, (out, err)
    assert "deployed in" in out


def test_killed_before_it_began(deploying: Deploying) -> None:
    """A client that is killed between upload and execution leaves a change set that nobody stumbles over."""
    app = small(deploying, "killed")

    def kill(process: object) -> None:
        until(lambda: app.stack("killed-dev") is not None and pending(app, "killed-dev"), "the change set is there")
        process.kill()  # type: ignore[attr-defined]  # a process

    assert app.ask("deploy", typed="", more=kill).code == -signal.SIGKILL
    left = app.stack("killed-dev")
    assert left is not None
    assert left["StackStatus"] == "REVIEW_IN_PROGRESS"
    again = app.run("deploy", "--yes")
    assert again.code == 0, again
    assert "there already" in again.out


def test_two_at_once(deploying: Deploying) -> None:
    """Of two deployments at once one is carried out and the other one refused, or waits; neither is lost in silence."""
    app = small(deploying, "twice")
    assert app.run("deploy", "--yes").code == 0
    app.write(SMALL.replace("NAME", "twice") + "topic News\ntopic More\n")
    both = [app.start("deploy", "--yes"), app.start("deploy", "--yes")]
    ended = [(*process.communicate(timeout=120), process.returncode) for process in both]
    codes = sorted(code for _, _, code in ended)
    assert codes in ([0, 0], [0, 1]), ended
    for out, err, code in ended:
        if code:
            assert "error[IFC835]" in err, err
            assert "someone else" in err or "busy" in err
        else:
            assert "deployed in" in out or "nothing to change" in out
    assert {"News", "More"} <= app.ids("twice-dev").keys()
    numbers = [record["result"] for record in app.records("twice-dev")]
    assert numbers.count("done") in (2, 3)


def test_two_first_ones_at_once(deploying: Deploying) -> None:
    """Of two first deployments at once one creates the stack, and the other one leaves it alone."""
    app = small(deploying, "both")
    both = [app.start("deploy", "--yes"), app.start("deploy", "--yes")]
    ended = [(*process.communicate(timeout=120), process.returncode) for process in both]
    assert sorted(code for _, _, code in ended) in ([0, 0], [0, 1]), ended
    assert (app.stack("both-dev") or {}).get("StackStatus") == "CREATE_COMPLETE", ended
    assert [record["result"] for record in app.records("both-dev")].count("done") in (1, 2)


def test_waits_for_another(deploying: Deploying, line: Proxy) -> None:
    """`--wait` waits for a deployment that is under way; without it that is refused."""
    app = small(deploying, "waits")
    assert app.run("deploy", "--yes").code == 0
    app.endpoint = line.endpoint
    line.add("DescribeStacks", change=lambda text: text.replace("CREATE_COMPLETE", "UPDATE_IN_PROGRESS"), times=2)
    refused = app.run("deploy", "--yes")
    assert refused.code == 1
    assert "error[IFC835]: the stack `waits-dev` is busy (UPDATE_IN_PROGRESS)" in refused.err
    waited = app.run("deploy", "--yes", "--wait")
    assert waited.code == 0, waited
    assert "waiting for waits-dev, which is busy (UPDATE_IN_PROGRESS)" in waited.out


# --- protected stages and accounts ---

PROTECTED = 'stage prod { account "000000000000"; region "us-east-1"; protected }\n'


def test_a_protected_stage(deploying: Deploying) -> None:
    """What is grave is confirmed by the stage's name, typed or given; `--yes` alone is not enough, and a change that is not grave needs none."""
    app = deploying("guarded", SMALL.replace("NAME", "guarded") + PROTECTED, "prod", work=CODE)
    alone = app.run("deploy", "--stage", "prod", "--yes")
    assert alone.code == 2, alone
    assert "1 of these need a confirmation in the protected stage `prod`: give `--confirm prod`" in alone.err
    assert app.stack("guarded-prod") is None
    assert app.run("deploy", "--stage", "prod", "--yes", "--confirm", "dev").code == 2
    assert app.ask("deploy", "--stage", "prod", typed="y\n").code == 2
    assert app.ask("deploy", "--stage", "prod", typed="prod\n").code == 0
    app.write(SMALL.replace("NAME", "guarded") + PROTECTED + "topic News\n")
    assert app.run("deploy", "--stage", "prod", "--yes").code == 0
    assert app.run("destroy", "--stage", "prod", "--yes").code == 2
    assert app.run("destroy", "--stage", "prod", "--confirm", "prod").code == 2
    assert app.run("destroy", "--stage", "prod", "--confirm", "guarded-prod").code == 0


@pytest.mark.parametrize(
    ("stage", "words", "said"),
    [
        ('account "123456789012"', (), "and these credentials are of `000000000000`"),
        ('region "eu-west-1"', ("--region", "us-east-1"), "is deployed to `eu-west-1`, and `--region` says `us-east-1`"),
    ],
)
def test_another_account(deploying: Deploying, line: Proxy, stage: str, words: tuple[str, ...], said: str) -> None:
    """A stage is refused anywhere but where it says it belongs, before anything is asked of the account but who it is."""
    app = deploying("elsewhere", SMALL.replace("NAME", "elsewhere") + f"stage prod {{ {stage} }}\n", "prod", work=CODE)
    app.endpoint = line.endpoint
    refused = app.run("deploy", "--stage", "prod", "--yes", *words)
    assert refused.code == 3, refused
    assert said in refused.err
    assert set(line.calls) <= {"GetCallerIdentity"}


# --- accounts that refuse, lines that break ---

NOT_ALLOWED = "User: arn:aws:iam::000000000000:user/ann is not authorized to perform: {0} on resource: {1} because no policy allows it"
Case = tuple[str, Callable[[Proxy], object], str]
REFUSALS: dict[str, Case] = {
    "who": ("", lambda line: line.refuse("GetCallerIdentity", "ExpiredToken", "expired", 403), "IFC830"),
    "bucket": (
        "s3:PutObject",
        lambda line: line.refuse("PutObject", "AccessDenied", NOT_ALLOWED.format("s3:PutObject", "x"), 403),
        "IFC831",
    ),
    "plan": (
        "cloudformation:CreateChangeSet",
        lambda line: line.refuse("CreateChangeSet", "AccessDenied", NOT_ALLOWED.format("cloudformation:CreateChangeSet", "x"), 403),
        "IFC831",
    ),
    "start": (
        "cloudformation:ExecuteChangeSet",
        lambda line: line.refuse("ExecuteChangeSet", "AccessDenied", NOT_ALLOWED.format("cloudformation:ExecuteChangeSet", "x"), 403),
        "IFC831",
    ),
    "expired": ("", lambda line: line.refuse("CreateChangeSet", "ExpiredToken", "The security token is expired", 403), "IFC830"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refused(deploying: Deploying, line: Proxy, case: str) -> None:
    """A refusal on the way is told with the action, changes nothing, and stands in nobody's way later."""
    action, prepare, code = REFUSALS[case]
    app = small(deploying, f"no{case}", line=line)
    prepare(line)
    said = app.run("deploy", "--yes")
    assert said.code == 3, said
    assert f"error[{code}]" in said.err
    assert action in said.err
    stack = app.stack(f"no{case}-dev")
    assert stack is None or stack["StackStatus"] == "REVIEW_IN_PROGRESS"
    line.faults.clear()
    assert app.run("deploy", "--yes").code == 0


# What `ifc permissions --deploy-role` must allow, and docs/deploy.md names.
CLOUDFORMATION = {
    *("CreateChangeSet", "DeleteChangeSet", "DescribeChangeSet", "DescribeStackEvents", "DescribeStacks", "ExecuteChangeSet"),
    *("GetTemplate", "ListChangeSets"),
}
S3 = {
    *("CreateBucket", "GetBucketPolicy", "HeadBucket", "HeadObject", "ListObjectsV2", "PutBucketEncryption"),
    *("PutBucketLifecycleConfiguration", "PutBucketPolicy", "PutObject", "PutPublicAccessBlock"),
}


def test_what_is_asked_of_the_account(deploying: Deploying, line: Proxy) -> None:
    """Deploying and declining call what the documentation names, and nothing else; so does destroying."""
    app = deploying(
        "asks", f'app asks {{ region "eu-central-1" }}\n{RUNTIME}\nqueue Jobs\nfunction work "work.run" {{ sends Jobs }}\n', work=CODE
    )
    app.endpoint = line.endpoint
    line.calls.clear()
    assert app.ask("deploy", typed="n\n").code == 2
    assert app.run("deploy", "--yes").code == 0
    read_by_cloudformation = {"GetObject", "GetBucket"}  # the template, without a signature here
    assert {*line.calls} - read_by_cloudformation == {"GetCallerIdentity", "DeleteStack"} | CLOUDFORMATION - {"GetTemplate"} | S3
    app.write(app.folder.joinpath("app.ifc").read_text(encoding="utf-8") + "topic News\n")
    assert app.run("deploy", "--yes").code == 0
    line.calls.clear()
    assert app.run("destroy", "--yes").code == 0
    more = {"DeleteStack", "ListStackResources", "DescribeStacks", "DescribeStackEvents", "GetTemplate"}
    assert {*line.calls} == {"GetCallerIdentity", "HeadBucket", "ListObjectsV2", "PutObject"} | more


def test_refused_while_it_goes_on(deploying: Deploying, line: Proxy) -> None:
    """Where looking on is refused, it says that the deployment goes on, and the next command knows how it ended."""
    app = small(deploying, "unseen", line=line)
    line.refuse("DescribeStackEvents", "ExpiredToken", "The security token is expired", 403, after=1)
    said = app.run("deploy", "--yes")
    assert said.code == 3, said
    assert "error[IFC830]" in said.err
    assert "this can't be followed any more, but goes on in the account: `ifc status " in said.err
    until(lambda: (app.stack("unseen-dev") or {}).get("StackStatus") == "CREATE_COMPLETE", "the stack is there")
    line.faults.clear()
    assert ", done, by " in app.run("status", "--no-drift").out


def test_throttled(deploying: Deploying, line: Proxy) -> None:
    """What is throttled a few times is asked again, and deployed."""
    app = small(deploying, "throttled", line=line)
    for action in ("CreateChangeSet", "DescribeStacks", "DescribeStackEvents", "PutObject"):
        line.refuse(
            action, "SlowDown" if action == "PutObject" else "Throttling", "Rate exceeded", 503 if action == "PutObject" else 400, times=2
        )
    said = app.run("deploy", "--yes")
    assert said.code == 0, said
    assert line.calls.count("CreateChangeSet") == 3


def test_lines_that_break(deploying: Deploying, line: Proxy) -> None:
    """What is cut off is asked again; what was done though its answer was lost is not done twice."""
    app = small(deploying, "cut", line=line)
    for action in ("GetCallerIdentity", "HeadBucket", "PutObject", "DescribeStackEvents"):
        line.add(action, cut=True, times=1)
    line.add("ExecuteChangeSet", cut=True, passed=True, times=1)
    # As AWS does; the emulator would begin once more.
    line.refuse("ExecuteChangeSet", "InvalidChangeSetStatus", "cannot be executed in its current status")
    line.add("DescribeChangeSet", change=lambda text: text.replace("AVAILABLE", "EXECUTE_IN_PROGRESS"), after=1)
    line.add("PutObject", cut=True, passed=True, times=1)
    said = app.run("deploy", "--yes")
    assert said.code == 0, said
    assert line.calls.count("ExecuteChangeSet") == 2
    assert [record["result"] for record in app.records("cut-dev")] == ["done"]


def test_large_archives(deploying: Deploying, line: Proxy) -> None:
    """A large archive goes in parts; a part that is cut off is sent again, and an upload that was broken off is taken up."""
    app = small(deploying, "large", line=line)
    (app.folder / "data.bin").write_bytes(os.urandom(40_000_000))
    line.add("UploadPart", cut=True, times=1)
    said = app.run("deploy", "--yes")
    assert said.code == 0, said
    assert line.calls.count("UploadPart") == 4
    (app.folder / "data.bin").write_bytes(os.urandom(40_000_000))
    line.calls.clear()
    line.refuse("UploadPart", "AccessDenied", NOT_ALLOWED.format("s3:PutObject", "x"), 403, after=1)
    refused = app.run("deploy", "--yes")
    assert refused.code == 3, refused
    (left,) = app.emulator.client("s3").list_multipart_uploads(Bucket=BUCKET)["Uploads"]
    there = app.emulator.client("s3").list_parts(Bucket=BUCKET, Key=left["Key"], UploadId=left["UploadId"]).get("Parts", [])
    assert 0 < len(there) < 3
    line.faults.clear()
    line.calls.clear()
    again = app.run("deploy", "--yes")
    assert again.code == 0, again
    assert line.calls.count("UploadPart") == 3 - len(there)
    assert "Uploads" not in app.emulator.client("s3").list_multipart_uploads(Bucket=BUCKET)


def test_no_network(deploying: Deploying) -> None:
    """Where nobody answers, that is said soon."""
    app = small(deploying, "alone")
    app.endpoint = "http://127.0.0.1:9"
    said = app.run("deploy", "--yes")
    assert said.code == 3
    assert "error[IFC832]: there is no answer from `http://127.0.0.1:9/`" in said.err


# --- what is never shown ---

SECRET = "correct-horse-battery"


def test_secrets(deploying: Deploying, line: Proxy) -> None:
    """The value of a secret param reaches CloudFormation and nobody else: it is on no screen, in no template and no record; later it stays."""
    more = 'param token { secret }\nconfig Level "low"\nfunction use "work.run" { env { TOKEN token } }\n'
    app = small(deploying, "hidden", more, line=line)
    lacking = app.run("deploy", "--yes")
    assert lacking.code == 1, lacking
    assert "the param `token` has no value" in lacking.err
    first = app.run("deploy", "--yes", "--param", f"token={SECRET}")
    assert first.code == 0, first
    assert invoked(app) == SECRET
    app.write(SMALL.replace("NAME", "hidden") + more + "topic News\n")
    second = app.run("deploy", "--yes")
    assert second.code == 0, second
    assert "the param token keeps its value" in second.out
    back = app.run("rollback", "--yes")
    assert back.code == 0, back
    shown = [first, second, back, app.run("status", "--no-drift")]
    assert not [said for said in shown if SECRET in f"{said.out}{said.err}"]
    s3 = app.emulator.client("s3")
    kept = [s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read() for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert not [content for content in kept if SECRET.encode() in content]
    assert app.records("hidden-dev")[0]["secrets"] == ["token"]


def invoked(app: Deployer) -> str:
    """What the function has in its environment."""
    found = app.emulator.client("lambda").get_function_configuration(FunctionName=app.ids("hidden-dev")["use"])
    return str(found["Environment"]["Variables"]["TOKEN"])
