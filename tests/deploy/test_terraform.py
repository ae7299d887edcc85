"""`ifc deploy --target terraform`: the real command and the real terraform, against the judge's stand-in for the AWS provider."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from tests.agreed import ROOT
from tests.e2e import faults
from tests.e2e.deploying import RUNTIME, Said, until_said
from tests.judges.terraform import absent, set_up
from tests.presence import require

APP = f"""
app shop
{RUNTIME}
queue Jobs {{ retention 4d }}
table Kept {{ key id: string; keep off }}
function work "work.run" {{ sends Jobs }}
output jobs Jobs.url
"""


@attrs.frozen
class Folder:
    """An app, and a folder for Terraform beside it."""

    path: Path
    rc: Path

    def write(self, source: str, code: int = 1) -> Folder:
        """The app's source and its handler."""
        (self.path / "app.ifc").write_text(source, encoding="utf-8")
        (self.path / "work.py").write_text(f"def run(event, context):\n    return {code}\n", encoding="utf-8")
        return self

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """Starts a command in the app's folder."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
        own |= {"TF_CLI_CONFIG_FILE": str(self.rc), "CHECKPOINT_DISABLE": "1", "PYTHONPATH": str(ROOT), "COLUMNS": "120"}
        command = [sys.executable, "-m", "ifc", words[0], "app.ifc", "--target", "terraform", *words[1:]]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=self.path, env=own | environment, stdout=pipe, stderr=pipe, text=True, stdin=subprocess.DEVNULL
        )

    def run(self, *words: str, **environment: str) -> Said:
        """Runs a command in the app's folder."""
        process = self.start(*words, **environment)
        out, errors = process.communicate(timeout=120)
        return Said(process.returncode, out, errors)

    @property
    def state(self) -> str:
        """The state's text."""
        return (self.path / "build" / "terraform" / "terraform.tfstate").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def judge() -> Path:
    """The configuration of terraform that leads to the stand-in."""
    require(absent())
    return set_up() / "terraform.rc"


@pytest.fixture
def app(judge: Path, tmp_path: Path) -> Folder:
    """An app in a folder of its own."""
    return Folder(tmp_path, judge).write(APP)


def test_there_and_back(app: Folder) -> None:
    """An app is applied, found unchanged, changed with a review in front, and destroyed."""
    first = app.run("deploy", "--yes")
    assert first.code == 0, first
    assert "all of it is new:\n  R2  function `work` is new: it may send to queue `Jobs`" in first.out
    assert "created       aws_sqs_queue.jobs\n" in first.out
    assert "outputs\n  jobs  https://sqs." in first.out
    assert app.run("deploy", "--yes").out == "nothing to change\n"

    app.write(APP.replace("4d", "2d"), code=2)
    second = app.run("deploy", "--yes")
    assert second.code == 0, second
    assert "R0 data loss: `retention` of queue `Jobs` changes\n  --> app.ifc:5" in second.out
    assert "= Terraform: aws_sqs_queue.jobs is updated in message_retention_seconds" in second.out
    assert "new code: work" in second.out
    assert "Terraform also says:\n  `aws_iam_role_policy.work` may change with what it refers to" in second.out

    gone = app.run("destroy", "--yes")
    assert gone.code == 0, gone
    assert "6 resources go\n\nlost with what is in them:\n  aws_cloudwatch_log_group.work: its logs" in gone.out
    assert json.loads(app.state)["resources"] == []
    assert app.run("destroy", "--yes").out == "nothing is deployed, so there is nothing to destroy\n"


def test_declined(app: Folder) -> None:
    """Nobody to ask, and a protected stage without its name: nothing is applied."""
    assert app.run("deploy").code == 2
    app.write(APP + "stage prod { protected }\n")
    said = app.run("deploy", "--stage", "prod", "--yes")
    assert said.code == 2, said
    assert "1 of these need a confirmation in the protected stage `prod`: give `--confirm prod`" in said.err
    assert not (app.path / "build" / "prod" / "terraform" / "terraform.tfstate").exists()
    assert app.run("deploy", "--stage", "prod", "--yes", "--confirm", "prod").code == 0


def test_applied_from_elsewhere(app: Folder) -> None:
    """Where the state was written by someone else since, our review would compare with the wrong thing, and says that it can't."""
    assert app.run("deploy", "--yes").code == 0
    path = app.path / "build" / "terraform" / "terraform.tfstate"
    content = json.loads(app.state)
    content["serial"] += 1
    path.write_text(json.dumps(content), encoding="utf-8")
    app.write(APP.replace("4d", "2d"))
    said = app.run("deploy", "--yes")
    assert said.code == 0, said
    assert "what was applied last is not known here" in said.out
    assert "`aws_sqs_queue.jobs` is updated in `message_retention_seconds`" in said.out


def test_what_terraform_refuses(app: Folder) -> None:
    """What Terraform has against a plan is told in its words, and changes nothing."""
    app.write(APP.replace("retention 4d", "terraform { message_retention_seconds 99999999 }"))
    said = app.run("deploy", "--yes")
    assert said.code == 1, said
    assert "error[IFC837]: `aws_sqs_queue.jobs`: Terraform: " in said.err
    assert not (app.path / "build" / "terraform" / "terraform.tfstate").exists()


def test_a_resource_fails(app: Folder) -> None:
    """What fails while it is applied is told with the line that made it; mended, the next deployment goes on from there."""
    source = APP + 'Jobs -> take { terraform { batch_size 1 } }\nfunction take "work.run" { timeout 30s }\n'
    app.write(source.replace("retention 4d", "terraform { visibility_timeout_seconds 1 }"))
    said = app.run("deploy", "--yes")
    assert said.code == 1, said
    assert "error[IFC837]: `aws_lambda_event_source_mapping.jobs_to_take`: Terraform: " in said.err
    assert "--> app.ifc:9:1" in said.err
    assert "not all of it was applied: the state knows what was" in said.err
    mended = app.write(source).run("deploy", "--yes")
    assert mended.code == 0, mended


def test_a_secret(app: Folder) -> None:
    """A secret param goes to Terraform by a variable that no list of processes shows, and is on no screen and in no file but the state."""
    app.write(APP + 'param token { secret }\nfunction use "work.run" { env { TOKEN token } }\n')
    said = app.run("deploy", "--yes", "--param", "token=correct-horse")
    assert said.code == 0, said
    assert "correct-horse" not in said.out + said.err
    assert "correct-horse" in app.state  # Terraform's own way
    found = [path for path in app.path.rglob("*") if path.is_file() and b"correct-horse" in path.read_bytes()]
    assert [path.name for path in found] == ["terraform.tfstate"]


def test_another_account(app: Folder) -> None:
    """A stage that names its account is planned nowhere else."""
    app.write(APP + 'stage prod { account "210987654321" }\n')
    with faults.proxy() as aws:
        aws.say("GetCallerIdentity", faults.caller())
        said = app.run(
            *("deploy", "--stage", "prod", "--yes", "--region", "eu-west-1"),
            AWS_ENDPOINT_URL=aws.endpoint,
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
        )
    assert said.code == 3, said
    assert "these credentials are of `123456789012`" in said.err
    assert not (app.path / "build").exists()


def published(app: Folder) -> str:
    """The version of the function that the state has, which the stand-in made up."""
    functions = [one for one in json.loads(app.state)["resources"] if one["type"] == "aws_lambda_function"]
    return str(functions[0]["instances"][0]["attributes"]["version"])


def test_traffic(app: Folder) -> None:
    """After an apply CodeDeploy is told to move the calls to the version that was published; where it moved them back, that is a failure."""
    app.write(APP.replace("sends Jobs }", "sends Jobs; deploy canary 10 percent every 5m }"))

    def run(status: str, version: str) -> tuple[Said, list[str], list[str]]:
        with faults.proxy() as aws:
            aws.bodies = []
            aws.say("GetCallerIdentity", faults.caller())
            aws.say("GetAlias", json.dumps({"FunctionVersion": version, "Name": "live"}))
            aws.say("CreateDeployment", '{"deploymentId": "d-1"}')
            info = {"status": status, "errorInformation": {"message": "an alarm rang"}}
            aws.say("GetDeployment", json.dumps({"deploymentInfo": info}))
            said = app.run(
                *("deploy", "--yes", "--region", "eu-west-1"),
                AWS_ENDPOINT_URL=aws.endpoint,
                AWS_ACCESS_KEY_ID="test",
                AWS_SECRET_ACCESS_KEY="test",
            )
            return said, aws.calls, aws.bodies

    first, calls, bodies = run("Succeeded", "0")
    assert first.code == 0, first
    version = published(app)
    assert f"calls of work move to version {version} (CodeDeploy deployment d-1)\nall calls of work have moved\n" in first.out
    assert "IFC371" not in first.err
    (asked,) = [json.loads(body) for body in bodies if "appSpecContent" in body]
    assert (asked["applicationName"], asked["deploymentGroupName"]) == ("shop-dev", "shop-dev-work")
    content = json.loads(asked["revision"]["appSpecContent"]["content"])
    properties = {"Name": "shop-dev-work", "Alias": "live", "CurrentVersion": "0", "TargetVersion": version}
    assert content == {"version": 0.0, "Resources": [{"work": {"Type": "AWS::Lambda::Function", "Properties": properties}}]}

    app.write((app.path / "app.ifc").read_text(encoding="utf-8"), code=2)
    there, calls, _ = run("Succeeded", version)
    assert there.code == 0, there
    assert "CreateDeployment" not in calls
    back, _, _ = run("Failed", "0")  # nothing to apply, but the calls are not where they belong
    assert back.code == 1, back
    assert "nothing to change" in back.out
    assert "ifc: the calls of work were moved back: an alarm rang" in back.err


def test_what_is_kept(app: Folder) -> None:
    """A table that is kept stands against its destruction, which is told."""
    app.write(APP.replace("; keep off", ""))
    assert app.run("deploy", "--yes").code == 0
    said = app.run("destroy", "--yes")
    assert said.code == 1, said
    assert "prevent_destroy" in said.err
    assert json.loads(app.state)["resources"]


SLOW = """#!{python}
import json, os, signal, sys, time
real = "{real}"
if sys.argv[1] != "apply":
    os.execv(real, [real, *sys.argv[1:]])
said = []
signal.signal(signal.SIGINT, lambda *_: said.append(1))
print(json.dumps({{"@level": "info", "type": "apply_complete", "hook": {{"resource": {{"addr": "a.b", "resource_type": "a"}}, "action": "create"}}}}), flush=True)
end = time.monotonic() + 20
while not said and time.monotonic() < end:
    time.sleep(0.02)
problem = {{"severity": "error", "summary": "execution halted", "detail": f"{{len(said)}} interrupts"}}
print(json.dumps({{"@level": "error", "type": "diagnostic", "diagnostic": problem}}), flush=True)
sys.exit(1)
"""


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGHUP])
def test_interrupted(app: Folder, tmp_path: Path, stop: signal.Signals) -> None:
    """Ctrl-C or a closed terminal while it applies is passed on once: what Terraform says at its end is told, and what the state knows."""
    program = tmp_path / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(SLOW.format(python=sys.executable, real=shutil.which("terraform")), encoding="utf-8")
    program.chmod(0o755)
    process = app.start("deploy", "--yes", PATH=f"{program.parent}:{os.environ['PATH']}")
    until_said(process, "created       a.b")
    process.send_signal(stop)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1, errors
    assert "ifc: Terraform ends what it has begun, and stops then; Ctrl-C once more breaks it off" in errors
    assert "Terraform: execution halted: 1 interrupts" in errors
    assert "not all of it was applied: the state knows what was" in errors


def test_a_reader_that_goes_away(app: Folder, tmp_path: Path) -> None:
    """Terraform comes to its own end though nobody reads what is told of it: broken off, it would leave its lock and half a state."""
    program = tmp_path / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(TALKING.format(python=sys.executable, real=shutil.which("terraform"), ended=tmp_path / "ended"), encoding="utf-8")
    program.chmod(0o755)
    process = app.start("deploy", "--yes", PATH=f"{program.parent}:{os.environ['PATH']}")
    until_said(process, "created       a.0")
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=30) == 141
    assert (tmp_path / "ended").exists()


TALKING = """#!{python}
import json, os, pathlib, sys, time
real = "{real}"
if sys.argv[1] != "apply":
    os.execv(real, [real, *sys.argv[1:]])
for number in range(200):
    hook = {{"resource": {{"addr": f"a.{{number}}", "resource_type": "a"}}, "action": "create"}}
    print(json.dumps({{"@level": "info", "type": "apply_complete", "hook": hook}}), flush=True)
    time.sleep(0.005)
pathlib.Path("{ended}").touch()
"""


def test_without_terraform(app: Folder) -> None:
    """Without the program one line says what to install."""
    said = app.run("deploy", "--yes", PATH="/nowhere")
    assert (said.code, said.err.splitlines()[0][:60]) == (2, "ifc: neither `terraform` nor `tofu` is on the PATH: install ")
