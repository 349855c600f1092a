#!/usr/bin/env python3
"""A coordinator of the control protocol that shares no code with ours: Python's cryptography, h2 and zstandard.

usage: foreign_coordinator.py [--login] [--early] [--cut N] [--ping] [--keep-alive SECONDS]

Listens on a free port of the loopback address and prints one JSON object a line: {"step": "listening", "url": ...}, then each request. It lets
everybody in; with --login after the address of the login was asked for, once. With --early it begins each connection with an early payload, with
--cut each message is N zstd frames, cut anywhere, with --ping each map stream asks for both kinds of sign of life. Ends with its standard input.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import os
import struct
import sys
import urllib.parse
from typing import Any

import h2.config
import h2.connection
import h2.events
import zstandard
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NAME = b"Noise_IK_25519_ChaChaPoly_BLAKE2s"
MAX_PLAINTEXT = 4077
UPGRADE = "tailscale-control-protocol"


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

    def agree(self, own: X25519PrivateKey, other: bytes) -> bytes:
        return self.derive(own.exchange(X25519PublicKey.from_public_bytes(other)))

    def seal(self, key: bytes, plaintext: bytes) -> bytes:
        sealed = ChaCha20Poly1305(key).encrypt(bytes(12), plaintext, self.hash)
        self.mix(sealed)
        return sealed

    def open(self, key: bytes, sealed: bytes) -> bytes:
        plaintext = ChaCha20Poly1305(key).decrypt(bytes(12), sealed, self.hash)
        self.mix(sealed)
        return plaintext


class Records:
    """The connection behind the upgrade."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, own: X25519PrivateKey, initiation: bytes) -> None:
        self.reader, self.writer = reader, writer
        version, _, _ = struct.unpack(">HBH", initiation[:5])
        symmetric = Symmetric(version, public(own))
        remote = initiation[5:37]
        symmetric.mix(remote)
        self.machine = symmetric.open(symmetric.agree(own, remote), initiation[37:85])
        symmetric.open(symmetric.agree(own, self.machine), initiation[85:])
        ephemeral = X25519PrivateKey.generate()
        symmetric.mix(public(ephemeral))
        symmetric.agree(ephemeral, remote)
        self.response = struct.pack(">BH", 2, 48) + public(ephemeral) + symmetric.seal(symmetric.agree(ephemeral, self.machine), b"")
        second = symmetric.derive(b"")
        self.opener, self.sealer = ChaCha20Poly1305(symmetric.chaining), ChaCha20Poly1305(second)
        self.sent = self.received = 0

    async def read(self) -> bytes:
        kind, length = struct.unpack(">BH", await self.reader.readexactly(3))
        if kind != 4:
            raise ConnectionError(f"a message of type {kind}")
        sealed = await self.reader.readexactly(length)
        self.received += 1
        return self.opener.decrypt(bytes(4) + struct.pack(">Q", self.received - 1), sealed, None)

    def write(self, plaintext: bytes) -> None:
        for start in range(0, len(plaintext), MAX_PLAINTEXT):
            sealed = self.sealer.encrypt(bytes(4) + struct.pack(">Q", self.sent), plaintext[start : start + MAX_PLAINTEXT], None)
            self.sent += 1
            self.writer.write(struct.pack(">BH", 4, len(sealed)) + sealed)


class Coordinator:
    """What all connections share."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.key = X25519PrivateKey.generate()
        self.url = ""
        self.nodes: dict[str, dict[str, Any]] = {}  # by node key
        self.logins: dict[str, asyncio.Event] = {}  # by path

    async def register(self, machine: bytes, request: dict[str, Any]) -> dict[str, Any]:
        say("register", old=request["OldNodeKey"], followup=request["Followup"], expiry=request["Expiry"])
        key = request["NodeKey"]
        if request["Expiry"].startswith("1970"):
            self.nodes.pop(key, None)
            return {"NodeKeyExpired": True, "MachineAuthorized": False}
        if self.options.login and key not in self.nodes:
            if not request["Followup"]:
                path = "/register/" + os.urandom(8).hex()
                self.logins[path] = asyncio.Event()
                return {"AuthURL": self.url + path}
            await self.logins[urllib.parse.urlsplit(request["Followup"]).path].wait()
        name = request["Hostinfo"]["Hostname"]
        old = next((node for node in self.nodes.values() if node["machine"] == machine), None)
        node = {"id": old["id"] if old else len(self.nodes) + 1, "machine": machine, "name": name, "key": key}
        self.nodes = {k: n for k, n in self.nodes.items() if n is not old} | {key: node}
        return {"User": {"ID": 1, "DisplayName": "Alice"}, "Login": {"ID": 1, "LoginName": "alice"}, "MachineAuthorized": True}

    def whole(self, node: dict[str, Any]) -> dict[str, Any]:
        peer = {"ID": 77, "Name": "peer.example.", "Key": "nodekey:" + "77" * 32, "Addresses": ["100.64.0.77/32"]}
        own = {"ID": node["id"], "Name": node["name"] + ".example.", "Key": node["key"], "MachineAuthorized": True}
        return {"Node": own | {"Addresses": [f"100.64.0.{node['id']}/32"]}, "Peers": [peer], "Domain": "example"}

    def frame(self, message: dict[str, Any]) -> bytes:
        text = json.dumps(message).encode()
        step = max(1, -(-len(text) // self.options.cut))
        packed = b"".join(zstandard.ZstdCompressor(level=1).compress(text[i : i + step]) for i in range(0, len(text), step))
        return struct.pack("<I", len(packed)) + packed


class Connection:
    """HTTP/2 inside the records."""

    def __init__(self, coordinator: Coordinator, records: Records) -> None:
        self.coordinator, self.records = coordinator, records
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.requests: dict[int, tuple[dict[str, str], bytearray]] = {}
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self.window = asyncio.Event()

    def flush(self) -> None:
        self.records.write(self.http.data_to_send())

    async def send(self, stream: int, data: bytes) -> None:
        while data:
            room = min(self.http.local_flow_control_window(stream), self.http.max_outbound_frame_size)
            if room <= 0:
                self.window.clear()
                await self.window.wait()
                continue
            self.http.send_data(stream, data[:room])
            data = data[room:]
            self.flush()

    async def reply(self, stream: int, status: int, body: bytes) -> None:
        self.http.send_headers(stream, [(":status", str(status))])
        await self.send(stream, body)
        self.http.end_stream(stream)
        self.flush()

    async def answer(self, stream: int, headers: dict[str, str], body: bytes) -> None:
        path = headers[":path"]
        if path == "/machine/register":
            await self.reply(stream, 200, json.dumps(await self.coordinator.register(self.records.machine, json.loads(body))).encode())
        elif path == "/machine/map":
            await self.map(stream, json.loads(body))
        else:
            say("other", method=headers[":method"], path=path, body=body.decode())
            await self.reply(stream, 200, b"")

    async def map(self, stream: int, request: dict[str, Any]) -> None:
        node = self.coordinator.nodes.get(request["NodeKey"])
        if node is None or node["machine"] != self.records.machine:
            await self.reply(stream, 404, b"node not found")
            return
        say("map", stream=request["Stream"], compress=request["Compress"], endpoints=request.get("Endpoints") or [])
        if not request["Stream"]:
            await self.reply(stream, 200, b"")
            return
        self.http.send_headers(stream, [(":status", "200")])
        await self.send(stream, self.coordinator.frame(self.coordinator.whole(node)))
        if self.coordinator.options.ping:
            payload = base64.b64encode(b"POST /echo HTTP/1.1\r\n\r\nhello").decode()
            for ping in ({"URL": "http://any.example/machine/ping-response?id=1"}, {"URL": "/machine/c2n/2", "Types": "c2n", "Payload": payload}):
                await self.send(stream, self.coordinator.frame({"PingRequest": ping | {"URLIsNoise": True}}))
        while True:
            await asyncio.sleep(self.coordinator.options.keep_alive)
            await self.send(stream, self.coordinator.frame({"KeepAlive": True}))

    async def run(self) -> None:
        self.http.initiate_connection()
        self.flush()
        while True:
            for event in self.http.receive_data(await self.records.read()):
                if isinstance(event, h2.events.RequestReceived):
                    self.requests[event.stream_id] = dict(event.headers), bytearray()
                elif isinstance(event, h2.events.DataReceived):
                    self.requests[event.stream_id][1].extend(event.data)
                    self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    headers, body = self.requests.pop(event.stream_id)
                    self.tasks[event.stream_id] = asyncio.create_task(self.answer(event.stream_id, headers, bytes(body)))
                elif isinstance(event, h2.events.StreamReset):
                    say("reset", stream=event.stream_id)
                    if task := self.tasks.pop(event.stream_id, None):
                        task.cancel()
                elif isinstance(event, h2.events.WindowUpdated):
                    self.window.set()
            self.flush()

    def end(self) -> None:
        for task in self.tasks.values():
            task.cancel()


async def serve(coordinator: Coordinator, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection: HTTP/1.1 at first."""
    connection = None
    try:
        line, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        path = urllib.parse.urlsplit(line.split(" ")[1]).path
        headers = {name.lower(): value.strip() for name, _, value in (header.partition(":") for header in rest)}
        if path == "/ts2021" and headers.get("upgrade") == UPGRADE:
            records = Records(reader, writer, coordinator.key, base64.b64decode(headers["x-tailscale-handshake"]))
            writer.write(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: {UPGRADE}\r\nConnection: upgrade\r\n\r\n".encode() + records.response)
            if coordinator.options.early:
                payload = json.dumps({"nodeKeyChallenge": "chalpub:" + os.urandom(32).hex()}).encode()
                records.write(b"\xff\xff\xffTS" + struct.pack(">I", len(payload)) + payload)
            connection = Connection(coordinator, records)
            await connection.run()
        elif path == "/key":
            key = json.dumps({"legacyPublicKey": "mkey:" + "0" * 64, "publicKey": "mkey:" + public(coordinator.key).hex()})
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(key)}\r\n\r\n{key}".encode())
        elif path in coordinator.logins:
            coordinator.logins[path].set()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        else:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        say("ended")
    finally:
        if connection is not None:
            connection.end()
        writer.close()


async def run(options: argparse.Namespace) -> None:
    coordinator = Coordinator(options)
    server = await asyncio.start_server(lambda reader, writer: serve(coordinator, reader, writer), "127.0.0.1", 0)
    coordinator.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    say("listening", url=coordinator.url)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)  # connections that are open wait for nobody


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--login", action="store_true")
    parser.add_argument("--early", action="store_true")
    parser.add_argument("--cut", type=int, default=1)
    parser.add_argument("--ping", action="store_true")
    parser.add_argument("--keep-alive", type=float, default=50)
    asyncio.run(run(parser.parse_args()))


main()
