"""Stacks in states that no emulator has, traffic that moves, and drift: against answers as AWS documents them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy import answers
from tests.e2e import faults
from tests.e2e.faults import Proxy

SHOP = answers.SHOP
QUEUE = "Resources:\n  Orders:\n    Type: AWS::SQS::Queue\n"
BEGUN = ("", "", "UPDATE_IN_PROGRESS", "User Initiated")
CHANGE_SET = "arn:aws:cloudformation:eu-west-1:123456789012:changeSet/ifc-1/1"
STACK = "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop-dev/1"
QUEUE_CHANGE = (
    "<member><Type>Resource</Type><ResourceChange><Action>Modify</Action><LogicalResourceId>Orders</LogicalResourceId>"
    "<ResourceType>AWS::SQS::Queue</ResourceType><Replacement>{replacement}</Replacement><Scope><member>Properties</member></Scope>"
    "<Details><member><Target><Attribute>Properties</Attribute><Name>{name}</Name></Target><Evaluation>{evaluation}</Evaluation>"
    "</member></Details></ResourceChange></member>"
)


def bucket(aws: Proxy) -> None:
    """The artifacts bucket is there, with nothing in it."""
    for action in ("HeadBucket", "GetBucketPolicy", "HeadObject", "PutObject"):
        aws.say(action)
    aws.say("ListObjectsV2", '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>')


def change_set(aws: Proxy, *changes: str, status: str = "CREATE_COMPLETE", reason: str = "", execution: str = "AVAILABLE") -> None:
    """A change set that is made, and what it says."""
    aws.say("CreateChangeSet", faults.cloudformation("CreateChangeSet", f"<Id>{CHANGE_SET}</Id><StackId>{STACK}</StackId>"))
    inner = (
        f"<ChangeSetName>ifc-1</ChangeSetName><ChangeSetId>{CHANGE_SET}</ChangeSetId><StackId>{STACK}</StackId><Status>{status}</Status>"
        f"<ExecutionStatus>{execution}</ExecutionStatus><StatusReason>{reason}</StatusReason><Changes>{''.join(changes)}</Changes>"
    )
    aws.say("DescribeChangeSet", faults.cloudformation("DescribeChangeSet", inner))
    aws.say("DeleteChangeSet", faults.cloudformation("DeleteChangeSet", ""))
    aws.say("ListChangeSets", faults.cloudformation("ListChangeSets", "<Summaries/>"))
    aws.say("ExecuteChangeSet", faults.cloudformation("ExecuteChangeSet", ""))


def deployed(aws: Proxy, *statuses: str) -> None:
    """A stack with one queue, in one state after the other; the last one lasts."""
    for status in statuses[:-1]:
        aws.say("DescribeStacks", faults.stack(status), times=1)
    aws.say("DescribeStacks", faults.stack(statuses[-1]))
    aws.say("GetTemplate", faults.template(QUEUE))
    aws.say("ListStackResources", faults.cloudformation("ListStackResources", "<StackResourceSummaries/>"))


def happening(aws: Proxy, *found: tuple[str, str, str, str]) -> None:
    """Events that come after the first look."""
    aws.say("DescribeStackEvents", faults.events(("", "", "CREATE_COMPLETE", "")), times=1)
    aws.say("DescribeStackEvents", faults.events(("", "", "CREATE_COMPLETE", ""), *found))


# --- failures that CloudFormation takes back ---


def test_rolled_back(tmp_path: Path) -> None:
    """A failed change: the reason, not what was merely cancelled, with its line, and that the stack is as it was before."""

    def prepare(aws: Proxy) -> None:
        bucket(aws)
        deployed(aws, "CREATE_COMPLETE", "CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")
        change_set(aws, QUEUE_CHANGE.format(replacement="False", name="DelaySeconds", evaluation="Static"))
        happening(
            aws,
            BEGUN,
            ("Other", "AWS::SNS::Topic", "CREATE_FAILED", "Resource creation cancelled"),
            ("Orders", "AWS::SQS::Queue", "UPDATE_FAILED", "Value 5000000 is invalid."),
            ("", "", "UPDATE_ROLLBACK_COMPLETE", ""),
        )

    said, aws = answers.run(tmp_path, SHOP.replace("Orders", "Orders { delay 5s }"), prepare, "deploy", "--yes")
    assert said.code == 1, said
    assert "`Orders` (AWS::SQS::Queue) can't be changed: Value 5000000 is invalid\n --> app.ifc:3:7" in said.err
    assert "Other" not in said.err
    assert "not deployed; CloudFormation took it back: the stack is as it was before" in said.err
    assert "not updated   Orders (AWS::SQS::Queue)" in said.out
    assert aws.calls.count("ExecuteChangeSet") == 1


AFTERWARDS = {
    "UPDATE_ROLLBACK_FAILED": "the stack is stuck between two versions, and `ifc rollback app.ifc` goes on with it",
    "ROLLBACK_COMPLETE": "all that was made is gone again; the next `ifc deploy` begins anew",
    "ROLLBACK_FAILED": "taking it back failed too: `ifc destroy app.ifc` removes what is left",
    "UPDATE_FAILED": "the stack is half changed; mend the reason and deploy again, or `ifc rollback app.ifc` goes back",
}


@pytest.mark.parametrize("status", AFTERWARDS)
def test_afterwards(tmp_path: Path, status: str) -> None:
    """What the stack is after a failure is told, and what to do about it."""

    def prepare(aws: Proxy) -> None:
        bucket(aws)
        deployed(aws, "CREATE_COMPLETE", "CREATE_COMPLETE", status)
        change_set(aws)
        happening(aws, BEGUN, ("", "", status, ""))

    said, _ = answers.run(tmp_path, SHOP.replace("Orders", "Orders { delay 5s }"), prepare, "deploy", "--yes")
    assert said.code == 1, said
    assert AFTERWARDS[status] in said.err


def test_an_empty_stack_goes_first(tmp_path: Path) -> None:
    """What a first deployment that failed has left is removed, which is said, and the stack is created anew."""

    def prepare(aws: Proxy) -> None:
        bucket(aws)
        aws.say("DescribeStacks", faults.stack("ROLLBACK_COMPLETE"), times=2)
        aws.say("DescribeStacks", faults.stack("DELETE_IN_PROGRESS"), times=1)
        aws.refuse("DescribeStacks", "ValidationError", "Stack with id shop-dev does not exist", times=2)
        aws.say("DescribeStacks", faults.stack("CREATE_COMPLETE"))
        aws.say("DeleteStack", faults.cloudformation("DeleteStack", ""))
        change_set(aws)
        happening(aws, ("", "", "CREATE_COMPLETE", ""))

    said, aws = answers.run(tmp_path, SHOP, prepare, "deploy", "--yes")
    assert said.code == 0, said
    assert "shop-dev is empty: its first deployment failed, and what that had made is gone again: removing it first" in said.out
    assert aws.calls.index("DeleteStack") < aws.calls.index("CreateChangeSet")


def test_half_changed_is_repaired(tmp_path: Path) -> None:
    """A stack that was not rolled back takes a further change, which must say that it is not rolled back either."""
    asked: list[str] = []

    def prepare(aws: Proxy) -> None:
        bucket(aws)
        deployed(aws, "UPDATE_FAILED", "UPDATE_FAILED", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE")
        change_set(aws)
        happening(aws, BEGUN, ("", "", "UPDATE_COMPLETE", ""))
        aws.bodies = asked

    said, _ = answers.run(tmp_path, SHOP, prepare, "deploy", "--yes")
    assert said.code == 0, said
    assert "this deployment goes on from there" in said.out
    (execute,) = [body for body in asked if "Action=ExecuteChangeSet" in body]
    assert "DisableRollback=true" in execute


STATES: dict[str, str] = {
    "UPDATE_IN_PROGRESS": "is busy (UPDATE_IN_PROGRESS)",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "is busy (UPDATE_COMPLETE_CLEANUP_IN_PROGRESS)",
    "UPDATE_ROLLBACK_FAILED": "is stuck between two versions",
    "ROLLBACK_FAILED": "is half removed",
    "DELETE_FAILED": "is half deleted",
    "IMPORT_ROLLBACK_FAILED": "is stuck: an import failed",
}


@pytest.mark.parametrize("status", STATES)
def test_takes_no_deployment(tmp_path: Path, status: str) -> None:
    """A stack that can't be deployed to is left alone, and the help says which command helps."""
    said, aws = answers.run(tmp_path, SHOP, lambda aws: deployed(aws, status), "deploy", "--yes")
    assert said.code == 1, said
    assert f"error[IFC835]: the stack `shop-dev` {STATES[status]}" in said.err
    assert "help: " in said.err
    assert set(aws.calls) == {"GetCallerIdentity", "DescribeStacks"}


# --- change sets ---


@pytest.mark.parametrize(
    "reason", ["The submitted information didn't contain changes. Submit different information", "No updates are to be performed."]
)
def test_nothing_to_change(tmp_path: Path, reason: str) -> None:
    """A change set that CloudFormation finds empty is no failure, and is removed."""

    def prepare(aws: Proxy) -> None:
        bucket(aws)
        deployed(aws, "CREATE_COMPLETE")
        change_set(aws, status="FAILED", reason=reason)

    said, aws = answers.run(tmp_path, SHOP, prepare, "deploy", "--yes")
    assert (said.code, said.out.splitlines()[-1]) == (0, "nothing to change: the stack is deployed")
    assert "DeleteChangeSet" in aws.calls


def test_a_replacement_that_only_cloudformation_knows(tmp_path: Path) -> None:
    """What CloudFormation would replace and our review does not speak of is found as R1, and asks for confirmation in a protected stage."""

    def prepare(aws: Proxy) -> None:
        bucket(aws)
        deployed(aws, "CREATE_COMPLETE")
        change_set(aws, QUEUE_CHANGE.format(replacement="True", name="QueueName", evaluation="Static"))

    source = SHOP + "stage prod { protected }\n"
    said, aws = answers.run(tmp_path, source, prepare, "deploy", "--yes", "--stage", "prod")
    assert said.code == 2, said
    assert "R1 replacement: CloudFormation replaces `Orders`" in said.out
    assert "1 of these need a confirmation in the protected stage `prod`" in said.err
    assert "ExecuteChangeSet" not in aws.calls
    assert "DeleteChangeSet" in aws.calls


def test_what_only_refers(tmp_path: Path) -> None:
    """What changes only if something that it refers to does is said in one sentence."""

    def prepare(aws: Proxy) -> None:
        bucket(aws)
        deployed(aws, "CREATE_COMPLETE")
        change_set(
            aws, QUEUE_CHANGE.format(replacement="Conditional", name="RedrivePolicy", evaluation="Dynamic").replace("Orders", "Other")
        )

    said, _ = answers.run(tmp_path, SHOP + "topic News\nstage prod { protected }\n", prepare, "deploy", "--yes", "--stage", "prod")
    assert "CloudFormation also says:\n  `Other` may change with what it refers to" in said.out


def test_someone_else_was_faster(tmp_path: Path) -> None:
    """A change set that is gone when it should be executed is told as what it is, and what was recorded is a failure."""

    def prepare(aws: Proxy) -> None:
        bucket(aws)
        deployed(aws, "CREATE_COMPLETE")
        aws.refuse("ExecuteChangeSet", "ChangeSetNotFound", "ChangeSet does not exist", 404)
        aws.refuse("DescribeChangeSet", "ChangeSetNotFound", "ChangeSet does not exist", 404, after=1)
        change_set(aws)
        happening(aws)

    said, _ = answers.run(tmp_path, SHOP.replace("Orders", "Orders { delay 5s }"), prepare, "deploy", "--yes")
    assert said.code == 1, said
    assert "error[IFC835]: the stack was changed by someone else since it was reviewed" in said.err


# --- going back ---


def test_continues_what_is_stuck(tmp_path: Path) -> None:
    """Going back from a failure that failed itself is continued, and its end told."""

    def prepare(aws: Proxy) -> None:
        deployed(aws, "UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")
        aws.say("ContinueUpdateRollback", faults.cloudformation("ContinueUpdateRollback", ""))
        happening(aws, ("Orders", "AWS::SQS::Queue", "UPDATE_COMPLETE", ""), ("", "", "UPDATE_ROLLBACK_COMPLETE", ""))

    said, aws = answers.run(tmp_path, SHOP, prepare, "rollback", "--yes")
    assert said.code == 0, said
    assert said.out.splitlines()[-2:] == ["     0.0 s  updated       Orders (AWS::SQS::Queue)", "taken back: the stack is as it was before"]
    assert aws.calls.count("ContinueUpdateRollback") == 1


def test_takes_back_what_was_not_rolled_back(tmp_path: Path) -> None:
    """A failure that was left standing is rolled back."""

    def prepare(aws: Proxy) -> None:
        deployed(aws, "UPDATE_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")
        aws.say("RollbackStack", faults.cloudformation("RollbackStack", ""))
        happening(aws, ("", "", "UPDATE_ROLLBACK_COMPLETE", ""))

    said, aws = answers.run(tmp_path, SHOP, prepare, "rollback", "--yes")
    assert said.code == 0, said
    assert aws.calls.count("RollbackStack") == 1


GROUP = (
    "<member><LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId>"
    "<ResourceType>AWS::CodeDeploy::{type}</ResourceType><ResourceStatus>UPDATE_COMPLETE</ResourceStatus></member>"
)


def moving(aws: Proxy) -> None:
    """A stack whose function gets its calls moved to new code."""
    members = GROUP.format(id="Deployments", physical="shop-dev", type="Application") + GROUP.format(
        id="shipGroup", physical="shop-dev-ship", type="DeploymentGroup"
    )
    aws.say(
        "ListStackResources", faults.cloudformation("ListStackResources", f"<StackResourceSummaries>{members}</StackResourceSummaries>")
    )
    aws.say("ListDeployments", '{"deployments": ["d-1"]}')
    info = '{"deploymentInfo": {"status": "InProgress", "createTime": 1800000000}}'
    aws.say("GetDeployment", info)
    aws.say("StopDeployment", '{"status": "Pending"}')


def test_stops_what_moves(tmp_path: Path) -> None:
    """Calls that are on their way to new code are moved back, and CloudFormation's taking back is followed."""

    def prepare(aws: Proxy) -> None:
        moving(aws)
        deployed(aws, "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")
        happening(aws, ("", "", "UPDATE_ROLLBACK_COMPLETE", ""))

    said, aws = answers.run(tmp_path, SHOP, prepare, "rollback", "--yes")
    assert said.code == 0, said
    assert "`shop-dev-ship` moves calls to new code since 2027-01-15" in said.out
    assert "stopped: CodeDeploy moves the calls back" in said.out
    assert aws.calls.count("StopDeployment") == 1


def test_shows_what_moves(tmp_path: Path) -> None:
    """`ifc status` shows traffic that is on its way, and what is worked on, and compares nothing meanwhile."""

    def prepare(aws: Proxy) -> None:
        moving(aws)
        aws.refuse("HeadBucket", "404", status=404)
        deployed(aws, "UPDATE_IN_PROGRESS")

    said, aws = answers.run(tmp_path, SHOP, prepare, "status")
    assert said.code == 0, said
    assert "`shop-dev-ship` moves calls to new code" in said.out
    assert "GetTemplate" not in aws.calls


# --- drift ---

DRIFT = (
    "<member><LogicalResourceId>Orders</LogicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType><StackId>s</StackId>"
    "<Timestamp>2027-01-01T00:00:00Z</Timestamp><StackResourceDriftStatus>{status}</StackResourceDriftStatus><PropertyDifferences>{inner}</PropertyDifferences></member>"
)
DELAY = (
    "<member><PropertyPath>/DelaySeconds</PropertyPath><ExpectedValue>0</ExpectedValue><ActualValue>90</ActualValue>"
    "<DifferenceType>NOT_EQUAL</DifferenceType></member>"
)


@pytest.mark.parametrize(
    ("status", "inner", "shown"),
    [
        ("IN_SYNC", "", "  as deployed, in all 1 resource that CloudFormation can compare"),
        ("MODIFIED", DELAY, "  Orders (AWS::SQS::Queue) was changed by hand\n    DelaySeconds: 0, now 90"),
        ("DELETED", "", "  Orders (AWS::SQS::Queue) is gone"),
    ],
)
def test_drift(tmp_path: Path, status: str, inner: str, shown: str) -> None:
    """What is otherwise in the account than it was deployed is shown, once CloudFormation has looked."""

    def prepare(aws: Proxy) -> None:
        aws.refuse("HeadBucket", "404", status=404)
        deployed(aws, "UPDATE_COMPLETE")
        aws.say("DetectStackDrift", faults.cloudformation("DetectStackDrift", "<StackDriftDetectionId>d</StackDriftDetectionId>"))
        for found in ("DETECTION_IN_PROGRESS", "DETECTION_COMPLETE"):
            inside = f"<StackId>s</StackId><StackDriftDetectionId>d</StackDriftDetectionId><DetectionStatus>{found}</DetectionStatus><Timestamp>2027-01-01T00:00:00Z</Timestamp>"
            answer = faults.cloudformation("DescribeStackDriftDetectionStatus", inside)
            aws.say("DescribeStackDriftDetectionStatus", answer, times=1)
        drifts = DRIFT.format(status=status, inner=inner)
        aws.say(
            "DescribeStackResourceDrifts",
            faults.cloudformation("DescribeStackResourceDrifts", f"<StackResourceDrifts>{drifts}</StackResourceDrifts>"),
        )

    said, _ = answers.run(tmp_path, SHOP, prepare, "status")
    assert said.code == 0, said
    assert shown in said.out


# --- the bucket ---


def absent(aws: Proxy) -> None:
    """Nothing is deployed yet."""
    aws.refuse("DescribeStacks", "ValidationError", "does not exist")


def test_a_bucket_that_may_not_be_looked_at(tmp_path: Path) -> None:
    """A bucket of that name which is another account's, or not ours to look at, gets nothing."""

    def prepare(aws: Proxy) -> None:
        absent(aws)
        aws.refuse("HeadBucket", "403", status=403)

    said, aws = answers.run(tmp_path, SHOP, prepare, "deploy", "--yes")
    assert said.code == 3, said
    assert "the bucket `ifc-artifacts-123456789012-eu-west-1` can't be used: it is another account's, or" in said.err
    assert set(aws.calls) == {"GetCallerIdentity", "DescribeStacks", "HeadBucket"}


def test_a_bucket_whose_name_is_taken(tmp_path: Path) -> None:
    """All accounts share the names of buckets: one that somebody else has is refused, and nothing is sent."""

    def prepare(aws: Proxy) -> None:
        absent(aws)
        aws.refuse("HeadBucket", "404", status=404)
        aws.refuse("CreateBucket", "BucketAlreadyExists", status=409)

    said, aws = answers.run(tmp_path, SHOP, prepare, "deploy", "--yes")
    assert said.code == 3, said
    assert "the bucket `ifc-artifacts-123456789012-eu-west-1` is another account's" in said.err
    assert set(aws.calls) == {"GetCallerIdentity", "DescribeStacks", "HeadBucket", "CreateBucket"}


def test_a_param_without_a_value_makes_no_bucket(tmp_path: Path) -> None:
    """What is missing is said before anything is made in the account."""
    said, aws = answers.run(tmp_path, SHOP + "param token { secret }\n", absent, "deploy", "--yes")
    assert said.code == 1, said
    assert "the param `token` has no value" in said.err
    assert set(aws.calls) == {"GetCallerIdentity", "DescribeStacks"}


# --- the command line ---


@pytest.mark.parametrize(
    "source",
    [
        'app shop { region "eu-west-1" }\nqueue Orders\nstage prod { acount "210987654321" }\n',
        'app shop { region "eu-west-1" }\nqueue Orders\nstage prod { account "2109" }\n',
        'app shop { region "eu-west-1" }\nqueue Orders {\nstage prod { account "210987654321" }\n',
        'apps shop { region "eu-west-1" }\nqueue Orders\nstage prod { account "210987654321" }\n',
        'app shop { region "eu-west-1" }\nqueue Orders\nstage prod {}\nstge prod { account "210987654321" }\n',
        'app shop { region "eu-west-1" }\nqueue Orders\nimport "more.ifc"\nstage prod {}\n',
    ],
)
@pytest.mark.parametrize("command", ["status", "rollback", "destroy"])
def test_a_mistake_that_may_hide_the_account(tmp_path: Path, source: str, command: str) -> None:
    """A mistake where the app or a stage is described, or one that keeps a file from being read, ends a command before AWS is asked."""
    words = ("--stage", "prod", *(() if command == "status" else ("--yes",)))
    said, aws = answers.run(tmp_path, source, lambda aws: None, command, *words)
    assert (said.code, aws.calls) == (1, []), said
    assert "what is deployed where can't be told from the source as it is; nothing was changed" in said.err


def test_a_mistake_elsewhere(tmp_path: Path) -> None:
    """A mistake elsewhere in the source does not keep anybody from looking."""
    said, _ = answers.run(
        tmp_path,
        SHOP + "queue Odd { nonsense 1 }\n",
        lambda aws: aws.refuse("DescribeStacks", "ValidationError", "does not exist"),
        "status",
    )
    assert (said.code, said.out.splitlines()[-1]) == (0, "not deployed")


@pytest.mark.parametrize("command", ["deploy", "rollback", "promote", "destroy"])
def test_nobody_to_ask(tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody can be asked, and nothing was said beforehand, the account is not even asked who it is."""
    monkeypatch.setattr("ifc.commands.asking.interactive", lambda: False)
    words = ("--from", "test", "--to", "prod") if command == "promote" else ()
    said, aws = answers.run(tmp_path, SHOP, lambda aws: None, command, *words)
    assert (said.code, aws.calls) == (2, [])
    assert "give `--yes`" in said.err


def test_without_boto3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without boto3 one line says what to install."""
    import sys

    for name in [name for name in sys.modules if name.startswith("ifc.deploy")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "botocore", None)
    monkeypatch.setitem(sys.modules, "boto3", None)
    from ifc.cli import main

    (tmp_path / "app.ifc").write_text(SHOP, encoding="utf-8")
    said: list[str] = []
    monkeypatch.setattr("ifc.commands.stopping.say", said.append)
    assert main(["deploy", str(tmp_path / "app.ifc"), "--yes"]) == 2
    assert said == ["ifc: this command needs boto3, which the compiler does not: `pip install '.[deploy]'` in ifc's own folder"]
