"""HTTP/2 without TLS at the endpoint, as the JavaScript SDK speaks it to Kinesis: one connection, many requests."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest

from ifc.local.services import http2
from tests.local.endpoint_fakes import REGION, Running

NAME = "app-dev-Clicks"
SHARD = "shardId-000000000001"


class Client:
    """A connection that speaks HTTP/2."""

    def __init__(self, here: Running, window: int | None = None, slice: int = 1 << 20) -> None:
        self.slice = slice
        self.socket = socket.create_connection(("127.0.0.1", here.endpoint.port), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.h2.initiate_connection()
        if window is not None:
            self.h2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.answers: dict[int, dict[str, Any]] = {}
        self.ended = False
        self.flush()

    def flush(self) -> None:
        """Sends what is to be sent."""
        data = self.h2.data_to_send()
        for at in range(0, len(data), self.slice):
            self.socket.sendall(data[at : at + self.slice])

    def ask(self, operation: str, body: dict[str, Any], key: str = "K") -> int:
        """Sends a request, and returns its stream."""
        stream = self.h2.get_next_available_stream_id()
        scope = f"{key}/20260101/{REGION}/kinesis/aws4_request"
        headers = [
            (":method", "POST"),
            (":path", "/"),
            (":scheme", "http"),
            (":authority", "localhost"),
            ("x-amz-target", f"Kinesis_20131202.{operation}"),
            ("content-type", "application/x-amz-json-1.1"),
            ("authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"),
        ]
        self.h2.send_headers(stream, headers)
        data = json.dumps(body).encode()
        while data:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            if room == 0:
                self.read()
                continue
            self.h2.send_data(stream, data[:room])
            data = data[room:]
            self.flush()
        self.h2.end_stream(stream)
        self.flush()
        self.answers[stream] = {"status": 0, "body": b"", "ended": False}
        return stream

    def read(self) -> None:
        """Takes in what comes next."""
        data = self.socket.recv(65536)
        if not data:
            self.ended = True
            return
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                self.answers[event.stream_id]["status"] = int(dict(event.headers)[":status"])
            elif isinstance(event, h2.events.DataReceived):
                self.answers[event.stream_id]["body"] += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.answers[event.stream_id]["ended"] = True
            elif isinstance(event, h2.events.StreamReset):
                self.answers[event.stream_id].update(ended=True, status=-1)
            elif isinstance(event, h2.events.ConnectionTerminated):
                self.ended = True
        self.flush()

    def answer(self, stream: int) -> tuple[int, Any]:
        """The status and the body of an answer."""
        while not self.answers[stream]["ended"] and not self.ended:
            self.read()
        found = self.answers[stream]
        assert found["ended"], "the connection ended before the answer"
        return found["status"], json.loads(found["body"] or b"null")


def put(data: str = "YQ==") -> dict[str, Any]:
    """A record to put."""
    return {"StreamName": NAME, "PartitionKey": "k", "Data": data}


def iterator(client: Client) -> str:
    """An iterator at the beginning of the shard."""
    given = {"StreamName": NAME, "ShardId": SHARD, "ShardIteratorType": "TRIM_HORIZON"}
    return client.answer(client.ask("GetShardIterator", given))[1]["ShardIterator"]


def test_many_requests_on_one_connection(here: Running) -> None:
    """Requests are answered, errors are errors, and permissions are checked as over HTTP/1.1."""
    client = Client(here)
    streams = [client.ask("PutRecord", put()) for _ in range(20)]
    assert [client.answer(s)[0] for s in streams] == [200] * 20
    assert len(here.broker.kept[("Clicks", SHARD)]) == 20
    status, body = client.answer(client.ask("DescribeStream", {"StreamName": "nope"}))
    assert (status, body["__type"]) == (400, "ResourceNotFoundException")
    status, body = client.answer(client.ask("PutRecord", put(), key="KEYship"))
    assert (status, body["__type"]) == (400, "AccessDeniedException")


def test_a_byte_at_a_time(here: Running) -> None:
    """Frames may arrive in any pieces."""
    client = Client(here, slice=1)
    streams = [client.ask("PutRecord", put("YWJj")) for _ in range(3)]
    assert [client.answer(s)[0] for s in streams] == [200] * 3
    assert len(here.broker.kept[("Clicks", SHARD)]) == 3


@pytest.mark.parametrize("window", [None, 1000])
def test_large_bodies_both_ways(here: Running, window: int | None) -> None:
    """A body is sent as fast as its receiver takes it."""
    client = Client(here, window)
    data = "YWFh" * 100_000
    assert client.answer(client.ask("PutRecord", put(data)))[0] == 200
    status, body = client.answer(client.ask("GetRecords", {"ShardIterator": iterator(client)}))
    assert (status, body["Records"][0]["Data"]) == (200, data)


def test_a_client_that_says_goodbye_gets_its_answer(here: Running) -> None:
    """The SDK announces that it will send no more before it has its answer; then the connection ends."""
    client = Client(here, 1000)
    client.answer(client.ask("PutRecord", put("YWFh" * 10_000)))
    stream = client.ask("GetRecords", {"ShardIterator": iterator(client)})
    goodbye = b"\x00\x00\x08\x07\x00" + bytes(4) + bytes(8)  # GOAWAY without an error; h2 itself would take it for the end
    client.socket.sendall(goodbye)
    assert client.answer(stream)[0] == 200
    while not client.ended:
        client.read()


def test_a_request_that_is_taken_back(here: Running) -> None:
    """A request that its client gives up leaves the others alone."""
    client = Client(here, 1000)
    client.answer(client.ask("PutRecord", put("YWFh" * 10_000)))
    given_up = client.ask("GetRecords", {"ShardIterator": iterator(client)})
    client.h2.reset_stream(given_up)
    client.flush()
    assert client.answer(client.ask("PutRecord", put()))[0] == 200
    here.until(lambda: not here.endpoint._running)
    assert not here.notes


def test_a_connection_that_ends_in_the_middle(here: Running) -> None:
    """An answer whose receiver is gone is dropped."""
    client = Client(here, 1000)
    client.answer(client.ask("PutRecord", put("YWFh" * 10_000)))
    client.ask("GetRecords", {"ShardIterator": iterator(client)})
    client.socket.close()
    other = Client(here)
    assert other.answer(other.ask("PutRecord", put()))[0] == 200
    here.until(lambda: not [task for task in asyncio.all_tasks(here.loop) if "Http2" in repr(task.get_coro())])
    assert not here.notes


def test_the_endpoint_introduces_itself(here: Running) -> None:
    """The first frame is SETTINGS, without which some clients go on no further (RFC 9113, 3.4 HTTP/2 Connection Preface)."""
    with socket.create_connection(("127.0.0.1", here.endpoint.port), timeout=20) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert connection.recv(1000)[3] == 4


@pytest.mark.parametrize(
    "sent",
    [
        b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\x00\x00\x00\x00\x00\x01",  # a frame of 16 MiB
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x01\x01\x04\x00\x00\x00\x00\x00",  # headers of no stream
    ],
)
def test_what_is_no_http2_is_ended(here: Running, sent: bytes) -> None:
    """A connection that breaks the protocol is closed."""
    with socket.create_connection(("127.0.0.1", here.endpoint.port), timeout=20) as connection:
        connection.sendall(sent)
        while connection.recv(1000):
            pass
    assert not here.notes


def test_a_body_above_its_limit(here: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that grows without end is refused."""
    monkeypatch.setattr(http2, "MAX_BODY", 1 << 20)
    client = Client(here)
    stream = client.h2.get_next_available_stream_id()
    client.answers[stream] = {"status": 0, "body": b"", "ended": False}
    client.h2.send_headers(stream, [(":method", "POST"), (":path", "/"), (":scheme", "http"), (":authority", "localhost")])
    sent = 0
    while not client.answers[stream]["ended"]:
        room = min(client.h2.local_flow_control_window(stream), client.h2.max_outbound_frame_size)
        if room:
            client.h2.send_data(stream, b"x" * room)
            sent += room
            client.flush()
        else:
            client.read()
        assert sent < 2 << 20
    assert client.answers[stream]["status"] == -1
    assert sent > 1 << 20
