"""The real terraform takes what is compiled: init, validate, plan, apply, and a second plan that finds nothing to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from ifc.compiler import compile as compile_app
from ifc.diagnostics import ERROR
from ifc.resolve.app import Options
from ifc.targets.terraform import render
from tests import generated
from tests.agreed import ROOT
from tests.judges import dense
from tests.judges.terraform import ARCHIVE, Terraform, compiled_by_command, refused, write, written
from tests.support import compiled
from tests.test_apps import APPS
from tests.test_golden import EXAMPLES

pytestmark = pytest.mark.usefixtures("home")

MADE, APPLIED = 38, 8  # so many apps are generated, and so many of them go through all steps


def test_examples(tmp_path: Path) -> None:
    """Every example, compiled by the real command, archives included, is applied whole."""
    folders = [compiled_by_command(f"examples/{name}/app.ifc", tmp_path / name) for name in EXAMPLES]
    assert not refused(folders)


def test_real_apps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every real app that this release builds for Terraform is applied whole."""
    monkeypatch.chdir(ROOT)
    folders = []
    for name in APPS:
        done = compile_app(f"tests/apps/{name}.ifc", Options(code=False))
        files = render(done.plan, done.report) if done.plan is not None else {}
        if files and done.plan is not None and not any(d.severity == ERROR for d in done.report.ordered()):
            write(tmp_path / name, files, [a.function for a in done.plan.archives])
            folders.append(tmp_path / name)
    assert len(folders) >= 7
    assert not refused(folders)


def test_generated_apps(tmp_path: Path) -> None:
    """Apps of any mix of declarations, verbs and arrows are valid, and the first of them are applied."""
    texts: dict[str, None] = {}

    @settings(
        max_examples=MADE, derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(generated.apps())
    def make(statements: list[str]) -> None:
        text = generated.text(statements)
        if not any(d.severity == ERROR for d in compiled(text).report.ordered()):
            texts[text] = None

    make()
    assert len(texts) >= 30
    folders = [written(text, tmp_path / str(number)) for number, text in enumerate(texts)]
    said = refused(folders[:APPLIED]) + refused(folders[APPLIED:], "--validate-only")
    assert not said, said + "".join(f"\n--- {n}\n{text}" for n, text in enumerate(texts) if f"/{n}: " in said)


def test_dense_apps(beside: Path) -> None:
    """Apps with all that the language has are applied whole."""
    folders = [
        written(dense.EVENTS, beside / "events", given=dense.EVENTS_GIVEN),
        written(dense.APIS, beside / "apis"),
        written(dense.GRADUAL, beside / "gradual", given={"token": "a secret"}),
        written(dense.NEIGHBOURS, beside / "neighbours", given=dense.NEIGHBOURS_GIVEN),
        written(dense.NEIGHBOURS, beside / "neighbours-prod", "prod", dense.NEIGHBOURS_GIVEN),
    ]
    assert not refused(folders)


def test_what_is_looked_up(tmp_path: Path) -> None:
    """ARNs that are read from SSM and from exports stand where the provider takes them (the judge invents texts that are no ARNs)."""
    assert not refused([written(dense.LOOKUPS, tmp_path / "out")], "--validate-only")


# --- values ---


def test_texts_arrive_as_they_were_written(home: Path, tmp_path: Path) -> None:
    """Quotes, line ends, backslashes, any letters and what looks like a template reach AWS unchanged, from a text, a param and both mixed."""
    terraform = Terraform(home, written(dense.TEXTS, tmp_path, given=dense.TEXTS_GIVEN))
    made = terraform.apply()
    odd, mixed = dense.ODD, f"<{dense.ODD}>${{x}}%{{y}}"

    def parsed(address: str, *path: str | int) -> Any:
        return json.loads(at(made[address], *path))

    environment = {"FIXED": odd, "MIXED": mixed, "LEVEL": odd, "GIVEN": odd, "SHAPE": dense.TEXTS_GIVEN["shape"]}
    assert at(made["aws_lambda_function.f"], "environment", 0, "variables") == environment
    for address, what in (
        ("aws_lambda_function.f", "function"),
        ("aws_apigatewayv2_api.web", "api"),
        ("aws_ssm_parameter.fixed", "config"),
        ("aws_scheduler_schedule.every1h_to_f", "schedule"),
    ):
        assert made[address]["description"] == f'A "described" ${{x}} %{{y}} \\ {what}'
    assert made["aws_ssm_parameter.fixed"]["insecure_value"] == odd
    assert made["aws_ssm_parameter.mixed"]["insecure_value"] == mixed
    assert made["aws_sqs_queue.laid"]["tags"] == {"Note": mixed}
    assert at(made["aws_secretsmanager_secret_version.token"], "secret_string_wo") == odd
    assert at(made["aws_s3_bucket_website_configuration.files"], "error_document", 0, "key") == "e${x}%{y}.html"
    assert at(made["aws_apigatewayv2_authorizer.web_jwt"], "jwt_configuration", 0, "audience") == [odd]
    assert {name: made[f"output.{name}"] for name in ("fixed", "mixed", "level", "other")} == {
        "fixed": odd,
        "mixed": mixed,
        "level": odd,
        "other": odd,
    }
    allowed = [s for s in parsed("aws_iam_role_policy.f", "policy")["Statement"] if s["Action"] == "s3:GetObject"]
    assert [s["Resource"] for s in allowed] == ["arn:aws:s3:::b/${aws:username}/%{x}/*"]
    assert [s["Condition"] for s in allowed] == [{"StringEquals": {"aws:RequestTag/x": [odd, odd]}}]
    assert parsed("aws_cloudwatch_dashboard.board", "dashboard_body") == {"a": "${x}%{y}"}
    pattern = ("filter_criteria", 0, "filter", 0, "pattern")
    assert parsed("aws_lambda_event_source_mapping.jobs_to_f", *pattern) == {"body": {"kind": [odd, odd]}}
    assert parsed("aws_lambda_event_source_mapping.clicks_to_f", *pattern) == {"data": {"data": {"x": [{"prefix": odd}]}}}
    assert parsed("aws_lambda_event_source_mapping.orders_stream_to_f", *pattern)["dynamodb"]["NewImage"] == {"kind": {"S": [odd]}}
    assert parsed("aws_sns_topic_subscription.news_to_f", "filter_policy") == {"kind": [odd, odd]}
    assert parsed("aws_sns_topic_subscription.news_to_jobs", "filter_policy") == {"body": [odd]}
    assert parsed("aws_cloudwatch_event_rule.shop_to_f", "event_pattern") == {"detail": {"a": [odd], "b": [mixed], "odd ${k}": [odd]}}
    assert parsed("aws_cloudwatch_event_target.shop_to_f", "input") == {"text": odd, "level": odd, "mixed": mixed, "list": [1, "a"]}
    assert parsed("aws_cloudwatch_event_target.shop_to_jobs", "input") == odd
    assert parsed("aws_scheduler_schedule.every1h_to_f", "target", 0, "input") == {"text": odd, "level": odd}
    assert parsed("aws_scheduler_schedule.every2h_to_jobs", "target", 0, "input") == odd
    assert parsed("aws_scheduler_schedule.every3h_to_jobs", "target", 0, "input") == odd
    sent = at(made["aws_scheduler_schedule.every4h_to_shop"], "target", 0, "eventbridge_parameters", 0)
    assert sent == {"source": "a.b", "detail_type": mixed}
    configuration = terraform.planned()["configuration"]["root_module"]
    assert configuration["variables"]["given"]["description"] == 'A "described" ${x} %{y} \\ param'
    assert configuration["outputs"]["mixed"]["description"] == 'A "described" ${x} %{y} \\ output'


def at(value: Any, *path: str | int) -> Any:
    """What a path leads to."""
    for step in path:
        value = value[step]
    return value


def test_values_are_tested(home: Path, tmp_path: Path) -> None:
    """What a param does not take is refused before anything is made, in the param's own words."""
    written(dense.NEIGHBOURS, tmp_path, given=dense.NEIGHBOURS_GIVEN)
    terraform = Terraform(home, tmp_path)
    wrong = {
        'level="warn"': 'One of info, debug, say "warn"',
        "ratio=11": "From 1 to 10",
        "least=0": "1 or more",
        "most=11": "At most 10",
        "mail=nobody": "It must match",
        'zones=["a", "d"]': "One of a, b, c",
        "prefix=Wrong": "A small letter, then small letters",
        "flagged=maybe": "bool",
        "many=few": "number",
    }
    said = terraform.refused("plan", *(f"-var={value}" for value in wrong))
    assert [value for value, words in wrong.items() if words not in said] == []
    assert terraform.refused("plan", "-var=mail=nobody", "-var=least=1").count("Error: ") == 1


# --- changes ---


def test_what_is_renamed_moves(home: Path, tmp_path: Path) -> None:
    """Under new names that say `renamed from`, everything that is there moves in the state: nothing is made, replaced or removed."""
    before, after = dense.before_and_after()
    terraform = Terraform(home, written(before, tmp_path, given=dense.MOVING_GIVEN))
    there = terraform.apply()
    written(after, tmp_path, given=dense.MOVING_GIVEN)
    changes = terraform.changes()
    assert len(changes) == len([address for address in there if not address.startswith("data.")])
    assert {action for change in changes for action in change["change"]["actions"]} == {"no-op", "update"}
    stayed = {change["address"] for change in changes if "previous_address" not in change}
    assert {address.split(".")[1] for address in stayed} == {"other", "schedule_group"}
    # Their variables have the new names in them.
    assert {(change["address"], *changed(change)) for change in changes if changed(change)} == {
        ("aws_lambda_function.deliver", "environment"),
        ("aws_lambda_function.other", "environment"),
    }


def changed(change: dict[str, Any]) -> list[str]:
    """The arguments that a planned change gives another value."""
    before, after = change["change"]["before"], change["change"]["after"]
    return sorted(name for name in after if after[name] != before.get(name))


def test_new_code_touches_the_function_alone(home: Path, tmp_path: Path) -> None:
    """Another archive, with the same configuration, is an update of the functions that it is the code of."""
    text = "app coded\nqueue Jobs\nfunction f 'src/a.f' { runtime python3.14 }\nfunction g 'src/a.g' { runtime python3.14 }\nJobs -> f"
    terraform = Terraform(home, written(text.replace("'", '"'), tmp_path))
    terraform.apply()
    newer = {"code": {"f": {"filename": "code/newer.zip", "source_code_hash": "bmV3ZXI="}, "g": ARCHIVE}}
    (tmp_path / "given.auto.tfvars.json").write_text(json.dumps(newer), encoding="utf-8")
    changes = {change["address"]: changed(change) for change in terraform.changes() if change["change"]["actions"] != ["no-op"]}
    assert changes == {"aws_lambda_function.f": ["filename", "source_code_hash"]}


def test_backends(home: Path, tmp_path: Path) -> None:
    """`--backend` sets one up: the state lies where it says, and one of another service is taken (the judge keeps its state in a folder)."""
    kept = ("--backend", "local", f"path={tmp_path}/kept by me.json")
    Terraform(home, compiled_by_command("examples/hello/app.ifc", tmp_path / "local", *kept)).run("apply", "-auto-approve")
    assert "aws_lambda_function" in (tmp_path / "kept by me.json").read_text(encoding="utf-8")
    assert not (tmp_path / "local" / "terraform.tfstate").exists()
    remote = ("--backend", "s3", "bucket=states", "key=hello/dev.tfstate", "region=eu-west-1", "use_lockfile=true")
    assert not refused([compiled_by_command("examples/hello/app.ifc", tmp_path / "s3", *remote)])


# --- the judge ---


def test_the_judge_refuses(tmp_path: Path) -> None:
    """What the provider has not, and what AWS does not take, is refused: else all of the above would say nothing."""
    folder = compiled_by_command("examples/orders/app.ifc", tmp_path / "orders")
    queues = folder / "queues.tf.json"
    good = queues.read_text(encoding="utf-8")
    for one, other, words in (
        ('"visibility_timeout_seconds": 180', '"visibility_timeout_seconds": 10', "less than Function timeout"),
        ('"visibility_timeout_seconds"', '"visibility_timeout"', 'named "visibility_timeout"'),
        ('"${aws_sqs_queue.shipments.arn}"', '"${aws_sqs_queue.shipment.arn}"', "undeclared resource"),
    ):
        assert one in good
        queues.write_text(good.replace(one, other), encoding="utf-8")
        assert words in refused([folder])
