"""Changes of objects: each operation of S3 that writes, by way of boto3 and of plain HTTP."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError

from ifc.local.stores.buckets import unchunked
from tests.local.test_stores_front import DESCRIPTION, Front, bucket, opened

REPORTS, ARCHIVE = "shop-dev-reports", "shop-dev-archive"


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """The stores of this module."""
    yield from opened(tmp_path_factory.mktemp("stores"))


@pytest.fixture
def s3(front: Front) -> Any:
    """S3's client."""
    return front.client("s3")


def told(changes: list[dict[str, Any]]) -> list[tuple[str, str | None, str]]:
    """Bucket, event and key of each change."""
    return [(change["bucket"], change["event"], change["key"]) for change in changes]


def content(front: Front, change: dict[str, Any]) -> bytes:
    """The bytes that a change is about."""
    return (front.objects / change["file"]).read_bytes()


def send(front: Front, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """An HTTP request without an SDK: status and body."""
    status, _, answer = asked(front, method, path, body, **headers)
    return status, answer


def asked(front: Front, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Mapping[str, str], bytes]:
    """An HTTP request without an SDK: status, headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", front.port)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    """The code of an error of AWS."""
    return str(refused.value.response["Error"]["Code"])


def test_put_object(front: Front, s3: Any) -> None:
    """Event, size, ETag as S3 has it, a file with the bytes, and everything that has to come back."""
    made = front.made(
        lambda: s3.put_object(
            Bucket=REPORTS,
            Key="put/ü +&.txt",
            Body=b"hello",
            ContentType="text/plain",
            Metadata={"a_b": "c"},
            Tagging="t=1&u=",
            CacheControl="no-store",
        )
    )
    assert told(made) == [("Reports", "ObjectCreated:Put", "put/ü +&.txt")]
    change = made[0]
    assert (change["size"], change["etag"], change["version"]) == (5, hashlib.md5(b"hello").hexdigest(), None)
    assert content(front, change) == b"hello"
    assert change["file"] == f"{hashlib.sha256(b'hello').hexdigest()[:2]}/{hashlib.sha256(b'hello').hexdigest()[2:]}"
    assert re.fullmatch("[0-9A-F]{18}", change["sequencer"])
    assert change["state"]["tags"] == {"t": "1", "u": ""}
    assert change["state"]["metadata"] == {
        "content-type": "text/plain",
        "cache-control": "no-store",
        "x-amz-meta-a_b": "c",
    }
    got = s3.get_object(Bucket=REPORTS, Key="put/ü +&.txt")
    assert (got["Body"].read(), got["Metadata"], got["ContentType"]) == (b"hello", {"a_b": "c"}, "text/plain")


def test_sequencers_grow(front: Front, s3: Any) -> None:
    """Also when the same bytes are put again, which is an event each time; the file is there once."""

    def again() -> None:
        for _ in range(5):
            s3.put_object(Bucket=REPORTS, Key="again", Body=b"same")

    made = front.made(again)
    assert len(made) == 5
    assert [c["sequencer"] for c in made] == sorted({c["sequencer"] for c in made})
    assert len({c["file"] for c in made}) == 1


def test_a_put_that_is_refused_changes_nothing(front: Front, s3: Any) -> None:
    """Tags that S3 refuses, which moto finds after it has the object; a condition; a bucket that is not there."""
    s3.put_object(Bucket=REPORTS, Key="refused", Body=b"old")
    before = len(front.changes)
    many = "&".join(f"t{n}=1" for n in range(11))
    for more in ({"Tagging": many}, {"IfNoneMatch": "*"}, {"Bucket": "no-such-bucket"}):
        with pytest.raises(ClientError):
            s3.put_object(**{"Bucket": REPORTS, "Key": "refused", "Body": b"new", **more})
    assert len(front.changes) == before
    assert s3.get_object(Bucket=REPORTS, Key="refused")["Body"].read() == b"old"


def test_delete_object(front: Front, s3: Any) -> None:
    """A removal has no size and no ETag; a delete of nothing is none; tags don't stay for the next object of the name."""
    s3.put_object(Bucket=REPORTS, Key="delete", Body=b"x", Tagging="old=1")
    made = front.made(lambda: s3.delete_object(Bucket=REPORTS, Key="delete"))
    assert told(made) == [("Reports", "ObjectRemoved:Delete", "delete")]
    assert {"size", "etag", "file"}.isdisjoint(made[0])
    assert front.made(lambda: s3.delete_object(Bucket=REPORTS, Key="delete")) == []
    s3.put_object(Bucket=REPORTS, Key="delete-from", Body=b"x")
    s3.copy_object(Bucket=REPORTS, Key="delete", CopySource={"Bucket": REPORTS, "Key": "delete-from"})
    assert s3.get_object_tagging(Bucket=REPORTS, Key="delete")["TagSet"] == []


def test_delete_objects(front: Front, s3: Any) -> None:
    """One change for each that was there, also with letters that XML has to write otherwise."""
    for key in ("many/a<&>", "many/b"):
        s3.put_object(Bucket=REPORTS, Key=key, Body=b"x")
    asked = {"Objects": [{"Key": "many/a<&>"}, {"Key": "many/none"}, {"Key": "many/b"}]}
    made = front.made(lambda: s3.delete_objects(Bucket=REPORTS, Delete=asked))
    assert told(made) == [("Reports", "ObjectRemoved:Delete", "many/a<&>"), ("Reports", "ObjectRemoved:Delete", "many/b")]


def test_copy_object(front: Front, s3: Any) -> None:
    """The copy is an event of its bucket, with the source's metadata and tags."""
    s3.put_object(Bucket=REPORTS, Key="copy/from", Body=b"c", Metadata={"m": "1"}, Tagging="t=1")
    made = front.made(lambda: s3.copy_object(Bucket=ARCHIVE, Key="copy/to", CopySource={"Bucket": REPORTS, "Key": "copy/from"}))
    assert told(made) == [("Archive", "ObjectCreated:Copy", "copy/to")]
    assert content(front, made[0]) == b"c"
    assert made[0]["state"]["metadata"]["x-amz-meta-m"] == "1"
    assert made[0]["state"]["tags"] == {"t": "1"}
    assert s3.get_object(Bucket=ARCHIVE, Key="copy/to")["Body"].read() == b"c"


def test_multipart_upload(front: Front, s3: Any) -> None:
    """Nothing until it is complete; then one event with the ETag of an upload in parts. A copy of it can be read with its checksum."""
    part = os.urandom(5 << 20)

    def upload() -> None:
        started = s3.create_multipart_upload(Bucket=REPORTS, Key="parts", ChecksumAlgorithm="CRC32", ContentType="x/y", Tagging="t=1")
        parts = []
        for number, body in enumerate((part, b"end"), 1):
            done = s3.upload_part(
                Bucket=REPORTS, Key="parts", UploadId=started["UploadId"], PartNumber=number, Body=body, ChecksumAlgorithm="CRC32"
            )
            parts.append({"PartNumber": number, "ETag": done["ETag"]})
        assert front.changes[before:] == []
        s3.complete_multipart_upload(Bucket=REPORTS, Key="parts", UploadId=started["UploadId"], MultipartUpload={"Parts": parts})

    before = len(front.changes)
    made = front.made(upload)
    assert told(made) == [("Reports", "ObjectCreated:CompleteMultipartUpload", "parts")]
    digest = hashlib.md5(hashlib.md5(part).digest() + hashlib.md5(b"end").digest()).hexdigest()
    assert (made[0]["size"], made[0]["etag"]) == (len(part) + 3, f"{digest}-2")
    assert content(front, made[0]) == part + b"end"
    assert made[0]["state"]["tags"] == {"t": "1"}
    s3.copy_object(Bucket=REPORTS, Key="parts-copy", CopySource={"Bucket": REPORTS, "Key": "parts"})
    assert s3.get_object(Bucket=REPORTS, Key="parts-copy", ChecksumMode="ENABLED")["Body"].read() == part + b"end"


def test_an_upload_that_is_given_up(front: Front, s3: Any) -> None:
    """No change, and nothing in the folder of objects."""
    files = sorted(front.objects.rglob("*"))

    def upload() -> None:
        started = s3.create_multipart_upload(Bucket=REPORTS, Key="given-up")["UploadId"]
        s3.upload_part(Bucket=REPORTS, Key="given-up", UploadId=started, PartNumber=1, Body=b"never")
        s3.abort_multipart_upload(Bucket=REPORTS, Key="given-up", UploadId=started)

    assert front.made(upload) == []
    assert sorted(front.objects.rglob("*")) == files


def test_parts_of_an_object(front: Front, s3: Any) -> None:
    """A part comes back as it was uploaded, also after a restart; without parts all of an object is its first."""
    first = os.urandom(5 << 20)
    started = s3.create_multipart_upload(Bucket=REPORTS, Key="in-parts")["UploadId"]
    parts = [
        {
            "PartNumber": n,
            "ETag": s3.upload_part(Bucket=REPORTS, Key="in-parts", UploadId=started, PartNumber=n, Body=b)["ETag"],
        }
        for n, b in ((2, first), (3, b"left out"), (9, b"end"))
    ]
    s3.complete_multipart_upload(Bucket=REPORTS, Key="in-parts", UploadId=started, MultipartUpload={"Parts": [parts[0], parts[2]]})
    s3.put_object(Bucket=REPORTS, Key="whole", Body=b"whole")
    for restarted in (False, True):
        if restarted:
            front.again()
            s3 = front.client("s3")
        for number, body, begin in ((1, first, 0), (2, b"end", len(first))):
            got = s3.get_object(Bucket=REPORTS, Key="in-parts", PartNumber=number)
            head = s3.head_object(Bucket=REPORTS, Key="in-parts", PartNumber=number)
            assert got["Body"].read() == body
            for answer in (got, head):
                assert (answer["ContentLength"], answer["PartsCount"]) == (len(body), 2)
                assert answer["ContentRange"] == f"bytes {begin}-{begin + len(body) - 1}/{len(first) + 3}"
                assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert s3.head_object(Bucket=REPORTS, Key="in-parts")["ContentLength"] == len(first) + 3
        got = s3.get_object(Bucket=REPORTS, Key="whole", PartNumber=1)
        assert (got["Body"].read(), "PartsCount" in got) == (b"whole", False)
        for name, number in (("in-parts", 3), ("whole", 2)):
            with pytest.raises(ClientError) as refused:
                s3.get_object(Bucket=REPORTS, Key=name, PartNumber=number)
            assert code(refused) == "InvalidPartNumber"
        with pytest.raises(ClientError) as refused:
            s3.get_object(Bucket=REPORTS, Key="in-parts", PartNumber=1, Range="bytes=0-1")
        assert code(refused) == "InvalidRequest"


def test_an_upload_goes_on_after_a_restart(front: Front, s3: Any) -> None:
    """Parts that have come are there, with the last of a number, and what the upload was begun with; then the files are gone."""
    first = os.urandom(5 << 20)
    started = s3.create_multipart_upload(
        Bucket=REPORTS, Key="goes-on", ContentType="x/y", Metadata={"a": "b"}, Tagging="t=1", ACL="public-read"
    )
    upload = {"Bucket": REPORTS, "Key": "goes-on", "UploadId": started["UploadId"]}
    given_up = s3.create_multipart_upload(Bucket=REPORTS, Key="given-up-later")["UploadId"]
    s3.upload_part(**upload, PartNumber=1, Body=b"replaced")
    tags = [s3.upload_part(**upload, PartNumber=1, Body=first)["ETag"]]
    assert len(list((front.objects / "uploads" / started["UploadId"]).glob("1.*"))) == 1
    front.again()
    s3 = front.client("s3")
    assert [(p["PartNumber"], p["Size"], p["ETag"]) for p in s3.list_parts(**upload)["Parts"]] == [(1, len(first), tags[0])]
    tags.append(s3.upload_part(**upload, PartNumber=2, Body=b"end")["ETag"])
    parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})  # once more is no mistake
    got = s3.get_object(Bucket=REPORTS, Key="goes-on")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"], got["TagCount"]) == (first + b"end", "x/y", {"a": "b"}, 1)
    assert len(s3.get_object_acl(Bucket=REPORTS, Key="goes-on")["Grants"]) == 2
    s3.abort_multipart_upload(Bucket=REPORTS, Key="given-up-later", UploadId=given_up)
    assert not (front.objects / "uploads").exists()


def test_uploads_to_a_bucket_that_is_gone(changing: Front) -> None:
    """They go with it; so does what was not begun to its end."""
    changing.client("s3").create_multipart_upload(Bucket=REPORTS, Key="gone")
    (changing.objects / "uploads" / "half").mkdir()
    changing.again({**DESCRIPTION, "buckets": {}})
    assert not (changing.objects / "uploads").exists()


@pytest.mark.parametrize("work", ["upload_part", "upload_part_copy", "list_parts", "complete", "abort"])
def test_an_upload_that_is_not_there(s3: Any, work: str) -> None:
    """NoSuchUpload, whatever it is asked for."""
    upload = {"Bucket": REPORTS, "Key": "k", "UploadId": "never"}
    asked: dict[str, Callable[[], Any]] = {
        "upload_part": lambda: s3.upload_part(**upload, PartNumber=1, Body=b"x"),
        "upload_part_copy": lambda: s3.upload_part_copy(**upload, PartNumber=1, CopySource=f"{REPORTS}/k"),
        "list_parts": lambda: s3.list_parts(**upload),
        "complete": lambda: s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": "x"}]}),
        "abort": lambda: s3.abort_multipart_upload(**upload),
    }
    with pytest.raises(ClientError) as refused:
        asked[work]()
    assert (code(refused), refused.value.response["ResponseMetadata"]["HTTPStatusCode"]) == ("NoSuchUpload", 404)


def test_a_list_goes_on_where_it_ended(s3: Any) -> None:
    """By the token that was given out, and by no other."""
    for name in "abc":
        s3.put_object(Bucket=REPORTS, Key=f"listed/{name}", Body=b"")
    page = s3.list_objects_v2(Bucket=REPORTS, Prefix="listed/", MaxKeys=2)
    rest = s3.list_objects_v2(Bucket=REPORTS, Prefix="listed/", ContinuationToken=page["NextContinuationToken"])
    assert [o["Key"] for o in rest["Contents"]] == ["listed/c"]
    with pytest.raises(ClientError) as refused:
        s3.list_objects_v2(Bucket=REPORTS, ContinuationToken="bad")
    assert code(refused) == "InvalidArgument"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"ContentMD5": "A" * 22 + "=="}, "BadDigest"),
        ({"ContentMD5": "short"}, "InvalidDigest"),
        ({"ContentMD5": base64.b64encode(hashlib.md5(b"x").digest()).decode()}, None),
        ({"ChecksumSHA256": "A" * 43 + "="}, "BadDigest"),
        ({"ChecksumSHA256": "AAAA"}, "InvalidRequest"),
        ({"ChecksumSHA256": base64.b64encode(hashlib.sha256(b"x").digest()).decode()}, None),
        ({"ChecksumSHA1": "A" * 27 + "="}, "BadDigest"),
        ({"ChecksumCRC32": "AAAAAA=="}, "BadDigest"),
    ],
)
def test_digests_of_a_body(front: Front, s3: Any, given: dict[str, str], expected: str | None) -> None:
    """A body that is not what its digest says is not taken, nor as a part of an upload."""
    upload = s3.create_multipart_upload(Bucket=REPORTS, Key="digest")["UploadId"]
    works: tuple[Callable[[], Any], ...] = (
        lambda: s3.put_object(Bucket=REPORTS, Key="digest", Body=b"x", **given),
        lambda: s3.upload_part(Bucket=REPORTS, Key="digest", UploadId=upload, PartNumber=1, Body=b"x", **given),
    )
    for work in works:
        if expected is None:
            work()
        else:
            before = len(front.changes)
            with pytest.raises(ClientError) as refused:
                work()
            assert (code(refused), front.changes[before:]) == (expected, [])
    s3.abort_multipart_upload(Bucket=REPORTS, Key="digest", UploadId=upload)


def test_a_large_object(front: Front, s3: Any) -> None:
    """20 MB, as boto3 uploads it, and a part of it again."""
    body = os.urandom(20 << 20)
    made = front.made(lambda: s3.put_object(Bucket=REPORTS, Key="large", Body=body))
    assert made[0]["size"] == len(body)
    assert len(json.dumps(made)) < 2000
    assert s3.get_object(Bucket=REPORTS, Key="large")["Body"].read() == body
    assert s3.get_object(Bucket=REPORTS, Key="large", Range="bytes=1048576-1048585")["Body"].read() == body[1048576:1048586]


def test_an_empty_object_and_strange_keys(front: Front, s3: Any) -> None:
    """Slashes at both ends and in a row, dots, a percent sign, and letters of all kinds."""
    for key in ("/front", "double//slash", "end/", "..", "a/../b", "100%25", "日本語/☃", "a?b=c&d", "plus+plus"):
        made = front.made(lambda key=key: s3.put_object(Bucket=REPORTS, Key=key, Body=b""))  # type: ignore[misc]  # mypy: no defaults
        assert [(c["key"], c["size"]) for c in made] == [(key, 0)]
        assert s3.get_object(Bucket=REPORTS, Key=key)["Body"].read() == b""
        assert s3.head_object(Bucket=REPORTS, Key=key)["ContentLength"] == 0


def test_tags_and_acl(front: Front, s3: Any) -> None:
    """They change no bytes, but they are events, with the object's state."""
    s3.put_object(Bucket=REPORTS, Key="tags", Body=b"x")
    tags = {"TagSet": [{"Key": "k", "Value": "v"}]}
    made = front.made(lambda: s3.put_object_tagging(Bucket=REPORTS, Key="tags", Tagging=tags))
    assert told(made) == [("Reports", "ObjectTagging:Put", "tags")]
    assert made[0]["state"]["tags"] == {"k": "v"}
    made = front.made(lambda: s3.delete_object_tagging(Bucket=REPORTS, Key="tags"))
    assert told(made) == [("Reports", "ObjectTagging:Delete", "tags")]
    assert "tags" not in made[0]["state"]
    made = front.made(lambda: s3.put_object_acl(Bucket=REPORTS, Key="tags", ACL="public-read"))
    assert told(made) == [("Reports", "ObjectAcl:Put", "tags")]
    for refusal in (s3.delete_object_tagging, lambda **more: s3.put_object_tagging(Tagging=tags, **more)):
        with pytest.raises(ClientError) as missing:
            refusal(Bucket=REPORTS, Key="tags-none")
        assert missing.value.response["Error"]["Code"] == "NoSuchKey"


def test_versions(front: Front, s3: Any) -> None:
    """Each write is a version; a delete is a marker; a version is deleted for good, and so is a marker."""
    made = front.made(lambda: [s3.put_object(Bucket=ARCHIVE, Key="v", Body=body) for body in (b"one", b"two")])
    one, two = (change["version"] for change in made)
    assert None not in (one, two)
    assert one != two
    assert s3.get_object(Bucket=ARCHIVE, Key="v", VersionId=one)["Body"].read() == b"one"
    marked = front.made(lambda: s3.delete_object(Bucket=ARCHIVE, Key="v"))
    assert told(marked) == [("Archive", "ObjectRemoved:DeleteMarkerCreated", "v")]
    gone = front.made(lambda: s3.delete_object(Bucket=ARCHIVE, Key="v", VersionId=one))
    assert [(c["event"], c["version"]) for c in gone] == [("ObjectRemoved:Delete", one)]
    with pytest.raises(ClientError):
        s3.get_object(Bucket=ARCHIVE, Key="v")
    back = front.made(lambda: s3.delete_object(Bucket=ARCHIVE, Key="v", VersionId=marked[0]["version"]))
    assert [(c["event"], c["version"]) for c in back] == [("ObjectRemoved:Delete", marked[0]["version"])]
    assert s3.get_object(Bucket=ARCHIVE, Key="v")["Body"].read() == b"two"
    listed = s3.list_object_versions(Bucket=ARCHIVE, Prefix="v")
    assert [version["VersionId"] for version in listed["Versions"]] == [two]


def test_tags_of_a_version(front: Front, s3: Any) -> None:
    """The change names the version that was tagged."""
    made = front.made(lambda: [s3.put_object(Bucket=ARCHIVE, Key="vt", Body=body) for body in (b"one", b"two")])
    tags = {"TagSet": [{"Key": "k", "Value": "v"}]}
    tagged = front.made(lambda: s3.put_object_tagging(Bucket=ARCHIVE, Key="vt", VersionId=made[0]["version"], Tagging=tags))
    assert [(c["version"], c["state"]["tags"]) for c in tagged] == [(made[0]["version"], {"k": "v"})]


def test_presigned_addresses(front: Front, s3: Any) -> None:
    """The signature is in the query, and the request has no other."""
    put = s3.generate_presigned_url("put_object", {"Bucket": REPORTS, "Key": "presigned", "ContentType": "text/csv"})
    request = urllib.request.Request(put, b"1,2", {"Content-Type": "text/csv"}, method="PUT")
    made = front.made(lambda: urllib.request.urlopen(request).close())
    assert told(made) == [("Reports", "ObjectCreated:Put", "presigned")]
    with urllib.request.urlopen(s3.generate_presigned_url("get_object", {"Bucket": REPORTS, "Key": "presigned"})) as got:
        assert (got.read(), got.headers["Content-Type"]) == (b"1,2", "text/csv")


def form(fields: dict[str, str], filename: str = "f.bin") -> bytes:
    """The body of a form, with `xx` between its parts."""
    parts = "".join(f'--xx\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    file = f'--xx\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    return (parts + file + "\x00\x01\r\n--xx--\r\n").encode("latin-1")


def test_a_form_of_a_browser(front: Front, s3: Any) -> None:
    """A presigned POST is an event of its own name."""
    body = form(s3.generate_presigned_post(REPORTS, "form/${filename}")["fields"])
    made = front.made(lambda: send(front, "POST", f"/{REPORTS}", body, Content_Type="multipart/form-data; boundary=xx"))
    assert told(made) == [("Reports", "ObjectCreated:Post", "form/f.bin")]
    assert content(front, made[0]) == b"\x00\x01"


@pytest.mark.parametrize(("wanted", "status"), [(None, 204), ("200", 200), ("201", 201), ("204", 204), ("500", 204), ("often", 204)])
def test_what_a_form_is_answered(front: Front, wanted: str | None, status: int) -> None:
    """The status that the form asks for, if it is one of S3's; ETag and address; with 201 they are in the body too."""
    fields = {"key": "form/${filename}", **({"success_action_status": wanted} if wanted else {})}
    found, headers, body = asked(front, "POST", f"/{REPORTS}", form(fields, "a&b.txt"), Content_Type="multipart/form-data; boundary=xx")
    tag, where = f'"{hashlib.md5(bytes([0, 1])).hexdigest()}"', f"http://127.0.0.1:{front.port}/{REPORTS}/form/a%26b.txt"
    assert (found, headers["ETag"], headers["Location"]) == (status, tag, where)
    if status == 201:
        parts = {element.tag: element.text for element in ElementTree.fromstring(body)}
        assert parts == {"Location": where, "Bucket": REPORTS, "Key": "form/a&b.txt", "ETag": tag}
        assert headers["Content-Type"] == "application/xml"
    else:
        assert body == b""


def test_where_a_form_leads_to(front: Front) -> None:
    """With `success_action_redirect` the browser goes on there, and is told what has been made."""
    fields = {"key": "form/redirected", "success_action_redirect": "https://shop.example/done?a=b"}
    status, headers, _ = asked(front, "POST", f"/{REPORTS}", form(fields), Content_Type="multipart/form-data; boundary=xx")
    address, _, query = headers["Location"].partition("?")
    assert (status, address) == (303, "https://shop.example/done")
    tag = f'"{hashlib.md5(bytes([0, 1])).hexdigest()}"'
    assert dict(parse_qsl(query)) == {"a": "b", "bucket": REPORTS, "key": "form/redirected", "etag": tag}


def test_a_request_that_breaks_leaves_nothing(front: Front, s3: Any) -> None:
    """moto takes a form's object before it stumbles over the ACL: it is gone again, and is not among the next request's changes."""
    before = len(front.changes)
    parts = "".join(f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in (("key", "broken"), ("acl", "none")))
    file = '--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: a/b\r\n\r\nx\r\n--x--\r\n'
    status, answer = send(front, "POST", f"/{REPORTS}", (parts + file).encode(), Content_Type="multipart/form-data; boundary=x")
    assert (status, b"Unknown canned acl" in answer) == (501, True)
    assert front.changes[before:] == []
    made = front.made(lambda: s3.put_object(Bucket=REPORTS, Key="after-broken", Body=b"x"))
    assert told(made) == [("Reports", "ObjectCreated:Put", "after-broken")]
    with pytest.raises(ClientError):
        s3.head_object(Bucket=REPORTS, Key="broken")


def test_a_file_that_cannot_be_written_takes_the_object_back(changing: Front) -> None:
    """The folder's place is taken: the answer is an error, and the object is as before."""
    s3 = changing.client("s3")
    s3.put_object(Bucket=REPORTS, Key="full", Body=b"old")
    (changing.objects / hashlib.sha256(b"no room").hexdigest()[:2]).write_bytes(b"in the way")
    before = len(changing.changes)
    with pytest.raises(ClientError):
        s3.put_object(Bucket=REPORTS, Key="full", Body=b"no room")
    assert changing.changes[before:] == []
    assert s3.get_object(Bucket=REPORTS, Key="full")["Body"].read() == b"old"


def test_an_upload_that_cannot_be_written_stays_open(changing: Front) -> None:
    """Its parts are there, so that it can be completed once there is room."""
    s3 = changing.client("s3")
    upload = {"Bucket": REPORTS, "Key": "full", "UploadId": s3.create_multipart_upload(Bucket=REPORTS, Key="full")["UploadId"]}
    parts = [{"PartNumber": 1, "ETag": s3.upload_part(**upload, PartNumber=1, Body=b"no space")["ETag"]}]
    place = changing.objects / hashlib.sha256(b"no space").hexdigest()[:2]
    place.write_bytes(b"in the way")
    with pytest.raises(ClientError):
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    place.unlink()
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket=REPORTS, Key="full")["Body"].read() == b"no space"


def test_a_body_that_looks_like_a_form(front: Front, s3: Any) -> None:
    """An object's Content-Type says nothing about the request."""
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        made = front.made(lambda kind=kind: s3.put_object(Bucket=REPORTS, Key="formlike", Body=b"a=1&b=2", ContentType=kind))  # type: ignore[misc]
        assert content(front, made[0]) == b"a=1&b=2"
        assert s3.get_object(Bucket=REPORTS, Key="formlike")["ContentType"] == kind


@pytest.mark.parametrize(
    ("digest", "body", "trailers"),
    [
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", b"5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n", True),
        (
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            b"5;chunk-signature=1\r\nhello\r\n6;chunk-signature=2\r\n world\r\n0;chunk-signature=3\r\n\r\n",
            False,
        ),
    ],
)
def test_a_body_in_chunks(front: Front, s3: Any, digest: str, body: bytes, trailers: bool) -> None:
    """As newer SDKs send streams; the trailer is the checksum, and the encoding of the transfer is not the object's."""
    signed = "AWS4-HMAC-SHA256 Credential=A/20260101/ap-northeast-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"Authorization": signed, "x-amz-content-sha256": digest, "Content-Encoding": "gzip,aws-chunked"}
    made = front.made(lambda: send(front, "PUT", f"/{REPORTS}/chunked", body, **headers))
    assert told(made) == [("Reports", "ObjectCreated:Put", "chunked")]
    assert content(front, made[0]) == b"hello world"
    assert made[0]["state"]["metadata"]["content-encoding"] == "gzip"
    assert made[0]["state"].get("checksum_value") == ("DUoRhQ==" if trailers else None)


def test_many_chunks_are_put_together() -> None:
    """Sizes are hexadecimal, and bytes may look like the end of a chunk."""
    parts = [b"\r\n0\r\n" * 1000, b"x", os.urandom(70_000)]
    body = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts) + b"0\r\n\r\n"
    headers, found = unchunked([("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")], body)
    assert (headers, found) == ([], b"".join(parts))


def test_the_bucket_in_front_of_the_host(front: Front, s3: Any) -> None:
    """`bucket.localhost`, as SDKs address a bucket of an endpoint with a name."""
    s3.put_object(Bucket=REPORTS, Key="virtual", Body=b"v", ACL="public-read")
    assert send(front, "GET", "/virtual", Host=f"{REPORTS}.localhost:{front.port}") == (200, b"v")
    made = front.made(lambda: send(front, "DELETE", "/virtual", Host=f"{REPORTS}.127.0.0.1:{front.port}"))
    assert told(made) == [("Reports", "ObjectRemoved:Delete", "virtual")]


def test_buckets_that_a_function_makes_are_not_in_the_log(front: Front, s3: Any) -> None:
    """They work, and make no changes."""
    s3.create_bucket(Bucket="own-bucket", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    assert front.made(lambda: s3.put_object(Bucket="own-bucket", Key="k", Body=b"x")) == []
    assert s3.get_object(Bucket="own-bucket", Key="k")["Body"].read() == b"x"


def test_put_and_scan_for_the_command_line(front: Front, s3: Any) -> None:
    """An object is put as PutObject puts it; the list is in order of the keys, and has a prefix."""
    reply = front.wait(front.stores.put_object("Reports", "cli/ü?.txt", b"x", [("Content-Type", "text/plain")]))
    assert (reply.status, told(list(reply.changes))) == (200, [("Reports", "ObjectCreated:Put", "cli/ü?.txt")])
    s3.put_object(Bucket=REPORTS, Key="cli/a", Body=b"xy")
    shown = front.wait(front.stores.scan("bucket", "Reports", prefix="cli/"))
    assert shown["count"] == 2
    assert [(o["key"], o["size"], o["type"]) for o in shown["objects"]] == [
        ("cli/a", 2, "binary/octet-stream"),
        ("cli/ü?.txt", 1, "text/plain"),
    ]
    assert [o["key"] for o in front.wait(front.stores.scan("bucket", "Reports", 1, 1, "cli/"))["objects"]] == ["cli/ü?.txt"]


# --- descriptions that change, and what comes back ---


@pytest.fixture
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Stores whose description a test may change."""
    yield from opened(tmp_path_factory.mktemp("changing"))


def test_a_changed_description_keeps_objects(changing: Front) -> None:
    """A new name keeps them with their tags; what is gone is gone; CORS rules are the description's."""
    s3 = changing.client("s3")
    s3.put_object(Bucket=REPORTS, Key="k", Body=b"x", Tagging="t=1")
    cors = {"origins": ["https://a.example"], "methods": ["GET"], "headers": ["*"], "expose": [], "maxAge": 60}
    created = changing.create({**DESCRIPTION, "buckets": {"Reports": bucket("shop-test-reports", cors=cors)}})
    assert dict(created.dropped) == {"buckets": ["Archive"]}
    assert s3.get_object(Bucket="shop-test-reports", Key="k")["Body"].read() == b"x"
    assert s3.get_object_tagging(Bucket="shop-test-reports", Key="k")["TagSet"] == [{"Key": "t", "Value": "1"}]
    assert s3.get_bucket_cors(Bucket="shop-test-reports")["CORSRules"] == [
        {"AllowedOrigins": ["https://a.example"], "AllowedMethods": ["GET"], "AllowedHeaders": ["*"], "MaxAgeSeconds": 60}
    ]
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["shop-test-reports"]


def test_versions_stay_when_versioning_is_taken_away(changing: Front) -> None:
    """A write then replaces the version "null" alone; a delete marks it; and so it is after another start."""
    s3 = changing.client("s3")
    for body in (b"one", b"two"):
        s3.put_object(Bucket=ARCHIVE, Key="k", Body=body)
    without = {**DESCRIPTION, "buckets": {**DESCRIPTION["buckets"], "Archive": bucket(ARCHIVE)}}
    changing.create(without)
    made = changing.made(lambda: [s3.put_object(Bucket=ARCHIVE, Key="k", Body=body) for body in (b"three", b"four")])
    assert [(c["event"], c["version"]) for c in made] == [("ObjectCreated:Put", None)] * 2

    def versions() -> list[Any]:
        listed = changing.client("s3").list_object_versions(Bucket=ARCHIVE)
        found = [(v["VersionId"], v["IsLatest"], v["Size"]) for v in listed.get("Versions", [])]
        return sorted(found) + [(m["VersionId"], m["IsLatest"], "marker") for m in listed.get("DeleteMarkers", [])]

    assert sorted(size for _, _, size in versions()) == [3, 3, 4]
    before = versions()
    changing.again(without)
    assert versions() == before
    made = changing.made(lambda: changing.client("s3").delete_object(Bucket=ARCHIVE, Key="k"))
    assert told(made) == [("Archive", "ObjectRemoved:DeleteMarkerCreated", "k")]
    assert ("null", True, "marker") in versions()
    before = versions()
    changing.again(without)
    assert versions() == before


def test_garbage_is_collected_when_all_is_back(changing: Front) -> None:
    """Files that no object has any more, and what was not written to its end, go; an object whose file is gone is told and dropped."""
    s3 = changing.client("s3")
    for body in (b"old", b"new"):
        s3.put_object(Bucket=REPORTS, Key="k", Body=body)
    s3.put_object(Bucket=REPORTS, Key="lost", Body=b"lost")
    (changing.objects / "unfinished.part").write_bytes(b"half")
    lost = changing.changes[-1]["file"]
    (changing.objects / lost).unlink()
    restored = changing.again()
    assert list(restored.lost) == [("Reports", "lost")]
    files = [path for path in changing.objects.rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in files] == [b"new"]
    with pytest.raises(ClientError) as missing:
        changing.client("s3").get_object(Bucket=REPORTS, Key="lost")
    assert missing.value.response["Error"]["Code"] == "NoSuchKey"


def test_sequencers_grow_over_a_start(changing: Front) -> None:
    """Also when the clock was ahead before it."""
    changing.client("s3").put_object(Bucket=REPORTS, Key="k", Body=b"x")
    changing.changes[-1]["sequencer"] = "00FFFFFFFFFFFF0000"
    changing.again()
    made = changing.made(lambda: changing.client("s3").put_object(Bucket=REPORTS, Key="k", Body=b"y"))
    assert made[0]["sequencer"] == "00FFFFFFFFFFFF0001"


def test_contents_are_whole_or_absent(tmp_path: Path) -> None:
    """A file has its name only when its bytes are in it."""
    from ifc.local.stores.objects import Objects

    objects = Objects(tmp_path / "o")
    name = objects.keep(b"abc")
    assert objects.keep(b"abc") == name
    assert (objects.has(name), objects.read(name)) == (True, b"abc")
    assert [path.name for path in (tmp_path / "o").glob("*")] == [name[:2]]
    objects.collect([])
    assert not objects.has(name)
