"""A proxy in front of AWS, or alone in its place: it counts what is asked, and answers, cuts or delays what it is told to.

The emulator knows no permissions, no expired credentials, no throttling and no broken lines; this is where they come from.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs

FOREVER = 1_000_000
S3_VERBS = {  # method and the subresource in the query, or how deep the path is
    ("GET", "policy"): "GetBucketPolicy",
    ("PUT", "policy"): "PutBucketPolicy",
    ("PUT", "publicAccessBlock"): "PutPublicAccessBlock",
    ("PUT", "encryption"): "PutBucketEncryption",
    ("PUT", "lifecycle"): "PutBucketLifecycleConfiguration",
    ("GET", "list-type"): "ListObjectsV2",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("PUT", "partNumber"): "UploadPart",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
}


@attrs.define
class Fault:
    """What happens to an action: the first `times` calls after `after` others."""

    action: str
    status: int = 0  # 0: it is passed on
    code: str = ""
    message: str = ""
    body: str = ""  # of an answer that is no error
    times: int = FOREVER
    after: int = 0
    cut: bool = False  # the line breaks before an answer comes
    passed: bool = False  # what is cut was done nevertheless
    delay: float = 0.0  # seconds before it is passed on
    change: Callable[[str], str] | None = None  # of the text of the answer
    seen: int = 0

    def takes(self) -> bool:
        """Whether this call meets it."""
        self.seen += 1
        return self.after < self.seen <= self.after + self.times


@attrs.define(eq=False)
class Proxy:
    """A running proxy."""

    endpoint: str
    faults: list[Fault] = attrs.field(factory=list)
    calls: list[str] = attrs.field(factory=list)
    bodies: list[str] | None = None  # of the requests, where somebody wants to see them
    lock: Any = attrs.field(factory=threading.Lock)

    def add(self, action: str, **what: Any) -> Fault:
        """Lets something happen to an action."""
        fault = Fault(action, **what)
        self.faults.append(fault)
        return fault

    def say(self, action: str, body: str = "", **more: Any) -> Fault:
        """Lets an action be answered."""
        return self.add(action, status=200, body=body or "<nothing/>", **more)

    def refuse(self, action: str, code: str, message: str = "no", status: int = 400, **more: Any) -> Fault:
        """Lets an action be refused."""
        return self.add(action, status=status, code=code, message=message, **more)

    def meets(self, action: str) -> Fault | None:
        """What happens to a call of an action, which is counted."""
        with self.lock:
            self.calls.append(action)
            return next((fault for fault in self.faults if fault.action in (action, "*") and fault.takes()), None)


@contextmanager
def proxy(upstream: str | None = None) -> Iterator[Proxy]:
    """Runs a proxy to an endpoint; without one it knows only the answers that it is given."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {}))
    server.daemon_threads = True
    running = Proxy(f"http://127.0.0.1:{server.server_address[1]}")
    handler: Any = server.RequestHandlerClass
    handler.running, handler.upstream = running, urllib.parse.urlsplit(upstream) if upstream else None
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    running: Proxy
    upstream: urllib.parse.SplitResult | None

    def handle_any(self) -> None:
        body = self.content()
        service, action = self.meaning(body)
        if self.running.bodies is not None:
            self.running.bodies.append(body.decode(errors="replace"))
        fault = self.running.meets(action)
        if fault is not None and fault.delay:
            time.sleep(fault.delay)
        if fault is not None and fault.cut:
            if fault.passed:
                self.passed_on(body)
            self.close_connection = True
            return
        if fault is not None and fault.status:
            self.answer(
                fault.status, fault.body or error(service, fault), "text/xml" if service != "json" else "application/x-amz-json-1.1"
            )
            return
        status, headers, content = self.passed_on(body)
        if fault is not None and fault.change is not None:
            content = fault.change(content.decode()).encode()
        self.answer(status, content, "", headers)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

    def content(self) -> bytes:
        """The request's body, however it comes."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def meaning(self, body: bytes) -> tuple[str, str]:
        """The service's way of speaking, and the action that is asked for."""
        target = self.headers.get("X-Amz-Target")
        if target:
            return "json", target.rpartition(".")[2]
        if self.command == "POST" and (found := re.search(rb"(?:^|&)Action=(\w+)", body)):
            return "query", found[1].decode()
        path, _, query = self.path.partition("?")
        if "/aliases/" in path:
            return "json", "GetAlias"
        for name in urllib.parse.parse_qs(query, keep_blank_values=True):
            if (self.command, name) in S3_VERBS:
                return "s3", S3_VERBS[self.command, name]
        part = "Object" if path.strip("/").count("/") else "Bucket"
        verb = {"GET": "Get", "PUT": "Put" if part == "Object" else "Create", "HEAD": "Head", "DELETE": "Delete"}.get(self.command, "Post")
        return "s3", verb + part

    def passed_on(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """What the endpoint behind answers."""
        if self.upstream is None:
            return 501, [], b"<ErrorResponse><Error><Code>NotImplemented</Code><Message>no such answer</Message></Error></ErrorResponse>"
        connection = http.client.HTTPConnection(self.upstream.netloc, timeout=120)
        skipped = ("host", "transfer-encoding", "content-length", "connection", "expect")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in skipped}
        connection.request(self.command, self.path, body, {**headers, "Content-Length": str(len(body))})
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()

    def answer(self, status: int, content: str | bytes, type: str, headers: list[tuple[str, str]] | None = None) -> None:
        """Sends an answer."""
        data = content if isinstance(content, bytes) else content.encode()
        self.send_response_only(status)
        length = next((v for n, v in headers or [] if n.lower() == "content-length"), None) if self.command == "HEAD" else None
        for name, value in headers or [("Content-Type", type)]:
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing is logged."""


def error(service: str, fault: Fault) -> str:
    """An error in a service's way of speaking."""
    if service == "json":
        return json.dumps({"__type": fault.code, "message": fault.message})
    inner = f"<Code>{fault.code}</Code><Message>{fault.message}</Message>"
    return f"<Error>{inner}</Error>" if service == "s3" else f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error></ErrorResponse>"


# --- answers of a service that is not there ---

SPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


def caller(account: str = "123456789012", who: str = "user/ann") -> str:
    """What STS says of whoever asks."""
    inner = f"<Arn>arn:aws:iam::{account}:{who}</Arn><UserId>AIDA</UserId><Account>{account}</Account>"
    return (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<GetCallerIdentityResult>{inner}</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )


def cloudformation(action: str, inner: str) -> str:
    """An answer of CloudFormation's."""
    return f'<{action}Response xmlns="{SPACE}"><{action}Result>{inner}</{action}Result></{action}Response>'


def stack(status: str, reason: str = "", name: str = "shop-dev", more: str = "") -> str:
    """What CloudFormation says of a stack."""
    why = f"<StackStatusReason>{reason}</StackStatusReason>" if reason else ""
    inner = (
        f"<StackName>{name}</StackName><StackId>arn:aws:cloudformation:eu-west-1:123456789012:stack/{name}/1</StackId>"
        f"<CreationTime>2027-01-01T00:00:00Z</CreationTime><StackStatus>{status}</StackStatus>{why}{more}"
    )
    return cloudformation("DescribeStacks", f"<Stacks><member>{inner}</member></Stacks>")


def events(*found: tuple[str, str, str, str], name: str = "shop-dev") -> str:
    """What CloudFormation says of a stack's events, in order: resource, type, status and reason; "" is the stack itself."""
    id = f"arn:aws:cloudformation:eu-west-1:123456789012:stack/{name}/1"
    members = []
    for number, (resource, type, status, reason) in enumerate(found):
        physical = f"{resource}-1" if resource else id
        why = f"<ResourceStatusReason>{reason}</ResourceStatusReason>" if reason else ""
        members.append(
            f"<member><EventId>{number}-{status}</EventId><StackId>{id}</StackId><StackName>{name}</StackName>"
            f"<LogicalResourceId>{resource or name}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId>"
            f"<ResourceType>{type or 'AWS::CloudFormation::Stack'}</ResourceType><Timestamp>2027-01-01T00:00:{number:02}Z</Timestamp>"
            f"<ResourceStatus>{status}</ResourceStatus>{why}</member>"
        )
    return cloudformation("DescribeStackEvents", f"<StackEvents>{''.join(reversed(members))}</StackEvents>")


def template(text: str) -> str:
    """What CloudFormation says of a stack's template."""
    from xml.sax.saxutils import escape

    return cloudformation("GetTemplate", f"<TemplateBody>{escape(text)}</TemplateBody>")
