"""Multipart uploads that are not complete: they wait in files, and go on after the next start.

Each has a folder in `uploads`, which holds `upload.json`, what it was begun with, and its parts as `NUMBER.ETAG.MICROSECONDS`.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

from moto.s3.models import CaseInsensitiveDict, FakeBucket, FakeMultipart

from ifc.local.stores import states
from ifc.local.stores.objects import Kept, Objects
from ifc.local.stores.states import StoredKey

FOLDER, ABOUT = "uploads", "upload.json"


class StoredUpload(FakeMultipart):  # type: ignore[misc]  # moto is not checked
    """An upload whose parts are in files of ours; it knows how large those are of which the object was made."""

    sizes: list[int] | None = None

    def complete(self, body: Iterator[tuple[int, str]]) -> Any:
        """moto's."""
        listed = list(body)
        made = super().complete(iter(listed))
        self.sizes = [self.parts[number].contentsize for number, _ in listed]
        return made


class Uploads:
    """The uploads to the description's buckets."""

    def __init__(self, objects: Objects) -> None:
        self._objects, self._folder = objects, objects.folder / FOLDER

    def begin(self, bucket: str, upload: FakeMultipart) -> None:
        """Keeps an upload that has begun, to a bucket by its declared name."""
        upload.__class__ = StoredUpload
        about = {
            "bucket": bucket,
            "key": upload.key_name,
            "metadata": dict(upload.metadata.items()),
            "storage": upload.storage,
            "tags": upload.tags,
            "acl": None if upload.acl is None else states.grants(upload.acl),
            "encryption": upload.sse_encryption,
            "kms": upload.kms_key_id,
        }
        self._objects.write(f"{FOLDER}/{upload.id}/{ABOUT}", json.dumps(about).encode())

    def part(self, upload: FakeMultipart, number: int) -> None:
        """Keeps a part that has come; one of the same number goes."""
        part = upload.parts[number]
        etag = part._etag = part.etag.strip('"')  # computed while the bytes are at hand
        name = f"{FOLDER}/{upload.id}/{number}.{etag}.{states.micros(part.last_modified)}"
        self._objects.write(name, part.value)
        for before in (self._folder / upload.id).glob(f"{number}.*"):
            if before.name != name.rpartition("/")[2]:
                before.unlink()
        part._value_buffer.close()
        part.__class__ = StoredKey
        part._value_buffer = Kept(self._objects, name)

    def end(self, id: str) -> None:
        """Forgets an upload that is complete or given up."""
        shutil.rmtree(self._folder / id, ignore_errors=True)
        with contextlib.suppress(OSError):
            self._folder.rmdir()  # with the last of them

    def restore(self, buckets: Mapping[str, FakeBucket]) -> None:
        """Gives buckets their uploads back; those to buckets that are gone go."""
        for folder in sorted(self._folder.glob("*")):
            try:
                about = json.loads((folder / ABOUT).read_bytes())
                bucket = buckets[about["bucket"]]
            except (OSError, ValueError, LookupError):
                self.end(folder.name)
                continue
            if folder.name not in bucket.multiparts:
                bucket.multiparts[folder.name] = self._restored(folder.name, about, bucket)

    def _restored(self, id: str, about: Mapping[str, Any], bucket: FakeBucket) -> StoredUpload:
        acl = None if about["acl"] is None else states.acl(about["acl"])
        made = StoredUpload(
            about["key"],
            CaseInsensitiveDict(about["metadata"]),
            bucket.account_id,
            bucket.region_name,
            *(about["storage"], about["tags"], acl, about["encryption"], about["kms"]),
        )
        made.id = id
        found = [file.name.split(".") for file in (self._folder / id).glob("*.*.*")]
        for number, etag, micros in sorted(found, key=lambda parts: int(parts[2])):  # the last of one number counts
            name = f"{FOLDER}/{id}/{number}.{etag}.{micros}"
            part = StoredKey(int(number), b"", account_id=bucket.account_id, region_name=bucket.region_name, etag=etag)
            part._value_buffer, part.contentsize = Kept(self._objects, name), self._objects.size(name)
            part.last_modified = states.moment(int(micros))
            made.parts[int(number)] = part
        made.partlist = sorted(made.parts)
        return made
