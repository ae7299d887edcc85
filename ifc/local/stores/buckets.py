"""S3: the description's buckets in moto, and what requests change in their objects.

A bucket notes, before each write, the versions that a key had. When the request is done, its new versions' bytes go into files, and what
came and went makes the changes. A request that fails is taken back whole. Multipart uploads that are not complete live in moto alone and
are gone with the process.
"""

from __future__ import annotations

import io
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

from moto.s3.models import FakeAcl, FakeBucket, FakeDeleteMarker, FakeGrant, FakeGrantee, FakeKey, get_canned_acl, s3_backends
from moto.s3.responses import S3Response
from moto.s3.utils import _VersionedKeyStore, compute_checksum
from moto.utilities.utils import get_partition

from ifc.local.stores.emulator import Answer, direct, environ
from ifc.local.stores.naming import Place, parameters
from ifc.local.stores.objects import Kept, Objects

Version = Any  # moto's FakeKey or FakeDeleteMarker
# What moto keeps of an object besides its bytes, its names and its times: the attribute, and what it is when nobody gives it.
ATTRIBUTES: tuple[tuple[str, Any], ...] = (
    ("_storage_class", "STANDARD"),
    ("website_redirect_location", None),
    ("checksum_algorithm", None),
    ("checksum_value", None),
    ("checksum_type", None),
    ("checksum_parts", None),
    ("encryption", None),
    ("kms_key_id", None),
    ("bucket_key_enabled", None),
    ("lock_mode", None),
    ("lock_legal_status", None),
    ("lock_until", None),
)
# Requests about an existing object: the parameter of the path, and the events for PUT and DELETE (S3 user guide, Supported event types).
ASPECTS: Mapping[str, Mapping[str, str | None]] = {
    "tagging": {"PUT": "ObjectTagging:Put", "DELETE": "ObjectTagging:Delete"},
    "acl": {"PUT": "ObjectAcl:Put"},
    "retention": {"PUT": None},
    "legal-hold": {"PUT": None},
}
REMOVED, MARKED = "ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated"
COMPUTED = ("CRC32", "SHA1", "SHA256")  # checksums that moto computes without further libraries


class StoredKey(FakeKey):  # type: ignore[misc]  # moto is not checked
    """An object whose bytes are in a file of ours."""

    def __deepcopy__(self, memo: dict[int, Any]) -> StoredKey:
        """A copy that reads the same file: to list versions moto copies each with all its bytes."""
        made: StoredKey = object.__new__(StoredKey)
        made.__dict__.update(self.__dict__)
        return made

    def dispose(self, garbage: bool = False) -> None:
        """Nothing is held."""
        self.disposed = True

    def __del__(self) -> None:
        """Nothing is held."""

    @property
    def file(self) -> str:
        """The name of its content."""
        buffer: Any = self._value_buffer
        return str(buffer.name)


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
        self.region, self.objects = region, objects
        self.backend = s3_backends[account][get_partition(region)]
        self.declared: dict[str, FakeBucket] = {}
        self._last = 0  # sequencer

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
        made._version_id, made.last_modified = change["version"] or "null", _moment(change["state"]["modified"])
        return made

    # --- requests ---

    def request(self, method: str, place: Place, headers: Sequence[tuple[str, str]], body: bytes, region: str) -> tuple[Answer, list[Any]]:
        """moto's answer, and the changes."""
        headers, body = unchunked(headers, body)
        dispatch = S3Response.key_dispatch if place.key else S3Response.bucket_dispatch
        host = f"s3.{region or self.region}.amazonaws.com"
        query = parameters(place.path)
        bucket = next(((name, b) for name, b in self.declared.items() if b.name == place.bucket), None)
        aspect = next((aspect for aspect in ASPECTS if aspect in query and method in ASPECTS[aspect]), None)
        about = (place.bucket, place.key, query.get("versionId"))
        if place.key and aspect and place.bucket in self.backend.buckets and self.backend.get_object(*about) is None:
            return _missing(place.key), []  # moto stumbles
        answer = direct(dispatch, environ(method, host, place.path, headers, body), body)
        if bucket is None or method in ("GET", "HEAD", "OPTIONS"):
            return answer, []
        name, found = bucket
        keys: Any = found.keys
        if answer.status >= 300 and answer.status != 303:  # the answer to a form that was taken
            keys.undo()
            return answer, []
        changes = self._changes(name, found, _event(method, query, dict(headers)))
        if place.key and aspect:
            version = self.backend.get_object(*about)
            changes.append(self._change(name, version, ASPECTS[aspect][method], state=self._state(version)))
        return answer, changes

    def undo(self) -> None:
        """Takes back what a request did that broke."""
        for bucket in self.declared.values():
            bucket.keys.undo()

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
                    state = {"modified": _micros(version.last_modified)}
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
        version._value_buffer = Kept(self.objects, file)
        return file

    # --- what moto keeps of an object besides its bytes ---

    def _state(self, version: FakeKey) -> dict[str, Any]:
        state: dict[str, Any] = {"modified": _micros(version.last_modified), "metadata": dict(version.metadata.items())}
        state |= {name: getattr(version, name) for name, usual in ATTRIBUTES if getattr(version, name) != usual}
        if tags := self._tags(version):
            state["tags"] = tags
        if version.acl is not None and _grants(version.acl) != _grants(_PRIVATE):
            state["acl"] = _grants(version.acl)
        return state

    def _apply(self, version: FakeKey, state: Mapping[str, Any]) -> None:
        version.last_modified = _moment(state["modified"])
        version.set_metadata(dict(state["metadata"]))
        for name, usual in ATTRIBUTES:
            setattr(version, name, state.get(name, usual))
        self._tag(version, state.get("tags", {}))
        version.acl = _acl(state["acl"]) if "acl" in state else _PRIVATE

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
                    "modified": _micros(version.last_modified) // 1000,
                    "type": version.metadata.get("Content-Type"),
                    "version": None if version.version_id == "null" else version.version_id,
                }
                for version in shown
            ],
            "count": len(found),
        }


_PRIVATE = get_canned_acl("private")
_EPOCH = datetime(1970, 1, 1)


def _micros(moment: datetime) -> int:
    """Microseconds since the epoch, of moto's times in UTC without a zone."""
    return (moment.replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1)


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _grants(acl: FakeAcl) -> list[dict[str, Any]]:
    return [
        {"permissions": list(grant.permissions), "grantees": [{"id": g.id, "uri": g.uri, "name": g.display_name} for g in grant.grantees]}
        for grant in acl.grants
    ]


def _acl(grants: Sequence[Mapping[str, Any]]) -> FakeAcl:
    return FakeAcl(
        [FakeGrant([FakeGrantee(g["id"], g["uri"], g["name"]) for g in grant["grantees"]], list(grant["permissions"])) for grant in grants]
    )


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


def _missing(key: str) -> Answer:
    text = f"<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>{escape(key)}</Key></Error>"
    return Answer(404, [("Content-Type", "application/xml")], text.encode())


def _event(method: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The event of what a request makes."""
    if "uploadId" in query:
        return "ObjectCreated:CompleteMultipartUpload"
    if any(name.lower() == "x-amz-copy-source" for name in headers):
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
