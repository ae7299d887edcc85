"""table: from the source to DynamoDB's tables, and to the pollers of their streams."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import errors, findings, resources, statements, template

KEY = "arn:aws:kms:eu-west-1:123456789012:key/abc"
STREAM = "arn:aws:dynamodb:eu-west-1:123456789012:table/old/stream/2026-01-01T00:00:00.000"
EXPIRED = {"eventName": ["REMOVE"], "userIdentity": {"principalId": ["dynamodb.amazonaws.com"], "type": ["Service"]}}


def table(settings: str) -> dict[str, Any]:
    """The properties of a table with some settings."""
    return resources(f"table Orders {{ {settings} }}", "AWS::DynamoDB::Table")["Orders"]


def mappings(text: str) -> dict[str, Any]:
    """The event source mappings of a program."""
    return resources(text, "AWS::Lambda::EventSourceMapping")


def patterns(mapping: dict[str, Any]) -> list[Any]:
    """The patterns of a mapping's filter."""
    return [json.loads(f["Pattern"]) for f in mapping.get("FilterCriteria", {"Filters": []})["Filters"]]


# --- the table ---


def test_least() -> None:
    """A table with a key alone is on demand, backed up, protected and kept."""
    made = template("table Orders { key id: string }")["Resources"]["Orders"]
    assert made == {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "DeletionProtectionEnabled": True,
            "Tags": [{"Key": "app", "Value": "x"}],
        },
    }


def test_keys_and_indexes() -> None:
    """The attributes of all keys are defined once, by name; a local index begins with the table's first."""
    made = table("""
        key         id: string, line: number
        index       byCustomer { key customer: string, at: number }
        index       "by-picture" { key picture: binary; project note, id, total }
        index       byLine { key line: number; project id }
        local-index byState { key state: string; project keys }
    """)
    assert [(a["AttributeName"], a["AttributeType"]) for a in made["AttributeDefinitions"]] == [
        ("at", "N"),
        ("customer", "S"),
        ("id", "S"),
        ("line", "N"),
        ("picture", "B"),
        ("state", "S"),
    ]
    customer, picture, line = made["GlobalSecondaryIndexes"]
    assert customer == {
        "IndexName": "byCustomer",
        "KeySchema": [{"AttributeName": "customer", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    assert picture["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["note", "total"]}
    assert line["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert made["LocalSecondaryIndexes"] == [
        {
            "IndexName": "byState",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "state", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ]


def test_provisioned() -> None:
    """Provisioned capacity is that of the table and of each index; a param may stand for it."""
    text = "param writes 7\ntable T { key a: string; index byB { key b: string }; billing provisioned read 5 write writes }"
    made = resources(text, "AWS::DynamoDB::Table")["T"]
    capacity = {"ReadCapacityUnits": 5, "WriteCapacityUnits": {"Ref": "writes"}}
    assert made["BillingMode"] == "PROVISIONED"
    assert made["ProvisionedThroughput"] == made["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] == capacity


def test_on_demand_takes_back_the_capacity_of_defaults() -> None:
    """What `defaults` reserve is gone where a table is on demand."""
    text = "defaults table { billing provisioned read 5 write 5 }\ntable T { key a: string; billing on-demand }"
    made = resources(text, "AWS::DynamoDB::Table")["T"]
    assert made["BillingMode"] == "PAY_PER_REQUEST"
    assert "ProvisionedThroughput" not in made


@pytest.mark.parametrize(
    ("word", "view"), [("new", "NEW_IMAGE"), ("old", "OLD_IMAGE"), ("new-and-old", "NEW_AND_OLD_IMAGES"), ("keys", "KEYS_ONLY")]
)
def test_stream(word: str, view: str) -> None:
    """`stream` says what the stream holds."""
    assert table(f"key id: string; stream {word}")["StreamSpecification"] == {"StreamViewType": view}


def test_ttl_backup_name() -> None:
    """Time to live is an attribute's; backups can be turned off; a name is taken as it is."""
    made = table('key id: string; ttl expiresAt; backup off; name "orders"')
    assert made["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
    assert made["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": False}
    assert made["TableName"] == "orders"


def test_encryption() -> None:
    """DynamoDB's own key needs nothing, the account's is switched on, a customer key is named."""
    assert "SSESpecification" not in table("key id: string; encryption on")
    assert table("key id: string; encryption kms")["SSESpecification"] == {"SSEEnabled": True}
    assert table(f'key id: string; encryption "{KEY}"')["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}


@pytest.mark.parametrize("text", ["table T { key a: string; keep off }", "app y { keep off }\ntable T { key a: string }"])
def test_not_kept(text: str) -> None:
    """A table goes with the app where it, or the app, says so."""
    made = template(text)["Resources"]["T"]
    assert made["DeletionPolicy"] == made["UpdateReplacePolicy"] == "Delete"
    assert made["Properties"]["DeletionProtectionEnabled"] is False


def test_kept_against_the_app() -> None:
    """A table's own `keep` goes before the app's."""
    assert template("app y { keep off }\ntable T { key a: string; keep on }")["Resources"]["T"]["DeletionPolicy"] == "RetainExceptOnCreate"


# --- permissions ---


def test_verbs() -> None:
    """Each verb allows its actions on the table alone; reading without indexes asks for none."""
    text = 'table T {{ key id: string }}\nfunction f "a.b" {{ {} T }}'
    for verb, actions in (
        ("reads", ["BatchGetItem", "ConditionCheckItem", "GetItem", "Query", "Scan"]),
        ("puts", ["PutItem"]),
        ("writes", ["BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem"]),
        ("deletes", ["DeleteItem"]),
    ):
        first = statements(text.format(verb), "f")[0]
        listed = [f"dynamodb:{a}" for a in actions]
        assert first == {"Effect": "Allow", "Action": listed if listed[1:] else listed[0], "Resource": {"Fn::GetAtt": ["T", "Arn"]}}


def test_reading_indexes() -> None:
    """Reading a table with indexes reads them too."""
    first = statements('table T { key id: string; index byB { key bb: string } }\nfunction f "a.b" { reads T }', "f")[0]
    assert first["Resource"] == [{"Fn::GetAtt": ["T", "Arn"]}, {"Fn::Sub": "${T.Arn}/index/*"}]


def test_environment() -> None:
    """A verb passes the table's name."""
    made = resources('table OrdersTable { key id: string }\nfunction f "a.b" { reads OrdersTable }', "AWS::Lambda::Function")["f"]
    assert made["Environment"]["Variables"] == {"ORDERS_TABLE": {"Ref": "OrdersTable"}}


def test_customer_key() -> None:
    """Readers may decrypt with the customer key, writers do all that DynamoDB asks for, and pollers decrypt."""
    text = f"""
        table T {{ key id: string; stream new; encryption "{KEY}" }}
        function r "a.b" {{ reads T }}
        function w "a.b" {{ writes T }}
        function p "a.b"
        T.stream -> p
    """
    asked = {f: next(s["Action"] for s in statements(text, f) if s["Resource"] == KEY) for f in "rwp"}
    assert asked == {
        "r": ["kms:Decrypt", "kms:DescribeKey"],
        "w": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        "p": "kms:Decrypt",
    }


# --- arrows ---


def test_arrow() -> None:
    """An arrow is a poller with safe defaults, and the right to read the stream."""
    text = 'table Orders { key id: string; stream new }\nfunction bill "a.b"\nOrders.stream -> bill'
    assert mappings(text) == {
        "OrdersStreamToBill": {
            "EventSourceArn": {"Fn::GetAtt": ["Orders", "StreamArn"]},
            "FunctionName": {"Ref": "bill"},
            "BatchSize": 100,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "StartingPosition": "TRIM_HORIZON",
            "MaximumRetryAttempts": 3,
            "BisectBatchOnFunctionError": True,
            "Tags": [{"Key": "app", "Value": "x"}],
        }
    }
    assert statements(text, "bill")[0] == {
        "Effect": "Allow",
        "Action": ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
        "Resource": {"Fn::GetAtt": ["Orders", "StreamArn"]},
    }


def test_arrow_settings() -> None:
    """All that may be said on an arrow reaches the poller."""
    made = mappings("""
        table T { key id: string; stream new }
        queue Failed
        function f "a.b"
        T.stream -> f { batch 10; within 5s; start latest; retries none; bisect off; parallel 2; max-age 1h; dead-letter Failed }
    """)["TStreamToF"]
    del made["EventSourceArn"], made["FunctionName"], made["FunctionResponseTypes"], made["Tags"]
    assert made == {
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 5,
        "StartingPosition": "LATEST",
        "MaximumRetryAttempts": -1,
        "BisectBatchOnFunctionError": False,
        "ParallelizationFactor": 2,
        "MaximumRecordAgeInSeconds": 3600,
        "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Failed", "Arn"]}}},
    }


def test_filter() -> None:
    """A filter stands under the types that keys declare, else under those of the values."""
    made = mappings("""
        table T { key id: string; index byTotal { key total: number }; stream new-and-old }
        function f "a.b"
        T.stream where eventName == "INSERT" and new.total == 5 and new.paid == true -> f
    """)["TStreamToF"]
    assert patterns(made) == [{"eventName": ["INSERT"], "dynamodb": {"NewImage": {"total": {"N": ["5"]}, "paid": {"BOOL": [True]}}}}]


def test_expired() -> None:
    """What has expired is told from what somebody deleted."""
    made = mappings('table T { key id: string; ttl at; stream old }\nfunction f "a.b"\nT.expired -> f')["TExpiredToF"]
    assert patterns(made) == [EXPIRED]


BOTH = """
    table T { key id: string; ttl at; stream new-and-old }
    function f "a.b"
"""


def test_stream_and_expired_share_a_mapping() -> None:
    """Both events of a table to one function are one mapping, since Lambda refuses a second one."""
    made = mappings(BOTH + 'T.stream where eventName == "INSERT" -> f\nT.expired where old.kind == "a" -> f')
    assert list(made) == ["TStreamToF"]
    assert patterns(made["TStreamToF"]) == [{"eventName": ["INSERT"]}, {**EXPIRED, "dynamodb": {"OldImage": {"kind": {"S": ["a"]}}}}]


def test_unfiltered_stream_brings_what_expired() -> None:
    """Beside an arrow that lets everything through, the one for what expired adds nothing."""
    made = mappings(BOTH + "T.stream -> f\nT.expired -> f")
    assert list(made) == ["TStreamToF"]
    assert "FilterCriteria" not in made["TStreamToF"]


def test_properties_laid_over_a_shared_mapping() -> None:
    """Properties laid over both arrows stand in their one mapping."""
    over = "{ cfn { Enabled false } }"
    assert mappings(BOTH + f"T.stream -> f {over}\nT.expired -> f {over}")["TStreamToF"]["Enabled"] is False


def test_rename_keeps_the_mapping() -> None:
    """A renamed table keeps its mapping's id: a second mapping of the pair would be refused."""
    assert list(mappings('table New { renamed from Old; key id: string; stream new }\nfunction f "a.b"\nNew.stream -> f')) == [
        "OldStreamToF"
    ]


def test_two_readers_are_quiet() -> None:
    """Two functions may read a table's stream, whichever events they want."""
    text = BOTH + 'function g "a.b"\nT.stream -> f, g\nT.expired -> f'
    assert findings(text) == []


# --- extern ---


def test_extern() -> None:
    """An extern table is granted by its name, with its indexes where they are declared."""
    text = 'extern table Old "old" {}\nfunction f "a.b" {{ reads Old }}'
    place = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/old"
    assert statements(text.format(""), "f")[0]["Resource"] == {"Fn::Sub": place}
    assert statements(text.format("{ index byB { key bb: string } }"), "f")[0]["Resource"] == [
        {"Fn::Sub": place},
        {"Fn::Sub": place + "/index/*"},
    ]


def test_extern_stream() -> None:
    """The stream of an extern table is read by the ARN that is told, and may hold every image."""
    text = f"""
        extern table Old "old" {{ key id: string; stream-arn "{STREAM}" }}
        function f "a.b"
        Old.stream where old.id == "a" -> f
        output arn Old.stream-arn
    """
    made = mappings(text)["OldStreamToF"]
    assert made["EventSourceArn"] == STREAM
    assert patterns(made) == [{"dynamodb": {"OldImage": {"id": {"S": ["a"]}}}}]
    assert template(text)["Outputs"]["arn"]["Value"] == STREAM


# --- mistakes ---


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("", "IFC308"),
        ("key", "IFC304"),
        ("key id", "IFC301"),
        ('key "id"', "IFC301"),
        ("key id: str", "IFC303"),
        ("key id: string at: number", "IFC305"),
        ("key id: string, at: number, on: string", "IFC321"),
        ("key id: string, id: string", "IFC321"),
        ("key id: string; index byA", "IFC308"),
        ("key id: string; index { key a: string }", "IFC308"),
        ("key id: string; index a { key b: string }", "IFC309"),
        ("key id: string; index byA { key a: string; project }", "IFC304"),
        ("key id: string; index byA { key a: string; project a.b }", "IFC301"),
        ("key id: string; index byA { key a: string }; index byA { key b: string }", "IFC211"),
        ("key id: string; index byA { key id: number }", "IFC320"),
        ("key id: string; local-index byA { key a: string }", "IFC322"),
        ("key id: string, at: number; local-index byA { key id: string }", "IFC322"),
        ("key id: string, at: number; local-index byA { key a: string, b: string }", "IFC321"),
        ("key id: string, at: number; index byA { key a: string }; local-index byA { key b: string }", "IFC323"),
        ("key id: string; " + "; ".join(f"index by{n} {{ key a{n}: string }}" for n in range(100, 121)), "IFC323"),
        ("key id: string, at: number; " + "; ".join(f"local-index by{n} {{ key a{n}: string }}" for n in range(100, 106)), "IFC323"),
        ("key id: string; index byA { key a: string; project " + ", ".join(f"p{n}" for n in range(101)) + " }", "IFC323"),
        ("key id: string; ttl id", "IFC324"),
        ("key id: string; ttl session.at", "IFC301"),
        ("key id: string; stream both", "IFC303"),
        ("key id: string; billing", "IFC304"),
        ("key id: string; billing provisioned", "IFC325"),
        ("key id: string; billing on-demand read 5 write 5", "IFC325"),
        ("key id: string; billing provisioned read 0 write 5", "IFC302"),
        ("key id: string; encryption off", "IFC326"),
        ('key id: string; encryption "alias/mine"', "IFC309"),
        ('key id: string; stream-arn "arn:aws:dynamodb:x"', "IFC327"),
        ('key id: string; name "a b"', "IFC309"),
    ],
)
def test_wrong_setting(settings: str, code: str) -> None:
    """A wrong setting is one error."""
    assert errors(f"table Orders {{ {settings} }}") == [code]


MANY_CASES = """
    table T { key id: string; ttl at; stream new-and-old }
    T.stream where new.a == 1 or new.b == 1 or new.c == 1 -> f
    T.expired where old.a == 1 or old.b == 1 or old.c == 1 -> f
"""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("table T { key id: string }\nT.stream -> f", "IFC451"),
        ("table T { key id: string }\nT.expired -> f\nT.stream -> f", "IFC451"),
        ("table T { key id: string }\noutput a T.stream-arn", "IFC451"),
        ("table T { key id: string; stream old }\nT.expired -> f", "IFC452"),
        ("table T { key id: string; stream new }\nT -> f", "IFC402"),
        ("table T { key id: string; stream new }\nqueue Q\nT.stream -> Q", "IFC905"),
        ("table T { key id: string; stream new }\nT.stream where old.a == 1 -> f", "IFC438"),
        ("table T { key id: string; stream new }\nT.stream -> f { start now }", "IFC303"),
        ("table T { key id: string; stream new }\nT.stream -> f { concurrency 5 }", "IFC210"),
        ("table T { key id: string; stream new }\nqueue Q { fifo }\nT.stream -> f { dead-letter Q }", "IFC454"),
        ("table T { key id: string; stream new }\nT.stream -> f { dead-letter f }", "IFC207"),
        ('extern table T "old"\nT.stream -> f', "IFC455"),
        ('extern table T "old"\noutput a T.stream-arn', "IFC455"),
        ('extern table T "old" { ttl at }', "IFC210"),
        ("table T { key id: string; ttl at; stream new-and-old }\nT.stream -> f { batch 10 }\nT.expired -> f", "IFC450"),
        (MANY_CASES, "IFC450"),
    ],
)
def test_wrong_arrow(text: str, code: str) -> None:
    """A wrong arrow is one error."""
    assert errors(f'function f "a.b"\n{text}') == [code]


def test_a_stage_without_the_stream() -> None:
    """A stage may take the stream away, and then the arrow is wrong there."""
    text = 'table T { key id: string; stream new }\nfunction f "a.b"\nT.stream -> f\nstage test { T { stream none } }'
    assert errors(text, "test") == ["IFC451"]


def test_three_readers() -> None:
    """A third reader of a table's stream is a warning."""
    text = 'table T { key id: string; stream new }\nfunction f "a.b"\nfunction g "a.b"\nfunction h "a.b"\nT.stream -> f, g, h'
    assert findings(text) == ["IFC453"]


def test_extern_function_reads_with_its_own_role() -> None:
    """The role of an extern function is its owner's, who is told what it needs."""
    assert findings('table T { key id: string; stream new }\nextern function f "f"\nT.stream -> f') == ["IFC456"]
