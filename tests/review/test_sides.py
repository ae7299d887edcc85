"""The sides of a comparison: sources, templates, configurations, revisions; and what is said of those that can't be compared."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from ifc.cli import main
from tests.agreed import ROOT

ORDERS = ROOT / "examples" / "orders"
SHOP = """app shop
queue Jobs { dead-letter after 3 }
function work "src/work.run" { runtime python3.14 }
Jobs -> work
"""


def diff(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """The exit code of `ifc diff`, and what it prints on both streams."""
    code = main(["diff", "--no-code", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an app, in which commands are run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.ifc").write_text(SHOP)
    return tmp_path


@pytest.fixture
def compiled(folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The same with its template in YAML and JSON, and its configuration."""
    for target, more in (("cfn", ("-o", "cfn")), ("cfn", ("-o", "json", "--format", "json")), ("terraform", ("-o", "terraform"))):
        assert main(["compile", "app.ifc", "--no-code", "--target", target, *more]) == 0
    capsys.readouterr()
    return folder


@pytest.mark.parametrize(
    ("old", "targets"),
    [
        ("cfn", "CloudFormation"),
        ("cfn/template.yaml", "CloudFormation"),
        ("json", "CloudFormation"),
        ("json/template.json", "CloudFormation"),
        ("terraform", "Terraform"),
        ("app.ifc", "CloudFormation and Terraform"),
        (".", "CloudFormation and Terraform"),
    ],
)
def test_a_source_is_what_it_was_compiled_to(compiled: Path, capsys: pytest.CaptureFixture[str], old: str, targets: str) -> None:
    """Whatever form a side has, the same app is the same; a change of it is seen from each."""
    code, out, _ = diff(capsys, old, "app.ifc")
    assert (code, out) == (0, f"`shop`: nothing changes\n  {old} → app.ifc, for {targets}\n")
    (compiled / "new.ifc").write_text(SHOP.replace("{ dead-letter after 3 }", "{ dead-letter after 3; retention 1h }"))
    code, out, _ = diff(capsys, old, "new.ifc")
    assert code == 1
    assert "R0 data loss: `retention` of queue `Jobs` changes" in out
    assert "4d → 1h" in out


def test_a_folder_of_both_targets(compiled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder with one folder for each target, as golden files have it, is compared in both."""
    (compiled / "golden").mkdir()
    for name in ("cfn", "terraform"):
        (compiled / name).rename(compiled / "golden" / name)
    assert diff(capsys, "golden", "app.ifc")[1].endswith("for CloudFormation and Terraform\n")


def test_what_a_run_leaves_behind_is_no_source(compiled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder `.ifc` beside a template, which `ifc local` makes, does not make that a folder of sources."""
    (compiled / "cfn" / ".ifc").mkdir()
    assert diff(capsys, "cfn", "app.ifc")[0] == 0


def test_a_target_can_be_chosen(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --target the consequences of one are shown, and the other is not even compiled to."""
    (folder / "new.ifc").write_text(SHOP.replace("after 3", "after 4"))
    assert "Terraform" not in diff(capsys, "app.ifc", "new.ifc", "--target", "cfn", "--all")[1]
    assert "CloudFormation" not in diff(capsys, "app.ifc", "new.ifc", "--target", "terraform", "--all")[1]


def test_what_only_one_target_can_say(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An app that compiles to one target alone is compared in that, and it is said why not in the other."""
    source = SHOP + 'output url Jobs.url { export "jobs" }\n'
    (folder / "app.ifc").write_text(source)
    (folder / "new.ifc").write_text(source.replace("after 3", "after 4"))
    code, out, _ = diff(capsys, "app.ifc", "new.ifc")
    assert code == 0
    assert "for CloudFormation\n" in out
    assert "not compared for Terraform: " in out


# --- what can't be compared ---

BROKEN = {
    "yaml": ("t.yaml", "Resources:\n  a: [\n", "`t.yaml` is neither YAML nor JSON (line 3)"),
    "json": ("t.json", '{"Resources": {', "`t.json` is neither YAML nor JSON (line 1)"),
    "empty": ("t.yaml", "", "`t.yaml` is no CloudFormation template: it has no Resources"),
    "list": ("t.yaml", "- a\n", "`t.yaml` is no CloudFormation template: it has no Resources"),
    "resources in a list": ("t.yaml", "Resources: [1]\n", "`t.yaml` is no CloudFormation template: it has no Resources"),
    "no type": ("t.yaml", "Resources: {A: {Properties: {}}}\n", "in `t.yaml` the resource `A` has no type"),
    "bytes": ("t.yaml", bytes(range(256)), "`t.yaml` is no text in UTF-8"),
    "a circle": ("t.yaml", "Resources: {A: {Type: T, Properties: &p {X: *p}}}\n", "`t.yaml` is nested too deep"),
    "deep": ("t.json", '{"Resources": {"A": {"Type": "T", "X": ' + "[" * 300 + "]" * 300 + "}}}", "`t.json` is nested too deep"),
    "code": ("t.yaml", "Resources: {A: {Type: !!python/object:os.system x}}\n", "`t.yaml` is neither YAML nor JSON (line 1)"),
    "a plan": ("t.json", '{"terraform_version": "1.9.0", "planned_values": {}}', "`t.json` is a plan or a state of Terraform"),
    "source": ("t.ifc", "app shop\nqueue\n", "`t.ifc` does not compile, so there is nothing to compare"),
    "no file": ("other", "", "there is no `t.yaml`"),
    "terraform": ("main.tf", 'resource "x" "y" {}', "`.` holds Terraform's own language, and only its JSON can be read"),
    "terraform json": ("main.tf.json", "{", "`./main.tf.json` is no JSON (line 1)"),
    "terraform list": ("main.tf.json", "[]", "`./main.tf.json` is no configuration"),
    "terraform shape": ("main.tf.json", '{"resource": []}', "`.` can't be read: it has a shape that is not ours"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_no_comparison_looks_like_a_clean_one(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A side that can't be read ends in exit code 3 and a clear message, whichever side it is and whatever the format."""
    name, content, message = BROKEN[case]
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    side = "." if ".tf" in name else "t.yaml" if name == "other" else name
    for words in ((side, str(ORDERS / "app.ifc")), (str(ORDERS / "app.ifc"), side)):
        code, out, err = diff(capsys, *words)
        assert (code, out) == (3, "")
        assert message in err
        assert err.endswith("nothing was compared\n")
    code, out, err = diff(capsys, side, str(ORDERS), "--format", "json")
    assert code == 3
    assert "findings" not in json.loads(out) or json.loads(out)["findings"] is None


ODD = {
    "nothing but a function": "Resources: {A: {Type: 'AWS::SQS::Queue', Properties: {'Fn::If': [A, {}, {}]}, DeletionPolicy: {'Fn::If': [A, Retain, Delete]}}}\n",
    "properties in a list": "Resources: {A: {Type: 'AWS::SQS::Queue', Properties: [1]}}\n",
    "nothing in it": "Resources: {A: {Type: 'AWS::SQS::Queue', Properties: null}}\nParameters: null\nOutputs: []\n",
    "numbers for names": "Resources: {1: {Type: 'AWS::SQS::Queue', Properties: {2: 3}}}\nParameters: {3: {Type: String}}\nOutputs: {4: {Value: 5}}\n7: 8\n",
    "odd functions": "Resources: {A: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Foo bar, X: !Sub [a, {}], Y: !GetAtt [a], "
    "Z: !Join x, V: !Select [x, y], U: !Sub [1, 2, 3], W: !Ref [1], T: {'Fn::Sub': 3}, O: {Ref: Missing}}}}\n",
    "odd scalars": "Resources: {A: {Type: 'AWS::SQS::Queue', Properties: {X: 2012-10-17, Y: .nan, Z: .inf, W: 1e5, V: 0o17, U: yes}}}\n",
    "aliases of aliases": "a: &a [x, x, x, x, x]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\nResources: {A: {Type: T, Properties: {X: *c}}}\n",
    "conditions": "Conditions: {P: !Equals [a, b]}\nResources: {A: {Type: 'AWS::SQS::Queue', Condition: P, DeletionPolicy: Snapshot}}\n",
}


@pytest.mark.parametrize("case", ODD)
def test_odd_templates(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A template of an odd shape is the same as itself, and a change of anything in it is seen."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.yaml").write_text(ODD[case])
    code, out, _ = diff(capsys, "old.yaml", "old.yaml")
    assert (code, out) == (0, "`old.yaml`: nothing changes\n  old.yaml → old.yaml, for CloudFormation\n")
    (tmp_path / "new.yaml").write_text(ODD[case].replace("Resources: {", "Resources: {More: {Type: 'AWS::SQS::Queue'}, "))
    assert "queue `More` is new" in diff(capsys, "old.yaml", "new.yaml", "--all")[1]


FOREIGN = """
Parameters: {Env: {Type: String, Default: dev}, Vpc: {Type: 'AWS::EC2::VPC::Id'}}
Conditions: {Prod: !Equals [!Ref Env, prod]}
Resources:
  Q: {Type: AWS::SQS::Queue, Condition: Prod, Properties: {VisibilityTimeout: !If [Prod, 30, 60], QueueName: q}}
  T:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Snapshot
    Properties: {KeySchema: [{AttributeName: a, KeyType: HASH}], AttributeDefinitions: [{AttributeName: a, AttributeType: S}]}
  V: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  R:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      Policies: [{PolicyName: a, PolicyDocument: {Statement: {Effect: Allow, Action: 's3:Get*', Resource: '*'}}}]
  F:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.12, Handler: a.b, Role: !GetAtt R.Arn, Code: {ZipFile: x}, VpcConfig: {SubnetIds: [s]}}
  U: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref F, AuthType: AWS_IAM}}
  B: {Type: AWS::S3::Bucket, Properties: {PublicAccessBlockConfiguration: {BlockPublicPolicy: true}}}
Outputs: {O: {Value: !GetAtt B.Arn, Export: {Name: o}, Condition: Prod}}
"""


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("{ZipFile: x}", "{ZipFile: y}", ""),
        ("AttributeName: a", "AttributeName: b", "R0 data loss: table `T` is replaced, since its `key` changes"),
        ("s3:Get*", "s3:*", "R2 wider permissions: `F` may now do `s3:*` on "),
        ("s3:Get*", "s3:GetObject", "R6 behaviour: `F` may no longer do `s3:Get*` on "),
        ("AWS_IAM", "NONE", "R3 exposure: "),
        ("{BlockPublicPolicy: true}", "{}", "R3 exposure: "),
        ("10.0.0.0/16", "10.1.0.0/16", "`CidrBlock` of resource `V` changes"),
        ("[s]", "[t]", "`VpcConfig` of function `F` changes"),
        ("!If [Prod, 30, 60]", "!If [Prod, 30, 90]", "`visibility` of queue `Q` changes"),
        ("QueueName: q", "QueueName: r", "R0 data loss: queue `Q` is replaced, since its `name` changes"),
        ("Condition: Prod, Properties", "Properties", "`Condition` of queue `Q` changes"),
        ("[!Ref Env, prod]", "[!Ref Env, live]", "condition `Prod`"),
        ("DeletionPolicy: Snapshot", "DeletionPolicy: Delete", "of table `T` changes"),
        ("Default: dev", "Default: test", "param `Env` has another default"),
        ("Export: {Name: o}, ", "", "R4 contract or downtime: "),
    ],
)
def test_templates_of_others(before: str, after: str, found: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A template that ifc did not write is compared as far as it can be read, which is far."""
    (folder / "old.yaml").write_text(FOREIGN)
    assert before in FOREIGN
    (folder / "new.yaml").write_text(FOREIGN.replace(before, after))
    out = diff(capsys, "old.yaml", "new.yaml", "--all")[1]
    assert found in out if found else "nothing changes" in out


def test_two_sides_of_different_sorts(compiled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A template and a configuration have no words in common; one side alone is no comparison."""
    assert "CloudFormation with Terraform can't be compared" in diff(capsys, "cfn", "terraform")[2]
    assert diff(capsys, "cfn", "terraform")[0] == 3
    assert "says nothing of Terraform" in diff(capsys, "cfn", "app.ifc", "--target", "terraform")[2]
    assert diff(capsys, "app.ifc")[0] == 2
    assert diff(capsys, "a", "b", "c")[0] == 2
    assert diff(capsys)[0] == 2


def test_words_between_options(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sides stand before, between and after options, and after `--` may begin with a dash."""
    (folder / "-odd.ifc").write_text(SHOP)
    for words in (
        ("app.ifc", "--target", "cfn", "app.ifc"),
        ("--target", "cfn", "app.ifc", "app.ifc"),
        ("--target", "cfn", "--", "-odd.ifc", "app.ifc"),
    ):
        assert diff(capsys, *words)[0] == 0
    with pytest.raises(SystemExit):
        diff(capsys, "app.ifc", "--bogus", "app.ifc")


# --- revisions ---


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with an app in a folder of its own, two commits on main, and a branch from the first."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.chdir(tmp_path)
    git("init", "-q", "-b", "main")
    git("config", "user.email", "a@b.c")
    git("config", "user.name", "a")
    inside = tmp_path / "service"
    (inside / "src").mkdir(parents=True)
    (tmp_path / "shared.ifc").write_text("topic Told\n")
    (inside / "app.ifc").write_text('app shop\nimport "../shared.ifc"\nqueue Jobs\nfunction work "src/work.run"\nJobs -> work\n')
    (inside / "src" / "work.py").write_text("def run(event, context):\n    pass\n")
    (inside / "large.bin").write_bytes(b"x" * 5_000_000)
    commit("first")
    git("checkout", "-q", "-b", "feature")
    (inside / "app.ifc").write_text((inside / "app.ifc").read_text().replace("queue Jobs", "queue Jobs { retention 1h }"))
    commit("on a branch")
    git("checkout", "-q", "main")
    (inside / "app.ifc").write_text((inside / "app.ifc").read_text() + "queue Late\n")
    commit("later on main")
    git("checkout", "-q", "feature")
    return tmp_path


def git(*words: str) -> None:
    """Runs git."""
    subprocess.run(["git", *words], check=True, capture_output=True)


def commit(message: str) -> None:
    """Commits everything."""
    git("add", "-A")
    git("commit", "-q", "-m", message)


def heads(out: str) -> list[str]:
    """The first lines of findings."""
    return [line for line in out.splitlines() if line[:1] == "R" and line[1:2].isdigit()]


RETENTION = "R0 data loss: `retention` of queue `Jobs` changes"
LATE = "R0 data loss: queue `Late` is removed"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("main..feature", "service/app.ifc"), [RETENTION, LATE]),
        (("main...feature", "service/app.ifc"), [RETENTION]),
        (("main..", "service"), [RETENTION, LATE]),
        (("feature..feature", "service"), []),
        (("--base", "main", "service/app.ifc"), [RETENTION]),
        (("--base", "main", "service"), [RETENTION]),
        (("main:service/app.ifc", "service/app.ifc"), [RETENTION, LATE]),
        (("main:service", "feature:service/app.ifc"), [RETENTION, LATE]),
    ],
)
def test_revisions(words: tuple[str, ...], found: list[str], repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Revisions are compared as git names them: two dots both ends, three dots and --base from where the branch left."""
    code = main(["diff", *words])
    said = capsys.readouterr()
    assert (heads(said.out), said.err) == (found, "")
    assert code == (1 if found else 0)


def test_revisions_from_inside(repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Paths are the user's, wherever in the repository the command is run; places are named as they are there."""
    monkeypatch.chdir(repository / "service")
    assert main(["diff", "--base", "main"]) == 1
    out = capsys.readouterr().out
    assert "app.ifc:3" in out
    assert str(repository) not in out
    assert "ifc-diff-" not in out
    assert not list(repository.glob("**/ifc-diff-*"))


def test_a_path_is_the_same_however_it_is_written(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The revision has the file that the path names, whole, over a link or from another folder, and never that of the working tree."""
    (repository / "link").symlink_to(repository / "service")
    monkeypatch.chdir(repository / "service" / "src")
    for path in ("../app.ifc", "../../service", str(repository / "service" / "app.ifc"), str(repository / "link" / "app.ifc")):
        assert main(["diff", "--base", "main", path]) == 1
        assert heads(capsys.readouterr().out) == [RETENTION]
    monkeypatch.chdir(repository)
    (repository.parent / "aside.ifc").write_text("app shop\nqueue Jobs\n")
    assert main(["diff", "--base", "main", str(repository.parent / "aside.ifc")]) == 3
    assert "is outside of the git repository" in capsys.readouterr().err


def test_outputs_at_a_revision(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A template, a folder of Terraform's and golden files are sides at a revision too, however large."""
    for target in ("cfn", "terraform"):
        assert main(["compile", "service/app.ifc", "--target", target, "-o", f"golden/shop/{target}"]) == 0
    template = repository / "golden" / "shop" / "cfn" / "template.yaml"
    template.write_text(template.read_text() + f"# {'x' * 5_000_000}\n")
    commit("agreed")
    (repository / "service" / "app.ifc").write_text((repository / "service" / "app.ifc").read_text().replace("1h", "5m"))
    capsys.readouterr()
    for side, targets in (
        ("golden/shop/cfn/template.yaml", "CloudFormation"),
        ("golden/shop/cfn", "CloudFormation"),
        ("golden/shop/terraform", "Terraform"),
        ("golden/shop", "CloudFormation and Terraform"),
    ):
        assert main(["diff", f"HEAD:{side}", "service/app.ifc"]) == 1
        out = capsys.readouterr().out
        assert (heads(out), f", for {targets}\n" in out) == ([RETENTION], True)


def test_a_link_at_a_revision(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A link is no file that was not there: it is said that it is not followed."""
    (repository / "service" / "other.ifc").symlink_to("app.ifc")
    commit("a link")
    for words in (("--base", "HEAD", "service/other.ifc"), ("HEAD:service/other.ifc", "service/app.ifc")):
        assert main(["diff", *words]) == 3
        assert "`service/other.ifc` is a link at that revision" in capsys.readouterr().err


def test_the_working_tree_is_compared(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --base what is not yet committed counts too."""
    app = repository / "service" / "app.ifc"
    app.write_text(app.read_text().replace("retention 1h", "retention 4d"))
    assert main(["diff", "--base", "main", "service"]) == 0
    assert "nothing changes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nowhere..HEAD", "service"), "there is no revision `nowhere`"),
        (("--base", "nowhere", "service"), "there is no revision `nowhere`"),
        (("HEAD:gone.ifc", "service"), "`gone.ifc` is not there at `HEAD`"),
        (("--base", "--upload-pack=x", "service"), "expected one argument"),
        (("main..HEAD", "nothing.ifc"), "`nothing.ifc` is not there at `main`"),
    ],
)
def test_revisions_that_are_not_there(words: tuple[str, ...], message: str, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A revision or a file that git does not know is no empty comparison."""
    try:
        code = main(["diff", *words])
    except SystemExit as end:
        code = end.code  # type: ignore[assignment]  # a number
    said = capsys.readouterr()
    assert code in (2, 3)
    assert said.out == ""
    assert message in said.err


def test_a_revision_that_does_not_compile(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All mistakes of a revision are shown, with the paths that the user knows."""
    (repository / "service" / "app.ifc").write_text("app shop\nqueue Jobs { retenton 1h }\nquue X\n")
    commit("broken")
    assert main(["diff", "main..HEAD", "service/app.ifc"]) == 3
    err = capsys.readouterr().err
    assert "`HEAD:service/app.ifc` does not compile" in err
    assert err.count("service/app.ifc:2") == err.count("service/app.ifc:3") == 1


def test_without_a_repository(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no repository, or no git, it is said so."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
    assert main(["diff", "main..HEAD", "app.ifc"]) == 3
    assert "is in no git repository" in capsys.readouterr().err
    monkeypatch.setenv("PATH", str(folder))
    assert main(["diff", "--base", "main", "app.ifc"]) == 3
    assert "git is not installed" in capsys.readouterr().err


def test_an_app_that_is_new_on_a_branch(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --base an app that was not there is compared with nothing, and that is said; one that is nowhere is a mistake."""
    (repository / "other.ifc").write_text("app other\nqueue Jobs\n")
    assert main(["diff", "--base", "main", "other.ifc"]) == 0
    out = capsys.readouterr().out
    assert "queue `Jobs` is new" in out
    assert "`other.ifc` is not there at `main`, so all of it is new" in out
    assert main(["diff", "--base", "main", "nowhere.ifc"]) == 3
