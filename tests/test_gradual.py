"""deploy and provisioned: versions of a function, the alias that callers call, and how traffic moves between them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ifc.targets.terraform import render
from tests.support import compiled, errors, findings, resources, template
from tests.test_terraform import block, folder

LIVE = {"Ref": "fAlias"}
CANARY = "deploy canary 10 percent every 5m"


def function(settings: str, name: str = "f") -> str:
    """The source text of a function."""
    return f'function {name} "a.b" {{ runtime python3.14; {settings} }}\n'


def made(text: str) -> dict[str, Any]:
    """The resources of a template."""
    found: dict[str, Any] = template(text)["Resources"]
    return found


# --- what it becomes ---


def test_an_alias_alone() -> None:
    """`provisioned` wants an alias, and an alias a version that is kept; CodeDeploy has nothing to do."""
    found = made(function("provisioned 3"))
    assert found["fAlias"] == {
        "Type": "AWS::Lambda::Alias",
        "Properties": {
            "FunctionName": {"Ref": "f"},
            "FunctionVersion": {"Fn::GetAtt": ["fVersion", "Version"]},
            "Name": "live",
            "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 3},
        },
    }
    assert (found["fVersion"]["DeletionPolicy"], found["fVersion"]["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert not [id for id, r in found.items() if "CodeDeploy" in r["Type"]]


def test_all_at_once() -> None:
    """All at once needs CodeDeploy only where something is looked at."""
    alone = made(function("deploy all-at-once"))
    assert "UpdatePolicy" not in alone["fAlias"]
    assert not [id for id, r in alone.items() if "CodeDeploy" in r["Type"]]
    for more in ("rollback-on E", "before g", "after g"):
        text = function(f"deploy all-at-once {{ {more} }}") + function("", "g") + "alarm E where f.errors > 1"
        assert made(text)["fDeployment"]["Properties"]["DeploymentConfigName"] == "CodeDeployDefault.LambdaAllAtOnce"


def test_a_canary() -> None:
    """One application for all, a group for the function, and the alias's updates are CodeDeploy's."""
    found = made(function(CANARY))
    assert found["Deployments"]["Properties"]["ComputePlatform"] == "Lambda"
    assert found["fDeployment"]["Properties"] == {
        "ApplicationName": {"Ref": "Deployments"},
        "DeploymentGroupName": {"Fn::Sub": "${Prefix}-f"},
        "ServiceRoleArn": {"Fn::GetAtt": ["DeploymentsRole", "Arn"]},
        "DeploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
        "DeploymentStyle": {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"},
        "AutoRollbackConfiguration": {
            "Enabled": True,
            "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
        },
        "Tags": [{"Key": "app", "Value": "x"}],
    }
    assert found["fAlias"]["UpdatePolicy"] == {
        "CodeDeployLambdaAliasUpdate": {"ApplicationName": {"Ref": "Deployments"}, "DeploymentGroupName": {"Ref": "fDeployment"}}
    }


@pytest.mark.parametrize(
    ("how", "name"),
    [
        ("canary 10 percent every 5m", "CodeDeployDefault.LambdaCanary10Percent5Minutes"),
        ("canary 10 percent every 30m", "CodeDeployDefault.LambdaCanary10Percent30Minutes"),
        ("linear 10 percent every 1m", "CodeDeployDefault.LambdaLinear10PercentEvery1Minute"),
        ("linear 10 percent every 10m", "CodeDeployDefault.LambdaLinear10PercentEvery10Minutes"),
        ("canary 10 percent every 6m", {"Ref": "Canary10PercentEvery6Minutes"}),
        ("linear 20 percent every 1m", {"Ref": "Linear20PercentEvery1Minutes"}),
    ],
)
def test_speeds(how: str, name: object) -> None:
    """CodeDeploy's own configurations where it has one, else one of the app's."""
    assert made(function(f"deploy {how}"))["fDeployment"]["Properties"]["DeploymentConfigName"] == name


def test_a_speed_is_made_once() -> None:
    """Functions of one speed share its configuration, whose name says what it is; another speed is another one."""
    found = made(function("deploy linear 7 percent every 2m") + function("deploy linear 7 percent every 2m", "g"))
    configs = {id: r["Properties"] for id, r in found.items() if r["Type"] == "AWS::CodeDeploy::DeploymentConfig"}
    assert configs == {
        "Linear7PercentEvery2Minutes": {
            "DeploymentConfigName": {"Fn::Sub": "${Prefix}-linear-7-percent-2-minutes"},
            "ComputePlatform": "Lambda",
            "TrafficRoutingConfig": {"Type": "TimeBasedLinear", "TimeBasedLinear": {"LinearInterval": 2, "LinearPercentage": 7}},
        }
    }
    assert [r["Type"] for r in found.values()].count("AWS::CodeDeploy::Application") == 1


@pytest.mark.parametrize(
    "deploy",
    [
        "all-at-once 10 percent",
        "all-at-once every 5m",
        "canary",
        "canary 10 percent",
        "linear every 5m",
        "canary 10 percent every 90s",
    ],
)
def test_what_does_not_fit(deploy: str) -> None:
    """A share and a time for steps, and neither without; whole minutes."""
    assert errors(function(f"deploy {deploy}")) == ["IFC370"]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("deploy canary 0 percent every 5m", "IFC302"),
        ("deploy canary 100 percent every 5m", "IFC302"),
        ("deploy canary 10 percent every 3d", "IFC302"),
        ("deploy blue", "IFC303"),
        ("deploy { before f }", "IFC308"),
        ("deploy all-at-once { rollback-on Nope }", "IFC201"),
        ("deploy all-at-once { rollback-on Q }", "IFC207"),
        ("deploy all-at-once { before Q }", "IFC207"),
        ("provisioned 0", "IFC302"),
        ("provisioned 5; reserved 4", "IFC372"),
    ],
)
def test_wrong_values(settings: str, code: str) -> None:
    """Numbers out of range, words that are none, and names of something else."""
    assert errors("queue Q\n" + function(settings)) == [code]


def test_none_takes_it_back() -> None:
    """What defaults say of all functions, one may take back; extern functions have no versions of ours."""
    text = f'defaults function {{ {CANARY}; provisioned 2 }}\nextern function h "theirs"\nqueue Q\nQ -> h\n'
    found = made(text + function("deploy none; provisioned none"))
    assert not [id for id, r in found.items() if r["Type"].endswith(("Alias", "Version"))]
    assert errors('extern function h "theirs" { deploy all-at-once }') == ["IFC210"]


def test_names_of_what_is_made() -> None:
    """What others are called like is told."""
    assert errors("queue fAlias\n" + function("provisioned 1")) == ["IFC602"]
    assert errors("queue DeploymentsRole\n" + function(CANARY)) == ["IFC602"]


# --- who calls ---

CALLED = (
    function(f"{CANARY}; url public; retries 1")
    + function("calls f", "g")
    + "queue Q\ntopic T\ntable O { key id: string; stream new }\nbus B\nbucket F\nstream S\n"
    + 'api A { authorizer f; GET /a -> f }\napi R { protocol rest; authorizer f { headers "X-T" }; GET /a -> f }\n'
    + "Q -> f\nT -> f\nO.stream -> f\nB -> f\nF.created -> f\nS -> f\nevery 1h -> f\nf.failed -> Q\ng.failed -> f\n"
    + "alarm E where g.errors > 1\nE -> f\n"
)


def test_every_caller_calls_the_alias() -> None:
    """Mappings, permissions, URL, APIs and their authorizers, schedules, rules, subscriptions, notifications, alarms and destinations."""
    found = made(CALLED)
    direct = {"AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::Lambda::Url", "AWS::Lambda::EventInvokeConfig"}
    for id, resource in found.items():
        if resource["Type"] not in direct:
            assert '{"Ref": "f"}' not in json.dumps(resource), f"{id} calls the function itself"
            assert '["f", "Arn"]' not in json.dumps(resource), f"{id} calls the function itself"
    for kind in ("EventSourceMapping", "Permission"):
        of_f = [r["Properties"] for r in found.values() if r["Type"] == f"AWS::Lambda::{kind}"]
        assert of_f
        assert {json.dumps(p["FunctionName"]) for p in of_f} == {json.dumps(LIVE)}
    assert (found["fUrl"]["Properties"]["Qualifier"], found["fUrl"]["DependsOn"]) == ("live", "fAlias")
    assert (found["fAsync"]["Properties"]["Qualifier"], found["fAsync"]["DependsOn"]) == ("live", "fAlias")
    assert found["TToF"]["Properties"]["Endpoint"] == LIVE
    assert found["gAsync"]["Properties"]["DestinationConfig"]["OnFailure"]["Destination"] == LIVE
    notes = found["F"]["Properties"]["NotificationConfiguration"]["LambdaConfigurations"]
    assert [n["Function"] for n in notes] == [LIVE]
    assert found["E"]["Properties"]["AlarmActions"] == [LIVE]
    targets = [t["Arn"] for r in found.values() if r["Type"] == "AWS::Events::Rule" for t in r["Properties"]["Targets"]]
    assert targets == [LIVE]
    [schedule] = [r["Properties"] for r in found.values() if r["Type"] == "AWS::Scheduler::Schedule"]
    assert schedule["Target"]["Arn"] == LIVE


def test_code_calls_the_alias() -> None:
    """A verb gives the alias's name and lets call that alone."""
    found = made(CALLED)
    assert found["g"]["Properties"]["Environment"]["Variables"]["F_FUNCTION"] == {"Fn::Sub": "${Prefix}-f:live"}
    called = [
        s["Resource"]
        for s in found["gRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        if "lambda:InvokeFunction" in s["Action"]
    ]
    assert called == [{"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Prefix}-f:live"}]


def test_two_that_call_each_other() -> None:
    """Aliases of functions that call each other wait for no circle; nor does one that an alarm of its own rings."""
    text = function(f"{CANARY} {{ rollback-on E }}; calls g; url public") + function("provisioned 1; calls f", "g")
    text += "alarm E where f.errors > 1\nE -> f, g\nbucket B\nB.created -> f\nalarm Big where B.size > 1GB\n"
    assert circle(made(text)) == []
    guard = function(f"{CANARY} {{ rollback-on Big }}") + "bucket B\nB.created -> f\nalarm Big where B.size > 1GB\n"
    assert circle(made(guard)) == []
    hooks = function(f"{CANARY} {{ before g }}; calls g") + function(f"{CANARY} {{ after f }}; calls f", "g")
    assert circle(made(hooks)) == []


def circle(found: dict[str, Any]) -> list[str]:
    """Resources of a template that wait for each other in a circle; empty where there is none."""
    waiting = {id: {other for other in found if other != id and waits(resource, other)} for id, resource in found.items()}
    while ready := [id for id, others in waiting.items() if not others]:
        waiting = {id: others - {*ready} for id, others in waiting.items() if id not in ready}
    return sorted(waiting)


def waits(resource: dict[str, Any], other: str) -> bool:
    """Whether a resource refers to another, or says that it comes after it."""
    text = json.dumps(resource)
    after = resource.get("DependsOn", [])
    named = f'{{"Ref": "{other}"}}' in text or f'["{other}", ' in text or f"${{{other}}}" in text or f"${{{other}." in text
    return named or other == after or (isinstance(after, list) and other in after)


# --- CodeDeploy's role and hooks ---


def test_the_role_reaches_what_it_deploys_and_nothing_else() -> None:
    """The aliases of the functions that CodeDeploy deploys, the functions that try the code, alarms where some are named."""
    text = (
        function(f"{CANARY} {{ before try }}") + function("provisioned 1", "g") + function("", "try") + function("deploy all-at-once", "h")
    )
    role = made(text)["DeploymentsRole"]["Properties"]
    trust = role["AssumeRolePolicyDocument"]["Statement"]
    assert [(s["Principal"], s["Condition"]) for s in trust] == [
        ({"Service": "codedeploy.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}})
    ]
    arn = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Prefix}-"
    statements = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert [(s["Action"], s["Resource"]) for s in statements] == [
        (
            ["lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"],
            [{"Fn::Sub": arn + "f"}, {"Fn::Sub": arn + "f:*"}],
        ),
        ("lambda:InvokeFunction", {"Fn::Sub": arn + "try"}),
    ]
    guarded = made(function(f"{CANARY} {{ rollback-on E }}") + "alarm E where f.errors > 1")["DeploymentsRole"]["Properties"]
    actions = [s["Action"] for s in guarded["Policies"][0]["PolicyDocument"]["Statement"]]
    assert "cloudwatch:DescribeAlarms" in actions
    assert "lambda:InvokeFunction" not in actions


def test_hooks() -> None:
    """CodeDeploy calls them as they were deployed last; they tell it of the deployments that name them, and of no others."""
    text = function(f"{CANARY} {{ before try; after look }}") + function(f"{CANARY} {{ before try }}", "g") + function(CANARY, "h")
    found = made(text + function("provisioned 1", "try") + function("", "look"))
    policy = found["fAlias"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    assert (policy["BeforeAllowTrafficHook"], policy["AfterAllowTrafficHook"]) == ({"Ref": "try"}, {"Ref": "look"})
    group = "arn:${AWS::Partition}:codedeploy:${AWS::Region}:${AWS::AccountId}:deploymentgroup:${Prefix}/${Prefix}-"

    def tells(name: str) -> Any:
        statements = found[f"{name}Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        return [s["Resource"] for s in statements if s["Action"] == "codedeploy:PutLifecycleEventHookExecutionStatus"]

    assert tells("try") == [[{"Fn::Sub": group + "f"}, {"Fn::Sub": group + "g"}]]
    assert tells("look") == [{"Fn::Sub": group + "f"}]
    assert tells("f") == tells("h") == []


def test_an_extern_hook() -> None:
    """The role of somebody else's function is its owner's, who is told what it needs."""
    text = function(f"{CANARY} {{ before h }}") + 'extern function h "theirs"\n'
    assert findings(text) == ["IFC456"]
    assert made(text)["fAlias"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["BeforeAllowTrafficHook"] == "theirs"


# --- alarms that take a deployment back ---


def test_alarms() -> None:
    """They are named, one for each where an alarm is for each; the group comes after them."""
    text = function(f"{CANARY} {{ rollback-on Late, Errors }}") + function("", "g") + "queue Q\n"
    group = made(text + "alarm Errors where function.errors > 1\nalarm Late where Q.oldest > 1m")["fDeployment"]
    assert group["Properties"]["AlarmConfiguration"] == {
        "Enabled": True,
        "Alarms": [{"Name": {"Fn::Sub": f"${{Prefix}}-{name}"}} for name in ("Errors-f", "Errors-g", "Late")],
    }
    assert group["DependsOn"] == ["ErrorsF", "ErrorsG", "Late"]


def test_an_alarm_that_rings_what_it_guards() -> None:
    """The group can't wait for an alarm that waits for the alias that waits for the group."""
    found = made(function(f"{CANARY} {{ rollback-on E }}") + "alarm E where f.errors > 1\nE -> f")
    assert found["fDeployment"]["Properties"]["AlarmConfiguration"]["Alarms"] == [{"Name": {"Fn::Sub": "${Prefix}-E"}}]
    assert "DependsOn" not in found["fDeployment"]
    assert circle(found) == []


def test_ten_alarms_are_the_most() -> None:
    """CodeDeploy looks at ten; the eleventh is told."""
    others = "".join(function("", f"g{n}") for n in range(10))
    text = function(f"{CANARY} {{ rollback-on E }}") + "alarm E where function.errors > 1\n"
    assert errors(text + others) == ["IFC370"]
    assert errors(text + others.partition("\n")[2]) == []


# --- what makes a new version ---

BASE = """
param level "info"
param other "x"
param token { secret }
table T { key id: string }
queue Q
layer L "lib"
function f "a.b" { runtime python3.14; deploy all-at-once; layers L; reads T; env { LEVEL level; TOKEN token; NAME "n" } }
"""


def described(text: str) -> str:
    """The description of the version of `f`."""
    return json.dumps(made(text)["fVersion"]["Properties"]["Description"])


def changed(before: str, after: str, text: str = BASE) -> bool:
    """Whether a change of the source makes a new version."""
    assert text.count(before) == 1
    return described(text) != described(text.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"a.b"', '"a.c"'),
        ("python3.14", "python3.13"),
        ("deploy all", "memory 1GB; deploy all"),
        ("deploy all", "timeout 20s; deploy all"),
        ("deploy all", "arch x86; deploy all"),
        ("deploy all", "storage 1GB; deploy all"),
        ("deploy all", "tracing; deploy all"),
        ("deploy all", "log-format json; deploy all"),
        ("deploy all", 'role "arn:aws:iam::123456789012:role/r"; deploy all'),
        ("deploy all", 'cfn { Description "x" }; deploy all'),
        ('NAME "n"', 'NAME "m"'),
        ("LEVEL level", "LEVEL other"),
        ("reads T; ", "reads T as TABLE; "),
        ("layers L; ", ""),
        ("key id: string", "key no: string"),
        ("key id: string }", 'key id: string; name "tt1" }'),
        ("key id: string }", 'key id: string; cfn { TableName "tt1" } }'),
        ('layer L "lib"', '## Described\nlayer L "lib"'),
        ("\nfunction f", "\n## Described\nfunction f"),
    ],
)
def test_a_change_of_the_function_is_a_new_version(before: str, after: str) -> None:
    """Settings, environment, layers, and whatever makes anew what it names."""
    assert changed(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("key id: string", "key id: string; index byX { key x: string }"),
        ("key id: string", "key id: string; ttl at"),
        ("queue Q", "queue Q { visibility 5m }"),
        ("queue Q", 'queue Q\nfunction g "a.b" { runtime python3.14; reads T; calls f }'),
        ("queue Q", "queue Q\nQ -> f"),
        ("deploy all", 'tags { a "b" }; deploy all'),
        ("deploy all", "reserved 9; deploy all"),
        ("deploy all", "cfn { ReservedConcurrentExecutions 9 }; deploy all"),
        ("deploy all", "provisioned 9; deploy all"),
        ("deploy all", "log-retention 7d; deploy all"),
        ("deploy all", "retries 0; deploy all"),
        ("deploy all", "url public; deploy all"),
        ("deploy all", "terraform { memory_size 512 }; deploy all"),
        ("deploy all", 'allow "sqs:ListQueues" on "*" because "x"; deploy all'),
        ("deploy all-at-once", "deploy canary 10 percent every 5m"),
        ('param other "x"', 'param other "y"'),
    ],
)
def test_a_change_of_something_else_is_none(before: str, after: str) -> None:
    """Lambda publishes nothing where neither code nor configuration changed, and CloudFormation would fail for want of a version."""
    assert not changed(before, after)


def test_params_and_keys_stand_in_the_description() -> None:
    """What only the deployment knows is there as it is: keys of archives, the layers' too, and params; secrets never."""
    found = described(BASE)
    assert [name for name in ("fCodeKey", "LCodeKey", "level") if f"${{{name}}}" in found] == ["fCodeKey", "LCodeKey", "level"]
    assert "token" not in found
    assert "other" not in found
    assert "${other}" in described(BASE.replace("key id: string }", 'key id: string; name "t-${other}" }')), "it names the table anew"
    assert "${other}" in described(BASE.replace("deploy all", "cfn { Description other }; deploy all"))


def test_descriptions_are_short_enough() -> None:
    """Lambda takes 256 characters: params whose values are longer together are told."""
    text = 'param words "%s"\n' + function("provisioned 1; env { WORDS words }")
    assert errors(text % ("x" * 200)) == []
    assert errors(text % ("x" * 210)) == ["IFC370"]


def test_order_does_not_matter() -> None:
    """The same declarations and entries in another order make the same template, and so no version."""
    one = BASE + function(f"{CANARY} {{ rollback-on E, G }}", "h") + "alarm E where f.errors > 1\nalarm G where h.errors > 1\n"
    lines = [line for line in one.splitlines() if line]
    other = "\n".join(reversed(lines)).replace('env { LEVEL level; TOKEN token; NAME "n" }', 'env { NAME "n"; TOKEN token; LEVEL level }')
    other = other.replace("rollback-on E, G", "rollback-on G, E").replace("layers L; reads T;", "reads T; layers L;")
    assert template(one) == template(other)
    laid = BASE.replace("deploy all", 'cfn { KmsKeyArn "k"; SnapStart { ApplyOn "None"; Other "x" } }; deploy all')
    assert described(laid) == described(
        BASE.replace("deploy all", 'cfn { SnapStart { Other "x"; ApplyOn "None" }; KmsKeyArn "k" }; deploy all')
    )


def test_a_version_of_its_own_words() -> None:
    """Properties are laid over the alias and the group; a function without has none, and a version is nobody's to change."""
    found = made(function(CANARY + '; cfn alias { Description "x" }; cfn deployment { OutdatedInstancesStrategy "UPDATE" }'))
    assert found["fAlias"]["Properties"]["Description"] == "x"
    assert found["fDeployment"]["Properties"]["OutdatedInstancesStrategy"] == "UPDATE"
    assert errors(function('cfn alias { Description "x" }')) == ["IFC314"]
    assert errors(function(CANARY + '; cfn version { Description "x" }')) == ["IFC210"]


def test_layers_and_aliases_as_values() -> None:
    """`.arn` of a function with an alias is the alias's, `.name` in code names it, and what watches metrics names the function."""
    done = template(function("provisioned 1") + "alarm E where f.errors > 1\noutput a f.arn")
    assert done["Outputs"]["a"]["Value"] == LIVE
    [alarm] = resources(function("provisioned 1") + "alarm E where f.errors > 1", "AWS::CloudWatch::Alarm").values()
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "f"}}]


def test_a_param_of_environments() -> None:
    """How many wait may differ by deployment."""
    found = made("param waiting 3\n" + function("provisioned waiting; reserved 9"))
    waiting = found["fAlias"]["Properties"]["ProvisionedConcurrencyConfig"]
    assert waiting == {"ProvisionedConcurrentExecutions": {"Ref": "waiting"}}


def test_terraform_publishes_by_itself() -> None:
    """The function publishes, the alias follows, and where CodeDeploy moves traffic an apply leaves it alone and says so."""
    text = function(CANARY) + function("provisioned 2", "g") + function("", "h")
    assert (block(text, "aws_lambda_function.f")["publish"], "publish" in block(text, "aws_lambda_function.h")) == (True, False)
    moved, plain = block(text, "aws_lambda_alias.f"), block(text, "aws_lambda_alias.g")
    assert moved["function_version"] == plain["function_version"].replace(".g.", ".f.") == "${aws_lambda_function.f.version}"
    assert moved["lifecycle"]["ignore_changes"] == ["function_version", "routing_config"]
    assert "lifecycle" not in plain
    assert block(text, "aws_lambda_provisioned_concurrency_config.g")["provisioned_concurrent_executions"] == 2
    assert warned(text) == ["IFC371"]
    assert warned(function("provisioned 2")) == warned(function("deploy all-at-once")) == []


def warned(text: str) -> list[str]:
    """The codes of the warnings that a source text has for Terraform."""
    done = compiled(text)
    assert done.plan is not None
    render(done.plan, done.report)
    return [d.code for d in done.report.ordered() if d.severity == "warning"]


def test_renamed_in_terraform() -> None:
    """Aliases, groups, provisioned environments, layers and alarms (each of several, too) move with what is renamed."""
    text = function(f"layers M; {CANARY} {{ rollback-on E }}; provisioned 1; renamed from f", "g")
    text += 'alarm E where function.errors > 1 { renamed from D }\nlayer M "lib" { renamed from L }\n'
    moves = {move["from"]: move["to"] for file in folder(text).values() for move in file.get("moved", ())}
    assert (
        moves.items()
        >= {
            "aws_lambda_alias.f": "aws_lambda_alias.g",
            "aws_lambda_provisioned_concurrency_config.f": "aws_lambda_provisioned_concurrency_config.g",
            "aws_codedeploy_deployment_group.f": "aws_codedeploy_deployment_group.g",
            "aws_lambda_layer_version.l": "aws_lambda_layer_version.m",
            "aws_cloudwatch_metric_alarm.df": "aws_cloudwatch_metric_alarm.eg",
        }.items()
    )
