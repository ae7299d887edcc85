"""The digests that S3's requests carry of their bodies: they must be right."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Mapping

from ifc.local.stores.emulator import Answer, failed

# Checksums that Python can compute; CRC32C and CRC64NVME are taken as they are said.
CHECKSUMS: Mapping[str, tuple[int, Callable[[bytes], bytes]]] = {
    "CRC32": (4, lambda body: zlib.crc32(body).to_bytes(4, "big")),
    "SHA1": (20, lambda body: hashlib.sha1(body, usedforsecurity=False).digest()),
    "SHA256": (32, lambda body: hashlib.sha256(body).digest()),
}


def wrong(headers: Mapping[str, str], body: bytes, checked: bool) -> Answer | None:
    """The answer to a body that is not what its headers say (names in lower case), None to any other. `checked`: its checksums are those of
    the body, and not of an object that it is about (S3 API reference, PutObject: Content-MD5, x-amz-checksum-…)."""
    given = headers.get("content-md5")
    if given is not None:
        digest = _bytes(given, 16)
        if digest is None:
            return failed(400, "InvalidDigest", "The Content-MD5 you specified is not valid.")
        if digest != hashlib.md5(body, usedforsecurity=False).digest():
            return failed(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    for name, (length, computed) in CHECKSUMS.items():
        given = headers.get(f"x-amz-checksum-{name.lower()}") if checked else None
        if given is None:
            continue
        digest = _bytes(given, length)
        if digest is None:
            return failed(400, "InvalidRequest", f"Value for x-amz-checksum-{name.lower()} header is invalid.")
        if digest != computed(body):
            return failed(400, "BadDigest", f"The {name} you specified did not match the calculated checksum.")
    return None


def _bytes(text: str, length: int) -> bytes | None:
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if len(found) == length else None
