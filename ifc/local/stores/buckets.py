"""S3: the description's buckets in moto, and what requests change in their objects.

A bucket notes, before each write, the versions that a key had. When the request is done, its new versions' bytes go into files, and what
came and went makes the changes. A request that fails is taken back whole.
"""

from __future__ import annotations

import io
import time
from collections.abc import Mapping, Sequence
from typing import Any

from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, s3_backends
from moto.s3.responses import S3Response
from moto.s3.utils import _VersionedKeyStore, compute_checksum
from moto.utilities.utils import get_partition

from ifc.local import forms
from ifc.local.stores import digests, posts, states
from ifc.local.stores.emulator import Answer, direct, environ, failed
from ifc.local.stores.naming import Place, parameters, without
from ifc.local.stores.objects import Kept, Objects
from ifc.local.stores.states import ATTRIBUTES, StoredKey
from ifc.local.stores.uploads import StoredUpload, Uploads

Version = Any  # moto's FakeKey or FakeDeleteMarker
# Requests about an existing object: the parameter of the path, and the events for PUT and DELETE (S3 user guide, Supported event types).
ASPECTS: Mapping[str, Mapping[str, str | None]] = {
    "tagging": {"PUT": "ObjectTagging:Put", "DELETE": "ObjectTagging:Delete"},
    "acl": {"PUT": "ObjectAcl:Put"},
    "retention": {"PUT": None},
    "legal-hold": {"PUT": None},
}
COMPLETED = "ObjectCreated:CompleteMultipartUpload"
REMOVED, MARKED = "ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated"
COMPUTED = ("CRC32", "SHA1", "SHA256")  # checksums that moto computes without further libraries


class StoredBucket(FakeBucket):  # type: ignore[misc]  # moto is not checked
    """A bucket whose versions stay when its versioning is suspended; moto drops them then with the next write."""

    @property
    def is_versioned(self) -> bool:
        """Whether it keeps versions; a suspended one replaces only the version "null" (S3 user guide, Working with objects in a
        versioning-suspended bucket)."""
        return self.versioning_status in ("Enabled", "Suspended")


class StoredKeys(_VersionedKeyStore):  # type: ignore[misc]  # moto is not checked
    """The objects of a bucket: notes the versions of a key before they change."""

    def __init__(self, bucket: FakeBucket) -> None:
        super().__init__()
        self.bucket = bucket
        self.before: dict[str, list[Version]] = {}

    def note(self, key: str) -> None:
        """Remembers the versions of a key; later notes of the same key change nothing."""
        if key not in self.before:
            self.before[key] = list(self.getlist(key, []))

    def __setitem__(self, key: str, value: Version) -> None:
        self.setlist(key, [*self.getlist(key, []), value])

    def setlist(self, key: str, list_: Any) -> None:
        """moto's, noted; a new version in a suspended bucket takes the place of "null"."""
        self.note(key)
        versions = list(list_)
        if versions and self.bucket.versioning_status == "Suspended" and not any(versions[-1] is old for old in self.getlist(key, [])):
            versions[-1]._version_id = "null"
            versions = [version for version in versions[:-1] if version.version_id != "null"] + versions[-1:]
        super().setlist(key, versions)

    def pop(self, key: str) -> None:
        """moto's, noted."""
        self.note(key)
        super().pop(key)

    def undo(self) -> None:
        """Puts the versions of every key back."""
        for key, versions in self.before.items():
            if versions:
                dict.__setitem__(self, key, versions)
            else:
                dict.pop(self, key, None)
        self.before = {}


class Buckets:
    """The description's buckets."""

    def __init__(self, region: str, account: str, objects: Objects) -> None:
        self.region, self.objects, self.uploads = region, objects, Uploads(objects)
        self.backend = s3_backends[account][get_partition(region)]
        self.declared: dict[str, FakeBucket] = {}
        self._last = 0  # sequencer
        self._before: tuple[FakeBucket, Mapping[str, Any]] | None = None  # the uploads to a bucket before the request that is served

    # --- from the description and the log ---

    def create(self, buckets: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """Makes and changes buckets until they are as described; the names of those that are gone."""
        dropped = [name for name in self.declared if name not in buckets]
        for name in dropped:
            self._forget(self.declared.pop(name).name)
        for name, described in buckets.items():
            bucket = self.declared.get(name)
            if bucket is None:
                self._forget(described["name"])  # a running function may have made one
                bucket = self.declared[name] = self.backend.create_bucket(described["name"], self.region)
                bucket.__class__ = StoredBucket
                bucket.keys = StoredKeys(bucket)
            elif bucket.name != described["name"]:
                self._rename(bucket, described["name"])
            if described.get("versioning"):
                bucket.versioning_status = "Enabled"
            elif bucket.versioning_status:
                bucket.versioning_status = "Suspended"
            cors = described.get("cors") or []
            bucket.set_cors([_cors(rule) for rule in (cors if isinstance(cors, list) else [cors])])
        return dropped

    def _forget(self, name: str) -> None:
        self.backend.buckets.pop(name, None)
        s3_backends.bucket_accounts.pop(name, None)

    def _rename(self, bucket: FakeBucket, name: str) -> None:
        place = s3_backends.bucket_accounts[bucket.name]
        self._forget(bucket.name)
        for versions in dict.values(bucket.keys):
            for version in versions:
                if isinstance(version, FakeKey):
                    tags = self._tags(version)
                    version.bucket_name = name
                    self._tag(version, tags)
        bucket.name = name
        self.backend.buckets[name] = bucket
        s3_backends.bucket_accounts[name] = place

    def restore(self, change: Mapping[str, Any]) -> str | None:
        """Applies a change from the log; a word why not where its bucket is gone."""
        bucket = self.declared.get(change["bucket"])
        if bucket is None:
            return "gone"
        self._last = max(self._last, int(change["sequencer"], 16))
        key, event, number = change["key"], change["event"] or "", change["version"] or "null"
        versions = list(bucket.keys.getlist(key, []))
        if event == REMOVED:
            versions = [version for version in versions if version.version_id != number]
        elif event == MARKED or event.startswith("ObjectCreated"):
            kept = [version for version in versions if version.version_id != "null" or number != "null"]
            made = self._marker(change, versions) if event == MARKED else self._made(bucket, change, number)
            versions = [*kept, made]
        else:
            for version in versions:
                if isinstance(version, StoredKey) and version.version_id == number:
                    self._apply(version, change["state"])
        if versions:
            dict.__setitem__(bucket.keys, key, versions)
        else:
            dict.pop(bucket.keys, key, None)
        return None

    def settle(self) -> list[dict[str, str]]:
        """Ends a restore: files that no object has are removed; the objects whose file is gone, which are dropped."""
        lost, used = [], set()
        for name, bucket in self.declared.items():
            for key, versions in list(dict.items(bucket.keys)):
                for version in list(versions):
                    if isinstance(version, StoredKey) and not self.objects.has(version.file):
                        versions.remove(version)
                        lost.append({"bucket": name, "key": key})
                    elif isinstance(version, StoredKey):
                        used.add(version.file)
                if not versions:
                    dict.pop(bucket.keys, key)
                elif not bucket.versioning_status and any(version.version_id != "null" for version in versions):
                    bucket.versioning_status = "Suspended"  # it had versioning, and its versions stay
        self.objects.collect(used)
        self.uploads.restore(self.declared)
        return lost

    def _made(self, bucket: FakeBucket, change: Mapping[str, Any], version: str) -> StoredKey:
        made = StoredKey(
            change["key"],
            b"",
            account_id=self.backend.account_id,
            region_name=self.backend.region_name,
            etag=change["etag"],
            is_versioned=version != "null",
            version_id=version,
            bucket_name=bucket.name,
        )
        made._value_buffer, made.contentsize = Kept(self.objects, change["file"]), change["size"]
        self._apply(made, change["state"])
        return made

    def _marker(self, change: Mapping[str, Any], versions: Sequence[Version]) -> FakeDeleteMarker:
        made: Any = object.__new__(FakeDeleteMarker)
        made.key, made.name = versions[-1] if versions else None, change["key"]
        made._version_id, made.last_modified = change["version"] or "null", states.moment(change["state"]["modified"])
        return made

    # --- requests ---

    def request(self, method: str, place: Place, headers: Sequence[tuple[str, str]], body: bytes, region: str) -> tuple[Answer, list[Any]]:
        """moto's answer, and the changes."""
        headers, body = unchunked(headers, body)
        known = {name.lower(): value for name, value in headers}
        query = parameters(place.path)
        refusal = self._refusal(method, place, query, known, body)
        if refusal is not None:
            return refusal, []
        host = f"s3.{region or self.region}.amazonaws.com"
        if method in ("GET", "HEAD") and place.key and "partNumber" in query and "uploadId" not in query:
            return self._part(method, place, query, headers, host), []
        declared = next((name for name, bucket in self.declared.items() if bucket.name == place.bucket), None)
        if declared is None or method in ("GET", "HEAD", "OPTIONS"):
            return _asked(method, place, headers, body, host), []
        form = forms.read(known.get("content-type", ""), body) if method == "POST" and not place.key else None
        bucket = self.declared[declared]
        uploads = dict(bucket.multiparts)
        self._before = bucket, uploads
        answer = _asked(method, place, headers, posts.tidied(form, body) if form is not None else body, host)
        if form is not None:
            answer = posts.answered(answer, form, place.bucket, known.get("host", host), self.backend)
        if answer.status >= 300 and answer.status != 303:  # the answer to a form that was taken
            self.undo()
            return answer, []
        changes = self._changes(declared, bucket, _event(method, query, known))
        aspect = _aspect(method, query)
        if place.key and aspect:
            version = self.backend.get_object(place.bucket, place.key, query.get("versionId"))
            changes.append(self._change(declared, version, ASPECTS[aspect][method], state=self._state(version)))
        self._keep_uploads(declared, uploads, query)
        self._before = None
        return answer, changes

    def _refusal(self, method: str, place: Place, query: Mapping[str, str], known: Mapping[str, str], body: bytes) -> Answer | None:
        """The answer to what is not as it should be, where moto takes it or stumbles."""
        wrong = digests.wrong(known, body, checked=method == "PUT" or "delete" in query)
        bucket = self.backend.buckets.get(place.bucket)
        if wrong is not None or bucket is None:
            return wrong
        about = (place.bucket, place.key, query.get("versionId"))
        if place.key and _aspect(method, query) and self.backend.get_object(*about) is None:
            return failed(404, "NoSuchKey", "The specified key does not exist.", Key=place.key)
        id, token = query.get("uploadId"), query.get("continuation-token")
        if id is not None and id not in bucket.multiparts and not (method == "POST" and self._completed(place, id)):
            message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
            return failed(404, "NoSuchUpload", message, UploadId=id)
        if token and query.get("list-type") == "2" and token not in self.backend._pagination_tokens:
            return failed(400, "InvalidArgument", "The continuation token provided is incorrect", ArgumentName="continuation-token")
        return None

    def _completed(self, place: Place, id: str) -> bool:
        """Whether an object was made of an upload: to say once more that it is complete is no mistake."""
        upload = getattr(self.backend.get_object(place.bucket, place.key), "multipart", None)
        return upload is not None and upload.id == id

    def _part(self, method: str, place: Place, query: Mapping[str, str], headers: Sequence[tuple[str, str]], host: str) -> Answer:
        """A part of an object, as it was uploaded (S3 API reference, GetObject and HeadObject: partNumber); moto gives the whole."""
        known = self.backend.buckets.get(place.bucket)
        version = known and self.backend.get_object(place.bucket, place.key, query.get("versionId"))
        sizes: Sequence[int] = (getattr(version, "part_sizes", None) or [version.size]) if version else []
        number = int(query["partNumber"]) if query["partNumber"].isdecimal() else 0
        if any(name.lower() == "range" for name, _ in headers):
            return failed(400, "InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
        if sizes and not 1 <= number <= len(sizes):
            return failed(416, "InvalidPartNumber", "The requested partnumber is not satisfiable")
        start, size = sum(sizes[: number - 1]), sizes[number - 1] if sizes else 0
        said = f"bytes={start}-{start + size - 1}"
        ranged = [*headers, ("range", said)] if method == "GET" and size else headers
        answer = _asked(method, without(place, "partNumber"), ranged, b"", host)
        if answer.status not in (200, 206):
            return answer
        more = [("Content-Length", str(size)), ("Content-Range", f"{said.replace('=', ' ')}/{sum(sizes)}")] if size else []
        if getattr(version, "part_sizes", None):
            more.append(("x-amz-mp-parts-count", str(len(sizes))))
        # What the checksums are of is the whole object.
        left = [
            h for h in answer.headers if h[0].lower() not in {n.lower() for n, _ in more} and not h[0].lower().startswith("x-amz-checksum-")
        ]
        return Answer(206, [*left, *more], answer.body)

    def _keep_uploads(self, declared: str, before: Mapping[str, Any], query: Mapping[str, str]) -> None:
        """Puts into files what a request did to uploads."""
        now = self.declared[declared].multiparts
        for id in now.keys() - before.keys():
            self.uploads.begin(declared, now[id])
        for id in before.keys() - now.keys():
            self.uploads.end(id)
        if query.get("uploadId") in now and "partNumber" in query:
            self.uploads.part(now[query["uploadId"]], int(query["partNumber"]))

    def undo(self) -> None:
        """Takes back what a request did that broke."""
        for bucket in self.declared.values():
            bucket.keys.undo()
        if self._before is not None:
            bucket, uploads = self._before
            bucket.multiparts.update(uploads)
            self._before = None

    def _changes(self, name: str, bucket: FakeBucket, event: str) -> list[dict[str, Any]]:
        """What came and went since the notes were taken."""
        keys: Any = bucket.keys
        found = []
        for key, old in keys.before.items():
            now: list[Version] = keys.getlist(key, [])
            came = [version for version in now if not any(version is other for other in old)]
            went = [version for version in old if not any(version is other for other in now)]
            for version in went:
                replaced = any(other.version_id == version.version_id for other in came)
                if not replaced:
                    found.append(self._change(name, version, REMOVED))
                    if isinstance(version, FakeKey):
                        self._tag(version, {})
            for version in came:
                if isinstance(version, FakeKey):
                    file = self._keep(version, event)
                    etag, state = version.etag.strip('"'), self._state(version)
                    found.append(self._change(name, version, event, size=version.size, etag=etag, file=file, state=state))
                else:
                    state = {"modified": states.micros(version.last_modified)}
                    found.append(self._change(name, version, MARKED, state=state))
        keys.before = {}  # at the end: when a file can't be written, all is taken back
        return found

    def _change(self, name: str, version: Version, event: str | None, **more: Any) -> dict[str, Any]:
        number = version.version_id
        return {
            "bucket": name,
            "event": event,
            "key": version.name,
            "version": None if number == "null" else number,
            "sequencer": self._sequencer(),
            "at": int(time.time() * 1000),
            **more,
        }

    def _sequencer(self) -> str:
        """The next sequencer: hexadecimal digits that grow (S3 user guide, Event message structure), also over restarts and a clock that goes
        back."""
        self._last = max(self._last + 1, time.time_ns())
        return f"{self._last:018X}"

    def _keep(self, version: FakeKey, event: str) -> str:
        """Puts a new object's bytes into a file, and returns its name."""
        content = version.value
        if event == "ObjectCreated:Copy" and version.checksum_algorithm and version.checksum_type is None:
            # moto copies the checksum of checksums of an object that was uploaded in parts; a copy is one piece.
            known = version.checksum_algorithm in COMPUTED
            version.checksum_value = compute_checksum(content, version.checksum_algorithm).decode() if known else None
            version.checksum_algorithm = version.checksum_algorithm if known else None
        version._etag = version.etag.strip('"')  # computed while the bytes are at hand
        file = self.objects.keep(content)
        version._value_buffer.close()
        version.__class__ = StoredKey
        if isinstance(version.multipart, StoredUpload) and event == COMPLETED:
            version.part_sizes = version.multipart.sizes
        version._value_buffer = Kept(self.objects, file)
        return file

    # --- what moto keeps of an object besides its bytes ---

    def _state(self, version: FakeKey) -> dict[str, Any]:
        state: dict[str, Any] = {"modified": states.micros(version.last_modified), "metadata": dict(version.metadata.items())}
        state |= {name: getattr(version, name) for name, usual in ATTRIBUTES if getattr(version, name) != usual}
        if tags := self._tags(version):
            state["tags"] = tags
        if version.acl is not None and states.grants(version.acl) != states.grants(states.PRIVATE):
            state["acl"] = states.grants(version.acl)
        return state

    def _apply(self, version: FakeKey, state: Mapping[str, Any]) -> None:
        version.last_modified = states.moment(state["modified"])
        version.set_metadata(dict(state["metadata"]))
        for name, usual in ATTRIBUTES:
            setattr(version, name, state.get(name, usual))
        self._tag(version, state.get("tags", {}))
        version.acl = states.acl(state["acl"]) if "acl" in state else states.PRIVATE

    def _tags(self, version: FakeKey) -> dict[str, str]:
        return dict(self.backend.tagger.get_tag_dict_for_resource(version.arn))

    def _tag(self, version: FakeKey, tags: Mapping[str, str]) -> None:
        self.backend.tagger.delete_all_tags_for_resource(version.arn)
        if tags:
            self.backend.tagger.tag_resource(version.arn, [{"Key": key, "Value": value} for key, value in tags.items()])

    def scan(self, name: str, start: int, limit: int, prefix: str) -> dict[str, Any]:
        """Objects in order of their keys, and how many there are."""
        keys = self.declared[name].keys
        found = sorted(key for key in keys if key.startswith(prefix) and isinstance(keys[key], FakeKey))
        shown = [keys[key] for key in found[start : start + limit]]
        return {
            "objects": [
                {
                    "key": version.name,
                    "size": version.size,
                    "etag": version.etag.strip('"'),
                    "modified": states.micros(version.last_modified) // 1000,
                    "type": version.metadata.get("Content-Type"),
                    "version": None if version.version_id == "null" else version.version_id,
                }
                for version in shown
            ],
            "count": len(found),
        }


def _cors(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as moto reads it from XML."""
    wanted = {
        "AllowedOrigin": rule.get("origins"),
        "AllowedMethod": rule.get("methods"),
        "AllowedHeader": rule.get("headers"),
        "ExposeHeader": rule.get("expose"),
        "MaxAgeSeconds": str(rule["maxAge"]) if rule.get("maxAge") is not None else None,
    }
    return {name: list(value) if isinstance(value, (list, tuple)) else value for name, value in wanted.items() if value}


def _asked(method: str, place: Place, headers: Sequence[tuple[str, str]], body: bytes, host: str) -> Answer:
    """moto's answer."""
    dispatch = S3Response.key_dispatch if place.key else S3Response.bucket_dispatch
    return direct(dispatch, environ(method, host, place.path, headers, body), body)


def _aspect(method: str, query: Mapping[str, str]) -> str | None:
    """What of an existing object a request changes."""
    return next((aspect for aspect in ASPECTS if aspect in query and method in ASPECTS[aspect]), None)


def _event(method: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The event of what a request makes; names of headers are in lower case."""
    if "uploadId" in query:
        return COMPLETED
    if "x-amz-copy-source" in headers:
        return "ObjectCreated:Copy"
    return "ObjectCreated:Post" if method == "POST" else "ObjectCreated:Put"


def unchunked(headers: Sequence[tuple[str, str]], body: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """A request without its transfer in chunks (S3 API reference, Signature calculations: transferring a payload in multiple chunks), whose
    trailers are headers then."""
    known = {name.lower(): value for name, value in headers}
    if not known.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        # moto would keep the digest as metadata of the object.
        return [(name, value) for name, value in headers if name.lower() != "x-amz-content-sha256"], body
    content, rest = bytearray(), io.BytesIO(body)
    while size := int(rest.readline().partition(b";")[0].strip() or b"0", 16):
        content += rest.read(size)
        rest.readline()
    trailers = [line.decode("latin-1").partition(":") for line in rest.read().split(b"\r\n") if b":" in line]
    found = [(name, value) for name, value in headers if name.lower() not in ("x-amz-content-sha256", "content-encoding", "x-amz-trailer")]
    encodings = [e.strip() for e in known.get("content-encoding", "").split(",") if e.strip() not in ("", "aws-chunked")]
    if encodings:
        found.append(("content-encoding", ",".join(encodings)))
    for name, _, value in trailers:
        if name.lower().startswith("x-amz-checksum-"):
            found.append((name, value.strip()))
            if "x-amz-sdk-checksum-algorithm" not in known:
                found.append(("x-amz-sdk-checksum-algorithm", name.rpartition("-")[2].upper()))
    return found, bytes(content)
