"""alarm: from the source to CloudWatch."""

from __future__ import annotations

from typing import Any

import pytest

from ifc.diagnostics import NOTE
from ifc.kinds import kinds, load
from ifc.model.metrics import BYTES, COUNT, MILLISECONDS, SECONDS, SHARE
from tests.support import compiled, errors, findings, resources, template

F = 'function f "a.b" { runtime python3.14 }\n'
G = 'function g "a.b" { runtime python3.14 }\n'
# One of each kind that has metrics, and how CloudWatch tells it from others (its service's page on metrics).
WATCHED = {
    "api": ("api R { GET / -> f }\n" + F, "AWS/ApiGateway", [{"Name": "ApiId", "Value": {"Ref": "R"}}]),
    "bucket": ("bucket R", "AWS/S3", "BucketName"),
    "function": ('function R "a.b" { runtime python3.14 }', "AWS/Lambda", [{"Name": "FunctionName", "Value": {"Ref": "R"}}]),
    "queue": ("queue R", "AWS/SQS", [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["R", "QueueName"]}}]),
    "stream": ("stream R", "AWS/Kinesis", [{"Name": "StreamName", "Value": {"Ref": "R"}}]),
    "table": ("table R { key id: string }", "AWS/DynamoDB", [{"Name": "TableName", "Value": {"Ref": "R"}}]),
    "topic": ("topic R", "AWS/SNS", [{"Name": "TopicName", "Value": {"Fn::GetAtt": ["R", "TopicName"]}}]),
}
# A threshold in each unit, and what CloudWatch gets.
AMOUNTS = {COUNT: ("7", 7), SHARE: ("0.25", 0.25), SECONDS: ("20m", 1200), MILLISECONDS: ("1500ms", 1500), BYTES: ("10MB", 10 * 2**20)}
WRONG = {COUNT: "5m", SHARE: "2", SECONDS: "5", MILLISECONDS: "5", BYTES: "5"}
METRICS = [(kind, word) for kind in sorted(WATCHED) for word in load(kind).metrics]


def alarms(text: str) -> dict[str, Any]:
    """The alarms of a source text, by id."""
    return resources(text, "AWS::CloudWatch::Alarm")


def alarm(text: str) -> dict[str, Any]:
    """The one alarm of a source text."""
    [found] = alarms(text).values()
    return dict(found)


def test_least() -> None:
    """A metric and a threshold are enough: five minutes, one period, and no value is a good sign."""
    assert alarm(F + "alarm E where f.errors > 3") == {
        "AlarmName": {"Fn::Sub": "${Prefix}-E"},
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "f"}}],
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 3,
        "TreatMissingData": "notBreaching",
        "Tags": [{"Key": "app", "Value": "x"}],
    }


def test_every_kind_with_metrics_is_tried() -> None:
    """The tables above leave no kind out."""
    assert {kind for kind in kinds() if load(kind).metrics} == set(WATCHED)


@pytest.mark.parametrize(("kind", "word"), METRICS)
def test_every_metric(kind: str, word: str) -> None:
    """Each metric becomes CloudWatch's own, in its unit, of this resource alone."""
    source, namespace, dimensions = WATCHED[kind]
    metric = load(kind).metrics[word]
    written, threshold = AMOUNTS[metric.unit]
    made = alarm(f"{source}\nalarm E where R.{word} > {written}")
    assert made["Threshold"] == threshold
    parts = [p["MetricStat"] for p in made["Metrics"][1:]] if metric.whole else [{"Metric": made, "Period": made["Period"]}]
    assert [p["Metric"]["MetricName"] for p in parts] == ([metric.name, metric.whole] if metric.whole else [metric.name])
    for part in parts:
        assert part["Metric"]["Namespace"] == namespace
        assert part["Period"] == max(300, metric.shortest)
        if kind == "bucket":
            named = {d["Name"]: d["Value"] for d in part["Metric"]["Dimensions"]}
            assert set(named) == {dimensions, "StorageType"}
            assert named["StorageType"] == {"objects": "AllStorageTypes", "size": "StandardStorage"}[word]
        else:
            assert part["Metric"]["Dimensions"] == dimensions


@pytest.mark.parametrize(("kind", "word"), METRICS)
def test_a_threshold_of_another_unit(kind: str, word: str) -> None:
    """Nobody has to know in which unit a service counts: what has another one is refused."""
    source = WATCHED[kind][0]
    assert errors(f"{source}\nalarm E where R.{word} > {WRONG[load(kind).metrics[word].unit]}") == ["IFC362"]
    assert errors(f'{source}\nalarm E where R.{word} > "a"') == ["IFC362"]


def test_metrics_of_a_rest_api() -> None:
    """CloudWatch finds a REST API by its name, and calls its errors otherwise; an extern one has no name here."""
    made = alarm(f"{F}api R {{ protocol rest; GET / -> f }}\nalarm E where R.5xx > 5")
    assert (made["MetricName"], made["Dimensions"][0]["Name"]) == ("5XXError", "ApiName")
    assert alarm(f"{F}api R {{ protocol rest; GET / -> f }}\nalarm E where R.4xx > 5")["MetricName"] == "4XXError"


def test_an_alarm_for_each_api() -> None:
    """Each API has its protocol's metrics."""
    made = alarms(F + "api A { GET / -> f }\napi R { protocol rest; GET / -> f }\nalarm E where api.error-rate > 0.1")
    found = {id: [p["MetricStat"]["Metric"]["MetricName"] for p in a["Metrics"][1:]] for id, a in made.items()}
    assert found == {"EA": ["5xx", "Count"], "ER": ["5XXError", "Count"]}


def test_an_extern_rest_api() -> None:
    """Its metrics go by its name, which is not known here."""
    assert errors('extern api R "a1" { protocol rest }\nalarm E where R.5xx > 1') == ["IFC364"]
    assert alarm('extern api R "a1"\nalarm E where R.5xx > 1')["Dimensions"] == [{"Name": "ApiId", "Value": "a1"}]


@pytest.mark.parametrize(
    ("sign", "name", "missing"),
    [
        (">", "GreaterThanThreshold", "notBreaching"),
        (">=", "GreaterThanOrEqualToThreshold", "notBreaching"),
        ("<", "LessThanThreshold", "breaching"),
        ("<=", "LessThanOrEqualToThreshold", "breaching"),
    ],
)
def test_comparisons(sign: str, name: str, missing: str) -> None:
    """Each sign has a name; where too little is bad, nothing at all is bad too."""
    made = alarm(f"{F}alarm E where f.calls {sign} 3")
    assert (made["ComparisonOperator"], made["TreatMissingData"]) == (name, missing)


@pytest.mark.parametrize(("word", "name"), [("good", "notBreaching"), ("bad", "breaching"), ("ignore", "ignore"), ("unknown", "missing")])
def test_periods_without_a_value(word: str, name: str) -> None:
    """What they are is chosen, whatever the sign."""
    assert alarm(f"{F}alarm E where f.calls < 3 {{ missing {word} }}")["TreatMissingData"] == name


def test_periods() -> None:
    """Length, how many, and of how many."""
    made = alarm(F + "alarm E where f.errors > 3 { over 1m; times 2 of 3 }")
    assert (made["Period"], made["EvaluationPeriods"], made["DatapointsToAlarm"]) == (60, 3, 2)
    made = alarm(F + "alarm E where f.errors > 3 { times 4 }")
    assert (made["EvaluationPeriods"], "DatapointsToAlarm" in made) == (4, False)
    assert alarm("bucket B\nalarm E where B.objects > 3")["Period"] == 86_400
    assert alarm(F + "alarm E where f.errors > 3 { over 1d; times 7 }")["EvaluationPeriods"] == 7


@pytest.mark.parametrize(
    "settings",
    ["over 45s", "over 90s", "over 10s", "over 1m; times 1441", "over 1d; times 8", "over 1h; times 169", "times 3 of 2", "times 289"],
)
def test_periods_that_cloudwatch_has_not(settings: str) -> None:
    """Odd lengths, and more than a day (a week, of hours) together."""
    assert errors(f"{F}alarm E where f.errors > 3 {{ {settings} }}") == ["IFC363"]


def test_periods_of_other_metrics() -> None:
    """S3 counts once a day; one's own metrics may have a value every ten seconds."""
    assert errors("bucket B\nalarm E where B.size > 1GB { over 1h }") == ["IFC363"]
    assert alarm('alarm E where "A/B" > 1 { over 10s }')["Period"] == 10
    assert errors('alarm E where "A/B" > 1 { over 15s }') == ["IFC363"]


def test_statistics() -> None:
    """A sum or a maximum as the metric has it, an average, or a percentile; a share is of sums and has neither."""
    assert alarm(F + "alarm E where f.duration > 1s")["Statistic"] == "Maximum"
    assert alarm(F + "alarm E where f.duration > 1s { average }")["Statistic"] == "Average"
    made = alarm(F + "alarm E where f.duration > 1s { percentile 99.5 }")
    assert (made["ExtendedStatistic"], "Statistic" in made) == ("p99.5", False)
    assert alarm(F + "alarm E where f.duration > 1s { percentile 99 }")["ExtendedStatistic"] == "p99"
    assert errors(F + "alarm E where f.duration > 1s { average; percentile 9 }") == ["IFC365"]
    assert errors(F + "alarm E where f.error-rate > 0.1 { average }") == ["IFC365"]
    assert errors(F + "alarm E where f.error-rate > 0.1 { percentile 50 }") == ["IFC365"]
    assert errors(F + "alarm E where f.duration > 1s { percentile 100 }") == ["IFC302"]


def test_a_share() -> None:
    """One sum by another, and nought where there is nothing to divide by."""
    made = alarm(F + "alarm E where f.error-rate > 0.1 { over 1m }")
    assert made["Metrics"][0] == {"Id": "share", "Expression": "IF(whole > 0, part / whole, 0)", "ReturnData": True}
    assert [(p["Id"], p["MetricStat"]["Stat"], p["MetricStat"]["Period"], p["ReturnData"]) for p in made["Metrics"][1:]] == [
        ("part", "Sum", 60, False),
        ("whole", "Sum", 60, False),
    ]
    assert not {"MetricName", "Namespace", "Period", "Statistic", "Dimensions"} & set(made)


def test_each_function() -> None:
    """One alarm for each function, called after both, and nothing that is added renames the others."""
    made = alarms(F + G + "alarm E where function.errors > 3")
    assert {id: (a["AlarmName"], a["Dimensions"][0]["Value"]) for id, a in made.items()} == {
        "EF": ({"Fn::Sub": "${Prefix}-E-f"}, {"Ref": "f"}),
        "EG": ({"Fn::Sub": "${Prefix}-E-g"}, {"Ref": "g"}),
    }
    one = alarms(F + "alarm E where function.errors > 3")
    assert one == {"EF": made["EF"]}
    named = alarms(F + G + 'alarm E where function.errors > 3 { name "late-${stage}" }')
    assert [a["AlarmName"] for a in named.values()] == ["late-dev-f", "late-dev-g"]


def test_each_of_none() -> None:
    """An alarm for each of a kind that the app has none of watches nothing, and that is told."""
    assert findings("queue Q\nalarm E where function.errors > 3") == ["IFC366"]
    assert alarms("queue Q\nalarm E where function.errors > 3") == {}


def test_a_declaration_called_like_a_kind() -> None:
    """A name of the app goes before the kind's."""
    made = alarm("queue function\nalarm E where function.visible > 3")
    assert made["Namespace"] == "AWS/SQS"


def test_several_alarms_have_no_one_name() -> None:
    """What is several alarms can't be referred to as one."""
    assert errors(F + "alarm E where function.errors > 3\noutput a E.arn") == ["IFC206"]


def test_two_alarms_of_one_id() -> None:
    """An alarm for each and one of its own may come to the same id; that is told, not merged."""
    assert errors(G + "alarm E where function.errors > 1\nalarm EG where g.errors > 1") == ["IFC602"]


def test_dead_letters() -> None:
    """The queue behind a queue is watched by its own name; one that is not there can't be."""
    made = alarm("queue Q { dead-letter after 3 }\nalarm E where Q.dead-letter.visible > 0")
    assert made["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["QDead", "QueueName"]}}]
    assert errors("queue Q\nalarm E where Q.dead-letter.visible > 0") == ["IFC425"]
    assert errors("queue Q { dead-letter after 3 }\nalarm E where queue.dead-letter.visible > 0") == ["IFC361"]
    assert errors(F + "alarm E where f.logs.errors > 0") == ["IFC361"]


def test_extern_resources() -> None:
    """What exists already is watched by its name; an extern REST API has only an id here."""
    assert alarm('extern queue Q "old"\nalarm E where Q.visible > 1')["Dimensions"] == [{"Name": "QueueName", "Value": "old"}]
    assert alarm('extern function h "theirs"\nalarm E where h.errors > 1')["Dimensions"] == [{"Name": "FunctionName", "Value": "theirs"}]


def test_a_metric_of_ones_own() -> None:
    """Namespace and name in quotes, the namespace with slashes of its own; the sum counts, and dimensions are written."""
    made = alarm('param level "info"\nalarm E where "Shop/Revenue/Total" <= 3 { dimensions { Shop level; Area "a" } }')
    assert (made["Namespace"], made["MetricName"], made["Statistic"]) == ("Shop/Revenue", "Total", "Sum")
    assert made["Dimensions"] == [{"Name": "Area", "Value": "a"}, {"Name": "Shop", "Value": {"Ref": "level"}}]
    assert "Dimensions" not in alarm('alarm E where "A/B" > 1')
    for odd in ('""', '"/"', '"A/"', '"/B"', '"A"'):
        assert errors(f"alarm E where {odd} > 1") == ["IFC361"]


def test_dimensions_beside_the_resources_own() -> None:
    """What is written tells a part of a resource's metrics from the rest; there are thirty at most."""
    made = alarm('bucket B { name "files" }\nalarm E where B.size > 1GB { dimensions { FilterId "a" } }')
    assert [d["Name"] for d in made["Dimensions"]] == ["BucketName", "FilterId", "StorageType"]
    many = "; ".join(f'D{n} "x"' for n in range(30))
    assert errors(f'alarm E where "A/B" > 1 {{ dimensions {{ {many} }} }}') == []
    assert errors(f"{F}alarm E where f.errors > 1 {{ dimensions {{ {many} }} }}") == ["IFC302"]
    assert errors('alarm E where "A/B" > 1 { dimensions { ":a" "x" } }') == ["IFC309"]


def test_a_param_as_threshold() -> None:
    """It is a number in CloudWatch's own unit, whatever the unit."""
    made = template("param most 7.5\nqueue Q\nalarm E where Q.oldest > most")
    assert made["Resources"]["E"]["Properties"]["Threshold"] == {"Ref": "most"}


@pytest.mark.parametrize(
    "condition",
    [
        "f.errors == 1",
        "f.errors != 1",
        "f.errors > 1 and f.calls > 1",
        "f.errors > 1 or f.calls > 1",
        "not f.errors > 1",
    ],
)
def test_not_a_condition(condition: str) -> None:
    """One metric and one threshold: everything else is two alarms or none."""
    assert errors(f"{F}alarm E where {condition}") == ["IFC360"]


def test_no_condition() -> None:
    """An alarm that watches nothing is none."""
    assert errors("alarm E") == ["IFC360"]


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("nope.errors", "IFC201"),
        ("f", "IFC361"),
        ("f.eror", "IFC361"),
        ("function", "IFC361"),
        ("B.events", "IFC361"),
        ("S.value", "IFC361"),
    ],
)
def test_unknown_metrics(field: str, code: str) -> None:
    """Names that nobody has, metrics that a kind has not, and kinds without any."""
    assert errors(f"{F}bus B\nsecret S\nalarm E where {field} > 1") == [code]


def test_the_nearest_metric_is_offered() -> None:
    """A slip of the pen is answered with the word that was meant."""
    [told] = compiled(F + "alarm E where f.eror > 1").report.ordered()
    assert told.help == "write `f.errors`"
    [told] = compiled("queue Q { dead-letter after 3 }\nalarm E where Q.dead-letter.visibel > 1").report.ordered()
    assert told.help == "write `Q.dead-letter.visible`"


# --- what it tells ---


def test_topics() -> None:
    """A topic lets CloudWatch publish for this alarm; several alarms may share it, and `.ok` tells when all is well."""
    made = template(
        F + "queue Q\ntopic Ops\ntopic Fine\nalarm A where f.errors > 1\nalarm B where Q.oldest > 1m\nA, B -> Ops\nB.ok -> Fine"
    )
    found = made["Resources"]
    assert found["A"]["Properties"]["AlarmActions"] == found["B"]["Properties"]["AlarmActions"] == [{"Ref": "Ops"}]
    assert found["B"]["Properties"]["OKActions"] == [{"Ref": "Fine"}]
    assert "OKActions" not in found["A"]["Properties"]
    statements = found["OpsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    arns = [{"Fn::GetAtt": [id, "Arn"]} for id in ("A", "B")]
    assert [(s["Principal"], s["Action"], s["Resource"], s["Condition"]) for s in statements] == [
        ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish", {"Ref": "Ops"}, {"ArnEquals": {"aws:SourceArn": arns}})
    ]


def test_a_function_is_rung() -> None:
    """Lambda lets each alarm of a declaration call the function, with the principal that alarms have."""
    made = template(F + G + "alarm E where function.errors > 1\nE -> g\nE.ok -> f")["Resources"]
    permissions = {id: r["Properties"] for id, r in made.items() if r["Type"] == "AWS::Lambda::Permission"}
    assert sorted(permissions) == ["EFMayCallG", "EFOkMayCallF", "EGMayCallG", "EGOkMayCallF"]
    assert permissions["EFMayCallG"] == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": "g"},
        "Principal": "lambda.alarms.cloudwatch.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": ["EF", "Arn"]},
    }
    assert made["EG"]["Properties"]["AlarmActions"] == [{"Fn::GetAtt": ["g", "Arn"]}]


def test_an_alias_is_rung() -> None:
    """A function with versions is called by its alias, also by an alarm."""
    made = template(F + 'function g "a.b" { runtime python3.14; provisioned 1 }\nalarm E where f.errors > 1\nE -> g')["Resources"]
    assert made["E"]["Properties"]["AlarmActions"] == [{"Ref": "gAlias"}]
    assert made["EMayCallG"]["Properties"]["FunctionName"] == {"Ref": "gAlias"}


def test_the_same_twice_is_once() -> None:
    """Saying a target twice tells it once, and alarm and all-clear may go to one place."""
    made = alarm(F + "topic T\nalarm E where f.errors > 1\nE -> T\nE -> T\nE.ok -> T")
    assert (made["AlarmActions"], made["OKActions"]) == ([{"Ref": "T"}], [{"Ref": "T"}])


def test_no_more_than_five() -> None:
    """CloudWatch takes five actions for a state; the sixth is told, and each state counts by itself."""
    topics = "".join(f"topic T{n}\n" for n in range(6))
    first = "T0, T1, T2, T3, T4"
    assert errors(f"{topics}{F}alarm E where f.errors > 1\nE -> {first}\nE.ok -> {first}") == []
    assert errors(f"{topics}{F}alarm E where f.errors > 1\nE -> {first}, T5") == ["IFC302"]


def test_targets_that_are_none() -> None:
    """FIFO topics want a group; queues, filters and other ports an alarm has not."""
    text = F + "queue Q\ntopic T { fifo }\nalarm E where f.errors > 1\n"
    assert errors(text + "E -> T") == ["IFC411"]
    assert errors(text + 'extern topic X "arn:aws:sns:eu-west-1:123456789012:x.fifo"\nE.ok -> X') == ["IFC411"]
    assert errors(text + "E -> Q") == ["IFC404"]
    assert errors(text + "E.nope -> T") == ["IFC402"]
    assert errors(F + "topic T { encryption kms }\nalarm E where f.errors > 1\nE -> T") == ["IFC469"]


def test_extern_targets() -> None:
    """An extern topic's policy is its owner's; an extern function is given a permission."""
    text = F + "alarm E where f.errors > 1\n"
    assert findings(text + 'extern topic T "arn:aws:sns:eu-west-1:123456789012:t"\nE -> T', NOTE) == ["IFC505"]
    made = template(text + 'extern function h "theirs"\nE -> h')["Resources"]
    assert made["EMayCallH"]["Properties"]["FunctionName"] == "theirs"


# --- its place among others ---


def test_a_function_may_name_the_alarm_that_watches_or_rings_it() -> None:
    """Both would wait for each other, so the function's environment has the alarm's names written out."""
    for ring in ("", "E -> g"):
        made = template(f'alarm E where g.errors > 1\n{ring}\nfunction g "a.b" {{ runtime python3.14; env {{ AL E.arn; AN E.name }} }}')
        assert made["Resources"]["g"]["Properties"]["Environment"]["Variables"] == {
            "AL": {"Fn::Sub": "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${Prefix}-E"},
            "AN": {"Fn::Sub": "${Prefix}-E"},
        }
    assert template(F + "alarm E where f.errors > 1\noutput a E.arn")["Outputs"]["a"]["Value"] == {"Fn::GetAtt": ["E", "Arn"]}


def test_names_descriptions_ids_and_tags() -> None:
    """A comment above is the description; `name`, `id` and `tags` are as everywhere."""
    made = alarms(F + '## Look "here"\nalarm E where f.errors > 1 { name "late-${stage}"; id "Old"; tags { a "b" } }')
    assert made["Old"]["AlarmDescription"] == 'Look "here"'
    assert made["Old"]["AlarmName"] == "late-dev"
    assert {"Key": "a", "Value": "b"} in made["Old"]["Tags"]
    assert errors(f"{F}alarm {'E' * 260} where f.errors > 1") == ["IFC605"]
    assert errors(F + 'alarm E where f.errors > 1 { name "é" }') == ["IFC309"]


def test_defaults_and_stages() -> None:
    """Defaults reach alarms, a stage changes one, and what is written on it wins."""
    text = F + "defaults alarm { over 1m; missing bad }\nalarm E where f.errors > 1 { missing ignore }\nstage dev { E { over 10m } }"
    made = alarm(text)
    assert (made["Period"], made["TreatMissingData"]) == (600, "ignore")
    assert alarm(F + "stage dev { alarm E where f.errors > 3 }")["Threshold"] == 3


def test_it_is_no_extern_and_holds_no_verbs() -> None:
    """An alarm is of this app, and code does nothing with it."""
    assert errors('extern alarm E "x"') == ["IFC209"]
    [told] = compiled('extern alarm E "x"').report.ordered()
    assert told.message == "an alarm can't be extern"
    assert errors('alarm E where g.errors > 1\nfunction g "a.b" { runtime python3.14; reads E }') == ["IFC502"]


def test_what_it_watches_may_be_broken() -> None:
    """A mistake in what is watched or rung is told once, and nothing about the alarm."""
    assert errors("queue Q { visibility 99d }\nalarm E where Q.oldest > 1m") == ["IFC302"]
    assert errors(F + "topic T { bogus 2 }\nalarm E where f.errors > 1\nE -> T") == ["IFC210"]
    assert errors("queue Q { bogus 1 }\nalarm E where queue.oldest > 1m") == ["IFC210"]


def test_order_does_not_matter() -> None:
    """The same declarations in another order make the same template."""
    lines = [
        "topic A",
        "topic B",
        "alarm E where function.errors > 1",
        "alarm G where Q.oldest > 1m",
        "queue Q",
        "G -> A",
        "E -> B",
        "E -> A",
    ]
    lines += [F.strip(), 'function g "a.b" { runtime python3.14 }']
    assert template("\n".join(lines)) == template("\n".join(reversed(lines)))
