"""The policies of browsers' forms: what they let pass, and what S3 says of the rest."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from ifc.local.forms import Form, read
from ifc.local.services.errors import ServiceError
from ifc.local.services.policies import check

NOW = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
SOON = "2026-01-01T00:00:01.000Z"
EQUAL: list[Any] = [{"bucket": "files"}, ["starts-with", "$key", "in/"]]


def form(conditions: Any, expiration: str = SOON, size: int = 3, **fields: str) -> Form:
    """A form with a policy, for `in/a.txt` where nothing else is said."""
    policy = base64.b64encode(json.dumps({"expiration": expiration, "conditions": conditions}).encode()).decode()
    given = {name.replace("_", "-"): value for name, value in fields.items()}
    return Form({"key": "in/${filename}", "policy": policy, "x-amz-signature": "s", **given}, "a.txt", 0, size)


@pytest.mark.parametrize(
    "asked",
    [
        form(EQUAL),
        form([*EQUAL, ["eq", "$Content-Type", "text/plain"]], content_type="text/plain"),
        form([*EQUAL, {"Content-Type": "text/plain"}], content_type="text/plain"),
        form([*EQUAL, ["starts-with", "$x-amz-meta-a", ""]], x_amz_meta_a="anything"),
        form([*EQUAL, ["content-length-range", 3, 3]]),
        form([*EQUAL, ["content-length-range", "0", "3"]]),
        form([["eq", "$key", "in/a.txt"]]),
        form(EQUAL, x_ignore_me="yes"),
    ],
)
def test_what_passes(asked: Form) -> None:
    """Each field is as a condition says, the file's name is in its key by then, and what begins with x-ignore- is nobody's."""
    check(asked, "files", NOW)


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        (form(EQUAL, "2025-12-31T23:59:59Z"), "AccessDenied", "Invalid according to Policy: Policy expired."),
        (form(EQUAL, acl="private"), "AccessDenied", "Invalid according to Policy: Extra input fields: acl"),
        (form([{"bucket": "other"}]), "AccessDenied", 'Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "other"]'),
        (form([["starts-with", "$key", "out/"]]), "AccessDenied", 'Policy Condition failed: ["starts-with", "$key", "out/"]'),
        (form([*EQUAL, {"x-amz-meta-a": "b"}]), "AccessDenied", 'Policy Condition failed: ["eq", "$x-amz-meta-a", "b"]'),
        (form([*EQUAL, {"acl": "private"}], acl="public-read"), "AccessDenied", 'Policy Condition failed: ["eq", "$acl", "private"]'),
        (form([*EQUAL, ["content-length-range", 0, 2]]), "EntityTooLarge", "exceeds the maximum allowed size"),
        (form([*EQUAL, ["content-length-range", 4, 9]]), "EntityTooSmall", "smaller than the minimum allowed size"),
        (form([*EQUAL, ["content-length-range", "x", []]]), "InvalidPolicyDocument", "Invalid content-length-range."),
        (form([["ends-with", "$key", "x"]]), "InvalidPolicyDocument", 'Invalid Condition: ["ends-with", "$key", "x"].'),
        (form(["eq"]), "InvalidPolicyDocument", 'Invalid Condition: "eq".'),
        (form({}), "InvalidPolicyDocument", "Invalid JSON."),
        (form(EQUAL, "soon"), "InvalidPolicyDocument", "Invalid JSON."),
        (Form({"key": "k", "policy": "?"}), "InvalidPolicyDocument", "Invalid JSON."),
        (Form({"key": "k"}), "InvalidArgument", "must contain a field named 'policy'"),
        (Form({"policy": "e30="}), "InvalidArgument", "must contain a field named 'key'"),
    ],
)
def test_what_does_not_pass(asked: Form, code: str, message: str) -> None:
    """What is over, missing, too much, too large or too small, and policies that are none."""
    with pytest.raises(ServiceError) as refused:
        check(asked, "files", NOW)
    assert (refused.value.code, message in refused.value.message) == (code, True)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_what_an_sdk_makes(version: str) -> None:
    """A policy of boto3's names all fields that boto3 gives."""
    from botocore.config import Config

    s3 = boto3.client(
        "s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b", config=Config(signature_version=version)
    )
    made = s3.generate_presigned_post("files", "in/${filename}", Fields={"acl": "private"}, Conditions=[{"acl": "private"}])
    check(Form({name.lower(): value for name, value in made["fields"].items()}, "a.txt"), "files", NOW - 1e9)


def test_reading_a_form() -> None:
    """The fields before the file, the file's name and its length; what has no boundary is none."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="Key"\r\n\r\nin/${filename}\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n'
        b'--b\r\nContent-Disposition: form-data; name="after"\r\n\r\nx\r\n--b--\r\n'
    )
    found = read("multipart/form-data; boundary=b", body)
    assert found is not None
    assert (dict(found.fields), found.key, found.size) == ({"key": "in/${filename}"}, "in/a.txt", 5)
    assert body[found.begin : found.begin + found.size] == b"hello"
    assert read("multipart/form-data", body) is None
    assert read("text/plain; boundary=b", body) is None
