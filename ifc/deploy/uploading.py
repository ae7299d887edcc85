"""Large files sent in parts, and taken up where an upload was broken off: a key tells what is in it, so its parts are still the right ones."""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from ifc.deploy.faults import DENIED, code_of

PART = 16 * 1024 * 1024  # bytes; S3 takes 10,000 parts of at least 5 MB
AT_ONCE = 4  # parts that are on their way
Seen = Callable[[int], None]


def send(s3: Any, owned: Mapping[str, str], path: str, key: str, seen: Seen | None = None) -> None:
    """Uploads a file, with checksums that S3 compares; `seen` is told of bytes as they are there.

    What goes wrong between leaves the parts that are there for the next time; the bucket's lifecycle removes them after a day.
    """
    size = os.path.getsize(path)
    if size <= PART:
        with open(path, "rb") as file:
            s3.put_object(**owned, Key=key, Body=file, ChecksumAlgorithm="SHA256")
        if seen is not None:
            seen(size)
        return
    upload = begun(s3, owned, key) or s3.create_multipart_upload(**owned, Key=key, ChecksumAlgorithm="SHA256")["UploadId"]
    there = parts(s3, owned, key, upload)

    def one(number: int) -> dict[str, Any]:
        with open(path, "rb") as file:
            file.seek((number - 1) * PART)
            content = file.read(PART)
        checksum = b64encode(hashlib.sha256(content).digest()).decode()
        tag = kept(there.get(number), content, checksum)
        if tag is None:
            more = {"ChecksumSHA256": checksum, "PartNumber": number, "UploadId": upload}
            tag = s3.upload_part(**owned, Key=key, Body=content, **more)["ETag"]
        if seen is not None:
            seen(len(content))
        return {"PartNumber": number, "ETag": tag, "ChecksumSHA256": checksum}

    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = [pool.submit(one, number) for number in range(1, -(-size // PART) + 1)]
        try:
            done = [part.result() for part in waiting]
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    s3.complete_multipart_upload(**owned, Key=key, UploadId=upload, MultipartUpload={"Parts": done})


def begun(s3: Any, owned: Mapping[str, str], key: str) -> str | None:
    """The newest upload of a key that was broken off, or None; also where these credentials may not look."""
    try:
        found = s3.list_multipart_uploads(**owned, Prefix=key).get("Uploads", [])
    except ClientError as problem:
        if code_of(problem) in DENIED:
            return None
        raise
    mine = sorted((one["Initiated"], one["UploadId"]) for one in found if one["Key"] == key)
    return mine[-1][1] if mine else None


def parts(s3: Any, owned: Mapping[str, str], key: str, upload: str) -> dict[int, Mapping[str, Any]]:
    """The parts of an upload that are there, by number."""
    pages = s3.get_paginator("list_parts").paginate(**owned, Key=key, UploadId=upload)
    try:
        return {part["PartNumber"]: part for page in pages for part in page.get("Parts", [])}
    except ClientError as problem:
        if code_of(problem) in DENIED:
            return {}
        raise


def kept(part: Mapping[str, Any] | None, content: bytes, checksum: str) -> str | None:
    """The tag of a part that holds just this content; None where it must be sent."""
    if part is None or part.get("Size") != len(content):
        return None
    told = part.get("ChecksumSHA256")
    # Of what S3 encrypts with keys of its own a part's tag is its MD5 (S3 API reference, Object: ETag).
    same = told == checksum if told else part["ETag"].strip('"') == hashlib.md5(content, usedforsecurity=False).hexdigest()
    tag: str = part["ETag"]
    return tag if same else None
