#!/usr/bin/env python3
"""A node of the control protocol that shares no code with ours: Python's cryptography, h2 and zstandard.

usage: foreign_node.py URL HOSTNAME [--auth-key KEY] [--frames N] [--version N]

Fetches the coordinator's key, upgrades a connection, registers, opens a map stream and reports where it is while that is open. Prints one JSON
object a line: {"step": ..., ...}. Without a key it prints the address to log in at, and waits until somebody has decided. Status 0: all of that
worked, and N frames of the map stream were read.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import socket
import struct
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator

import h2.config
import h2.connection
import h2.events
import zstandard
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NAME = b"Noise_IK_25519_ChaChaPoly_BLAKE2s"
MAX_PLAINTEXT = 4077
TIMEOUT_S = 30


def say(step: str, **values: object) -> None:
    print(json.dumps({"step": step, **values}), flush=True)


def public(key: X25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


class Symmetric:
    """Chaining key and hash of the handshake."""

    def __init__(self, version: int, coordinator: bytes) -> None:
        self.hash = self.chaining = hashlib.blake2s(NAME).digest()
        self.mix(b"Tailscale Control Protocol v%d" % version)
        self.mix(coordinator)

    def mix(self, data: bytes) -> None:
        self.hash = hashlib.blake2s(self.hash + data).digest()

    def derive(self, secret: bytes) -> bytes:
        extracted = hmac.new(self.chaining, secret, hashlib.blake2s).digest()
        self.chaining = hmac.new(extracted, b"\1", hashlib.blake2s).digest()
        return hmac.new(extracted, self.chaining + b"\2", hashlib.blake2s).digest()

    def seal(self, key: bytes, plaintext: bytes) -> bytes:
        sealed = ChaCha20Poly1305(key).encrypt(bytes(12), plaintext, self.hash)
        self.mix(sealed)
        return sealed

    def open(self, key: bytes, sealed: bytes) -> bytes:
        plaintext = ChaCha20Poly1305(key).decrypt(bytes(12), sealed, self.hash)
        self.mix(sealed)
        return plaintext


class Records:
    """An upgraded connection: what is sent is sealed, what comes is opened."""

    def __init__(self, url: urllib.parse.SplitResult, coordinator: bytes, version: int) -> None:
        self.socket = socket.create_connection((url.hostname, url.port or 80), TIMEOUT_S)
        self.stream = self.socket.makefile("rb")
        machine, ephemeral = X25519PrivateKey.generate(), X25519PrivateKey.generate()
        self.machine = public(machine)
        remote = X25519PublicKey.from_public_bytes(coordinator)
        symmetric = Symmetric(version, coordinator)
        symmetric.mix(public(ephemeral))
        sealed = symmetric.seal(symmetric.derive(ephemeral.exchange(remote)), public(machine))
        tag = symmetric.seal(symmetric.derive(machine.exchange(remote)), b"")
        self.ask(url, struct.pack(">HBH", version, 1, 96) + public(ephemeral) + sealed + tag)
        kind, length = struct.unpack(">BH", self.exactly(3))
        answer = self.exactly(length)
        if kind != 2:
            raise SystemExit(f"refused: {answer.decode(errors='replace')}")
        symmetric.mix(answer[:32])
        remote = X25519PublicKey.from_public_bytes(answer[:32])
        symmetric.derive(ephemeral.exchange(remote))
        symmetric.open(symmetric.derive(machine.exchange(remote)), answer[32:])
        second = symmetric.derive(b"")
        self.sealer, self.opener = ChaCha20Poly1305(symmetric.chaining), ChaCha20Poly1305(second)
        self.sent = self.received = 0

    def ask(self, url: urllib.parse.SplitResult, initiation: bytes) -> None:
        lines = [
            "POST /ts2021 HTTP/1.1",
            f"Host: {url.netloc}",
            "Upgrade: tailscale-control-protocol",
            "Connection: upgrade",
            "Content-Length: 0",
            f"X-Tailscale-Handshake: {base64.b64encode(initiation).decode()}",
        ]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        head = [self.stream.readline()]
        while head[-1] not in (b"\r\n", b""):
            head.append(self.stream.readline())
        if b" 101 " not in head[0]:
            raise SystemExit(f"no upgrade: {head[0]!r} {self.stream.read()!r}")

    def exactly(self, length: int) -> bytes:
        data = self.stream.read(length)
        if len(data) < length:
            raise SystemExit("the connection ended")
        return data

    def send(self, plaintext: bytes) -> None:
        for start in range(0, len(plaintext), MAX_PLAINTEXT):
            nonce = bytes(4) + struct.pack(">Q", self.sent)
            sealed = self.sealer.encrypt(nonce, plaintext[start : start + MAX_PLAINTEXT], None)
            self.sent += 1
            self.socket.sendall(struct.pack(">BH", 4, len(sealed)) + sealed)

    def receive(self) -> bytes:
        kind, length = struct.unpack(">BH", self.exactly(3))
        if kind != 4:
            raise SystemExit(f"a record of type {kind}")
        plaintext = self.opener.decrypt(bytes(4) + struct.pack(">Q", self.received), self.exactly(length), None)
        self.received += 1
        return plaintext


class Requests:
    """HTTP/2 over the records."""

    def __init__(self, records: Records, authority: str) -> None:
        self.records, self.authority = records, authority
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.status: dict[int, int] = {}
        self.body: dict[int, bytearray] = {}
        self.ended: set[int] = set()
        self.http.initiate_connection()
        self.flush()
        self.feed(self.skip_early_payload())

    def skip_early_payload(self) -> bytes:
        start = b""
        while len(start) < 9:
            start += self.records.receive()
        if start[:5] != b"\xff\xff\xffTS":
            return start
        end = 9 + struct.unpack(">I", start[5:9])[0]
        while len(start) < end:
            start += self.records.receive()
        say("early-payload", json=json.loads(start[9:end]))
        return start[end:]

    def flush(self) -> None:
        self.records.send(self.http.data_to_send())

    def post(self, path: str, message: dict) -> int:
        stream = self.http.get_next_available_stream_id()
        self.body[stream] = bytearray()
        headers = [(":method", "POST"), (":scheme", "https"), (":authority", self.authority), (":path", path), ("ts-lb", message["NodeKey"])]
        self.http.send_headers(stream, headers)
        self.http.send_data(stream, json.dumps(message).encode(), end_stream=True)
        self.flush()
        return stream

    def feed(self, data: bytes) -> None:
        for event in self.http.receive_data(data):
            match event:
                case h2.events.ResponseReceived():
                    self.status[event.stream_id] = int(dict(event.headers)[":status"])
                case h2.events.DataReceived():
                    self.body[event.stream_id] += event.data
                    self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                case h2.events.StreamEnded() | h2.events.StreamReset():
                    self.ended.add(event.stream_id)
                case h2.events.ConnectionTerminated():
                    raise SystemExit(f"the coordinator goes away: {event.error_code}")
        self.flush()

    def wait_for(self, condition) -> None:
        while not condition():
            self.feed(self.records.receive())

    def answer(self, stream: int) -> tuple[int, bytes]:
        self.wait_for(lambda: stream in self.ended)
        return self.status.get(stream, 0), bytes(self.body[stream])

    def frames(self, stream: int) -> Iterator[dict]:
        while True:
            self.wait_for(lambda: len(self.body[stream]) >= 4 or stream in self.ended)
            if stream in self.ended:
                return
            length = struct.unpack("<I", self.body[stream][:4])[0]
            self.wait_for(lambda: len(self.body[stream]) >= 4 + length)
            compressed = bytes(self.body[stream][4 : 4 + length])
            del self.body[stream][: 4 + length]
            yield json.loads(decompress(compressed))


def decompress(data: bytes) -> bytes:
    """All of the frames that stand one behind the other."""
    plain = b""
    while data:
        part = zstandard.ZstdDecompressor().decompressobj()
        plain += part.decompress(data)
        data = part.unused_data
    return plain


class Node:
    """What the node says in its requests."""

    def __init__(self, hostname: str, version: int) -> None:
        self.version = version
        self.node_key = "nodekey:" + public(X25519PrivateKey.generate()).hex()
        self.disco_key = "discokey:" + public(X25519PrivateKey.generate()).hex()
        self.hostinfo = {"BackendLogID": os.urandom(32).hex(), "OS": "linux", "Hostname": hostname, "IPNVersion": "1.92.0-foreign"}

    def register(self, auth_key: str | None, followup: str) -> dict:
        return {
            "Version": self.version,
            "NodeKey": self.node_key,
            "OldNodeKey": "nodekey:" + "0" * 64,
            "NLKey": "nlpub:" + os.urandom(32).hex(),
            "Auth": {"AuthKey": auth_key} if auth_key else None,
            "Expiry": "0001-01-01T00:00:00Z",
            "Followup": followup,
            "Hostinfo": self.hostinfo,
        }

    def map(self, **more: object) -> dict:
        message = {"Version": self.version, "Compress": "zstd", "KeepAlive": True, "NodeKey": self.node_key, "DiscoKey": self.disco_key}
        return {**message, "Hostinfo": self.hostinfo, **more}

    def report(self) -> dict:
        hostinfo = {**self.hostinfo, "NetInfo": {"PreferredDERP": 900, "WorkingUDP": True}}
        return self.map(Hostinfo=hostinfo, Endpoints=["198.18.0.1:45000"], EndpointTypes=[1], OmitPeers=True)


def register(requests: Requests, node: Node, auth_key: str | None) -> None:
    followup = ""
    while True:
        status, body = requests.answer(requests.post("/machine/register", node.register(auth_key, followup)))
        if status != 200:
            raise SystemExit(f"register: {status} {body!r}")
        response = json.loads(body)
        say("register", response=response)
        if response.get("Error"):
            raise SystemExit("refused")
        followup = response.get("AuthURL", "")
        if not followup:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("hostname")
    parser.add_argument("--auth-key")
    parser.add_argument("--frames", type=int, default=1)
    parser.add_argument("--version", type=int, default=131)
    options = parser.parse_args()
    url = urllib.parse.urlsplit(options.url)
    with urllib.request.urlopen(f"{options.url}/key?v={options.version}", timeout=TIMEOUT_S) as reply:
        key = bytes.fromhex(json.load(reply)["publicKey"].removeprefix("mkey:"))
    records = Records(url, key, options.version)
    say("upgraded", machine="mkey:" + records.machine.hex())
    requests = Requests(records, url.netloc)
    node = Node(options.hostname, options.version)
    register(requests, node, options.auth_key)
    poll = requests.post("/machine/map", node.map(Stream=True))
    status, body = requests.answer(requests.post("/machine/map", node.report()))
    say("report", status=status, length=len(body))
    frames = requests.frames(poll)
    for _ in range(options.frames):
        frame = next(frames, None)
        if frame is None:
            raise SystemExit(f"the map stream ended: {requests.status.get(poll)}")
        say("frame", frame=frame)


if __name__ == "__main__":
    sys.exit(main())
