"""The kind `bucket`: names, settings, permissions and events, from text to template."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import compiled, errors, findings, resources, statements, template

NAME = "${Prefix}-images-${AWS::AccountId}-${AWS::Region}"
ARN = {"Fn::Sub": "arn:${AWS::Partition}:s3:::" + NAME}
F = 'function f "a.b" { runtime python3.14 }\n'


def bucket(text: str, id: str = "Images") -> dict[str, Any]:
    """The properties of a bucket."""
    return resources(text, "AWS::S3::Bucket")[id]


def policy(text: str, id: str = "ImagesPolicy") -> list[dict[str, Any]]:
    """The statements of a bucket's policy."""
    found: list[dict[str, Any]] = resources(text, "AWS::S3::BucketPolicy")[id]["PolicyDocument"]["Statement"]
    return found


# --- names and defaults ---


def test_defaults() -> None:
    """A bucket is private, encrypted, kept, deaf to plain HTTP, and named by prefix, name, account and region."""
    made = template("bucket Images")["Resources"]
    assert made["Images"] == {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "BucketName": {"Fn::Sub": NAME},
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "Tags": [{"Key": "app", "Value": "x"}],
        },
    }
    assert policy("bucket Images") == [
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [{"Fn::GetAtt": ["Images", "Arn"]}, {"Fn::Sub": "${Images.Arn}/*"}],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]


def test_not_kept() -> None:
    """`keep off`, of the bucket or of the app, lets the bucket go with the app."""
    for text in ("bucket Images { keep off }", "app x { keep off }\nbucket Images"):
        assert template(text)["Resources"]["Images"]["DeletionPolicy"] == "Delete"


def test_name_of_the_user() -> None:
    """A written name stands everywhere in place of the made one."""
    text = 'param p "given"\nbucket Images { name p }\nfunction f "a.b" { reads Images }\nImages.created -> f'
    made = template(text)["Resources"]
    assert made["Images"]["Properties"]["BucketName"] == {"Ref": "p"}
    assert made["f"]["Properties"]["Environment"]["Variables"] == {"IMAGES_BUCKET": {"Ref": "p"}}
    assert made["ImagesMayCallF"]["Properties"]["SourceArn"] == {"Fn::Sub": "arn:${AWS::Partition}:s3:::${p}"}


def test_name_from_a_lookup() -> None:
    """A name may be looked up at deployment."""
    assert bucket('bucket Images { name ssm "/name" }')["BucketName"] == "{{resolve:ssm:/name}}"


def test_names_have_limits() -> None:
    """Prefix and name have 35 characters, 32 in the account's namespace; a written name is what S3 takes."""
    assert errors('app x { prefix "a23456789-123456789" }\nbucket B23456789012345') == []
    assert errors('app x { prefix "a23456789-123456789" }\nbucket B234567890123456') == ["IFC340"]
    assert errors('app x { prefix "a23456789-123456789" }\nbucket B23456789012345 { account-namespace }') == ["IFC340"]
    assert errors('bucket B { name "UPPER" }') == ["IFC309"]
    assert errors('bucket B { name "192.168.0.1" }') == ["IFC309"]
    assert errors('bucket B { name "Up-${aws.region}" }') == ["IFC309"]
    assert errors("bucket B { name B.arn }") == ["IFC311"]
    assert errors(f'bucket B {{ name "{"a" * 40}-${{aws.account}}-${{aws.region}}" }}') == ["IFC340"]


def test_account_namespace() -> None:
    """In the account's namespace the name ends as S3 demands."""
    made = bucket("bucket Images { account-namespace }")
    assert made["BucketNamespace"] == "account-regional"
    assert made["BucketName"] == {"Fn::Sub": NAME + "-an"}
    assert errors('bucket B { account-namespace; name "mine" }') == ["IFC342"]


def test_rename_keeps_id_and_name() -> None:
    """A renamed bucket keeps its logical id and its physical name."""
    made = bucket("bucket Pictures { renamed from Images }")
    assert made["BucketName"] == {"Fn::Sub": NAME}


# --- settings ---


def test_versioning() -> None:
    """Versioning can be switched on and, when written so, off again."""
    assert bucket("bucket Images { versioning }")["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket("bucket Images { versioning off }")["VersioningConfiguration"] == {"Status": "Suspended"}


def test_lifecycle() -> None:
    """A lifecycle is one rule for each beginning of keys, with steps from warm to cold."""
    text = """
        param days 20
        bucket Images {
          versioning
          lifecycle { to GLACIER after 90d; to STANDARD_IA after 30d; expire after 365d; abort-uploads after 7d; noncurrent after days keep 3 }
          lifecycle "tmp/*" { noncurrent { to GLACIER after 1d } }
        }
    """
    assert bucket(text)["LifecycleConfiguration"]["Rules"] == [
        {
            "Id": "*",
            "Status": "Enabled",
            "ExpirationInDays": 365,
            "Transitions": [{"StorageClass": "STANDARD_IA", "TransitionInDays": 30}, {"StorageClass": "GLACIER", "TransitionInDays": 90}],
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            "NoncurrentVersionExpiration": {"NoncurrentDays": {"Ref": "days"}, "NewerNoncurrentVersions": 3},
        },
        {
            "Id": "tmp/*",
            "Status": "Enabled",
            "Prefix": "tmp/",
            "NoncurrentVersionTransitions": [{"StorageClass": "GLACIER", "TransitionInDays": 1}],
        },
    ]


def test_lifecycle_of_a_stage() -> None:
    """A stage merges its lifecycle into the declaration's, rule by rule."""
    text = (
        "bucket Images { lifecycle { expire after 30d; abort-uploads after 7d } }\nstage prod { Images { lifecycle { expire after 90d } } }"
    )
    done = template(text, "prod")["Resources"]["Images"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert done == [{"Id": "*", "Status": "Enabled", "ExpirationInDays": 90, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]


@pytest.mark.parametrize(
    "rule",
    [
        "to STANDARD_IA after 29d",
        "to GLACIER after 30d; to GLACIER_IR after 60d",
        "to GLACIER after 30d; to DEEP_ARCHIVE after 30d",
        "to GLACIER after 30d; expire after 30d",
        "noncurrent { keep 3 }",
        "noncurrent after 10d { to GLACIER after 10d }",
        "",
    ],
)
def test_lifecycle_that_s3_refuses(rule: str) -> None:
    """Steps come in time and lead from warm to cold, and a rule does something."""
    assert errors(f"bucket Images {{ versioning; lifecycle {{ {rule} }} }}") == ["IFC341"]


def test_lifecycle_twice() -> None:
    """Two rules for one beginning of keys are given twice."""
    assert errors('bucket Images { lifecycle "a/*" { expire after 1d }; lifecycle "a/" { expire after 2d } }') == ["IFC211"]


def test_cors() -> None:
    """`cors` alone lets every page read; a block says more."""
    assert bucket("bucket Images { cors }")["CorsConfiguration"] == {
        "CorsRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET", "HEAD"]}]
    }
    text = 'bucket Images { cors { origins "https://a.example"; methods GET, PUT; headers "*"; expose "ETag"; max-age 10m } }'
    (rule,) = bucket(text)["CorsConfiguration"]["CorsRules"]
    assert rule == {
        "AllowedOrigins": ["https://a.example"],
        "AllowedMethods": ["GET", "PUT"],
        "AllowedHeaders": ["*"],
        "ExposedHeaders": ["ETag"],
        "MaxAge": 600,
    }
    assert errors('bucket Images { cors { origins "*.*" } }') == ["IFC309"]


def test_public_read() -> None:
    """`public read` opens objects by a policy, and only policies may open them."""
    text = "bucket Images { public read; tls off }"
    assert policy(text) == [
        {"Sid": "PublicRead", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": {"Fn::Sub": "${Images.Arn}/*"}}
    ]
    assert bucket(text)["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": False,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": False,
    }


def test_public_from_addresses() -> None:
    """A policy by addresses is not public in S3's eyes, so everything public stays blocked."""
    text = 'param office "198.51.100.0/24"\nbucket Images { public from "203.0.113.7", office }'
    assert policy(text)[0]["Condition"] == {"IpAddress": {"aws:SourceIp": ["203.0.113.7", {"Ref": "office"}]}}
    assert set(bucket(text)["PublicAccessBlockConfiguration"].values()) == {True}
    assert policy('bucket Images { public from "203.0.113.7" }')[0]["Condition"] == {"IpAddress": {"aws:SourceIp": "203.0.113.7"}}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ('from "10.0.0.1/33"', "IFC309"),
        ('from "0.0.0.0/1"', "IFC309"),
        ("on", "IFC301"),
        ("", "IFC304"),
        ("from", "IFC304"),
    ],
)
def test_public_that_is_wrong(value: str, code: str) -> None:
    """`public` says who may read."""
    assert errors(f"bucket Images {{ public {value} }}") == [code]


def test_website() -> None:
    """A website answers HTTP, so no policy asks for TLS."""
    text = 'bucket Images { website index "i.html" error "e.html"; public read }\noutput url Images.website-url'
    assert bucket(text)["WebsiteConfiguration"] == {"IndexDocument": "i.html", "ErrorDocument": "e.html"}
    assert [s["Sid"] for s in policy(text)] == ["PublicRead"]
    assert template(text)["Outputs"]["url"]["Value"] == {"Fn::GetAtt": ["Images", "WebsiteURL"]}
    assert bucket("bucket Images { website; public read }")["WebsiteConfiguration"] == {"IndexDocument": "index.html"}


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ("website", ["IFC342"]),
        ("website; public read; tls on", ["IFC342"]),
        ("public read; encryption kms", ["IFC342"]),
        ("lifecycle { noncurrent after 1d }", ["IFC342"]),
        ("website; public read", []),
        ("versioning; lifecycle { noncurrent after 1d }", []),
    ],
)
def test_settings_that_undo_each_other(settings: str, found: list[str]) -> None:
    """Settings that take each other's effect away are told of."""
    assert findings(f"bucket Images {{ {settings} }}") == found


def test_website_url_that_is_none() -> None:
    """Only a website has a URL, and not in the environment of a function that the bucket calls."""
    assert errors("bucket Images\noutput url Images.website-url") == ["IFC343"]
    wired = 'bucket Images { website; public read }\nfunction f "a.b" { env { URL Images.website-url } }\n'
    assert errors(wired) == []
    assert errors(wired + "Images.created -> f") == ["IFC343"]


def test_encryption() -> None:
    """`kms` is the account's key, an ARN a customer key, which functions may then use."""
    assert bucket("bucket Images { encryption kms }")["BucketEncryption"]["ServerSideEncryptionConfiguration"] == [
        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    ]
    key = "arn:aws:kms:eu-west-1:111122223333:key/k"
    text = f'bucket Images {{ encryption "{key}" }}\nfunction f "a.b" {{ reads Images }}\nfunction g "a.b" {{ deletes Images }}'
    default = bucket(text)["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]["ServerSideEncryptionByDefault"]
    assert default == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    assert {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key} in statements(text, "f")
    assert all("kms" not in str(s["Action"]) for s in statements(text, "g"))
    assert errors("bucket Images { encryption off }") == ["IFC301"]
    assert errors('bucket Images { encryption "alias/k" }') == ["IFC309"]


def test_policy_that_is_raw() -> None:
    """A bucket has one policy: beside a raw one the compiler makes none, and what asks for one is an error."""
    raw = '\nresource P "AWS::S3::BucketPolicy" { cfn { Bucket Images.name; PolicyDocument { Version "2012-10-17"; Statement [] } } }'
    assert [r["Type"] for r in template("bucket Images" + raw)["Resources"].values()] == ["AWS::S3::Bucket", "AWS::S3::BucketPolicy"]
    assert errors("bucket Images { public read }" + raw) == ["IFC342"]


def test_overlay_of_the_policy() -> None:
    """`cfn policy` is laid over the bucket's policy."""
    text = """
        bucket Images {
          cfn { AccelerateConfiguration { AccelerationStatus "Enabled" } }
          cfn policy { PolicyDocument { Version "2008-10-17" } }
        }
    """
    assert resources(text, "AWS::S3::BucketPolicy")["ImagesPolicy"]["PolicyDocument"]["Version"] == "2008-10-17"
    assert bucket(text)["AccelerateConfiguration"] == {"AccelerationStatus": "Enabled"}


# --- permissions ---


def test_verbs() -> None:
    """Each verb allows what it says, on the objects of exactly this bucket."""
    objects = {"Fn::Sub": ARN["Fn::Sub"] + "/*"}
    wanted = {
        "reads": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": objects},
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": ARN},
        ],
        "writes": [{"Effect": "Allow", "Action": ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"], "Resource": objects}],
        "puts": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": objects}],
        "deletes": [{"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": objects}],
    }
    for verb, expected in wanted.items():
        assert statements(f'bucket Images\nfunction f "a.b" {{ {verb} Images }}', "f")[1:] == expected


def test_verbs_on_some_keys() -> None:
    """Keys narrow the objects, and listing to how they begin."""
    found = statements('bucket Images\nfunction f "a.b" { reads Images "in/*.jpg"; puts Images "out?/*" }', "f")
    assert {"Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Fn::Sub": ARN["Fn::Sub"] + "/in/*.jpg"}} in found
    assert {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": ARN, "Condition": {"StringLike": {"s3:prefix": "in/*"}}} in found
    assert {"Effect": "Allow", "Action": "s3:PutObject", "Resource": {"Fn::Sub": ARN["Fn::Sub"] + "/out${!?}/*"}} in found
    assert errors('bucket Images\nfunction f "a.b" { reads Images "in/" }') == ["IFC444"]


def test_environment_is_written_out() -> None:
    """No role and no environment refers to a bucket: its names are written out."""
    made = template('bucket Images\nfunction f "a.b" { reads Images; env { HOST Images.domain } }\nImages.created -> f')["Resources"]
    assert made["f"]["Properties"]["Environment"]["Variables"] == {
        "HOST": {"Fn::Sub": NAME + ".s3.${AWS::Region}.${AWS::URLSuffix}"},
        "IMAGES_BUCKET": {"Fn::Sub": NAME},
    }
    assert "Images'" not in str(made["fRole"])


def test_extern() -> None:
    """A bucket that exists is read by name or ARN; its notifications are its owner's."""
    text = 'extern bucket Images "company-images"\nfunction f "a.b" { reads Images; env { HOST Images.domain } }'
    assert statements(text, "f")[1]["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:s3:::company-images/*"}
    assert template(text)["Resources"]["f"]["Properties"]["Environment"]["Variables"]["IMAGES_BUCKET"] == "company-images"
    text = 'extern bucket Images "arn:aws:s3:::company-images"\nfunction f "a.b" { deletes Images }'
    assert statements(text, "f")[1]["Resource"] == "arn:aws:s3:::company-images/*"
    assert errors(f'extern bucket Images "company-images"\n{F}Images.created -> f') == ["IFC471"]
    assert errors('extern bucket Images "company-images"\noutput url Images.website-url') == ["IFC343"]


# --- events ---


def test_events_to_a_function() -> None:
    """The bucket waits for the permission, which names it by its written-out ARN and the account."""
    made = template(f'bucket Images\n{F}Images.created "in/*.jpg" -> f\nImages.removed where key starts-with "a b/" -> f')["Resources"]
    assert made["ImagesMayCallF"]["Properties"] == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": "f"},
        "Principal": "s3.amazonaws.com",
        "SourceArn": ARN,
        "SourceAccount": {"Ref": "AWS::AccountId"},
    }
    assert made["Images"]["DependsOn"] == "ImagesMayCallF"
    assert made["Images"]["Properties"]["NotificationConfiguration"] == {
        "LambdaConfigurations": [
            {
                "Event": "s3:ObjectCreated:*",
                "Function": {"Fn::GetAtt": ["f", "Arn"]},
                "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".jpg"}]}},
            },
            {
                "Event": "s3:ObjectRemoved:*",
                "Function": {"Fn::GetAtt": ["f", "Arn"]},
                "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "a+b/"}]}},
            },
        ]
    }


def test_events_to_a_queue_and_a_topic() -> None:
    """Queues and topics let S3 in by their policies, for which the bucket waits."""
    made = template('bucket Images\nqueue Q\ntopic T\nImages.created "a/*" -> Q\nImages.created "b/*" -> T\nImages.removed -> Q')[
        "Resources"
    ]
    assert made["Images"]["DependsOn"] == ["QPolicy", "TPolicy"]
    assert made["Images"]["Properties"]["NotificationConfiguration"] == {
        "QueueConfigurations": [
            {
                "Event": "s3:ObjectCreated:*",
                "Queue": {"Fn::GetAtt": ["Q", "Arn"]},
                "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "a/"}]}},
            },
            {"Event": "s3:ObjectRemoved:*", "Queue": {"Fn::GetAtt": ["Q", "Arn"]}},
        ],
        "TopicConfigurations": [
            {"Event": "s3:ObjectCreated:*", "Topic": {"Ref": "T"}, "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "b/"}]}}},
        ],
    }
    (statement,) = made["QPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Condition"] == {"ArnLike": {"aws:SourceArn": ARN}, "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_order_of_the_source_means_nothing() -> None:
    """The template is the same in any order of the arrows."""
    head = f"bucket Images\n{F}queue Q\n"
    wires = ['Images.created "a/*" -> f', 'Images.created "b/*" -> f', 'Images.created "c/*" -> Q', 'Images.removed "*.b" -> f']
    assert template(head + "\n".join(wires)) == template(head + "\n".join(reversed(wires)))


@pytest.mark.parametrize(
    "wires",
    [
        "Images.created -> f, Q",
        'Images.created "a/*" -> f\nImages.created "a/b/*" -> Q',
        'Images.created "*.jpg" -> f\nImages.created "a/*" -> f',
        "Images.created -> f\nImages.created -> f",
    ],
)
def test_overlapping_filters(wires: str) -> None:
    """One key may match one arrow for each event, since S3 refuses two."""
    assert errors(f"bucket Images\nqueue Q\n{F}{wires}") == ["IFC443"]


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        ("Images.created -> Fifo", "IFC470"),
        ("Images.created -> Other", "IFC470"),
        ('Images.created "a*b*c" -> f', "IFC444"),
        ('Images.created "a/" -> f', "IFC444"),
        ('Images.created "a/" -> f\nImages.removed -> f', "IFC444"),
        ('Images.created "${p}/*" -> f', "IFC445"),
        ('Images.created where key contains "a" -> f', "IFC442"),
        ("Images.created where size > 5 -> f", "IFC442"),
        ("Images.created -> S", "IFC404"),
        ("Images -> f", "IFC402"),
    ],
)
def test_arrows_that_s3_has_no_way_for(wire: str, code: str) -> None:
    """What S3 can't deliver or filter is an error with a way round."""
    text = f'param p "x"\nbucket Images\nqueue Fifo {{ fifo }}\nextern queue Other "given.fifo"\nstream S\n{F}{wire}'
    assert errors(text) == [code]


# --- over a bus ---


def rule(text: str, id: str = "ImagesCreatedToShop") -> dict[str, Any]:
    """The pattern of a rule."""
    found: dict[str, Any] = resources("bus Shop\nbucket Images\n" + text, "AWS::Events::Rule")[id]["EventPattern"]
    return found


def test_events_to_a_bus() -> None:
    """EventBridge is switched on, and a rule on the account's own bus sends on with a role of its own."""
    made = template("bus Shop\nbucket Images\nImages.removed -> Shop")["Resources"]
    assert made["Images"]["Properties"]["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert "DependsOn" not in made["Images"]
    assert made["ImagesRemovedToShop"]["Properties"] == {
        "EventPattern": {
            "source": ["aws.s3"],
            "detail-type": ["Object Deleted"],
            "detail": {"bucket": {"name": [{"Ref": "Images"}]}, "reason": ["DeleteObject"]},
        },
        "State": "ENABLED",
        "Targets": [{"Id": "Shop", "Arn": {"Fn::GetAtt": ["Shop", "Arn"]}, "RoleArn": {"Fn::GetAtt": ["ImagesRemovedToShopRole", "Arn"]}}],
        "Tags": [{"Key": "app", "Value": "x"}],
    }
    role = made["ImagesRemovedToShopRole"]["Properties"]
    assert role["Policies"][0]["PolicyDocument"]["Statement"] == [
        {"Effect": "Allow", "Action": "events:PutEvents", "Resource": {"Fn::GetAtt": ["Shop", "Arn"]}}
    ]


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ("img/*", {"prefix": "img/"}),
        ("*.jpg", {"suffix": ".jpg"}),
        ("img/*.jpg", {"wildcard": "img/*.jpg"}),
        ("a*b*c", {"wildcard": "a*b*c"}),
        ("one.txt", "one.txt"),
    ],
)
def test_keys_on_a_bus(pattern: str, key: Any) -> None:
    """A pattern for keys is a test of the event's key."""
    assert rule(f'Images.created "{pattern}" -> Shop')["detail"]["object"] == {"key": [key]}


def test_filters_on_a_bus() -> None:
    """A filter tests the object's fields where the event has them; several arrows are one rule."""
    assert rule('Images.created where key contains "x" and size > 5 -> Shop')["detail"]["object"] == {
        "key": [{"wildcard": "*x*"}],
        "size": [{"numeric": [">", 5]}],
    }
    two = rule('Images.created "a/*" -> Shop\nImages.created where size > 5 -> Shop')
    assert two["$or"] == [{"detail": {"object": {"size": [{"numeric": [">", 5]}]}}}, {"detail": {"object": {"key": [{"prefix": "a/"}]}}}]
    assert "object" not in rule('Images.created "a/*" -> Shop\nImages.created -> Shop')["detail"]


def test_events_to_the_own_bus() -> None:
    """The account's own bus has the events without a rule, and without a filter on the way."""
    made = template("bucket Images\nImages.created -> aws")["Resources"]
    assert made["Images"]["Properties"]["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert [r["Type"] for r in made.values()] == ["AWS::S3::Bucket", "AWS::S3::BucketPolicy"]
    assert errors('bucket Images\nImages.created "a/*" -> aws') == ["IFC473"]


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        ('Images.created "a/*" where key ends-with "b" -> Shop', "IFC472"),
        ('Images.created where name == "b" -> Shop', "IFC436"),
        ('Images.created where detail.bucket.name == "b" -> Shop', "IFC436"),
        ('Images.created "a/" -> Shop', "IFC444"),
    ],
)
def test_filters_that_the_way_to_a_bus_lacks(wire: str, code: str) -> None:
    """Keys are selected once, and only what the event tells of the object is tested."""
    assert errors(f"bus Shop\nbucket Images\n{wire}") == [code]


def test_reasons_are_in_the_plan() -> None:
    """Every statement of a bucket's policy and of a reader's role knows where it was asked for."""
    plan = compiled('bucket Images { public read }\nfunction f "a.b" { reads Images }').plan
    assert plan is not None
    found = [s for p in plan.placed for s in getattr(p.resource, "statements", ())]
    assert found
    assert all(s.why for s in found)
