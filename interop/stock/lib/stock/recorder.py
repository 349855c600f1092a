"""Stands between nodes and a coordinator, and notes what the nodes ask.

To a node it is a coordinator with a key of its own, to the coordinator a node with another one for each node: both are made
for the run and forgotten after it. What is inside the records goes through unchanged; the requests are read from it by the way.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import struct
import threading
import urllib.request
from pathlib import Path
from typing import BinaryIO

import h2.config
import h2.connection
import h2.events
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NAME = b"Noise_IK_25519_ChaChaPoly_BLAKE2s"
INITIATION, RESPONSE, RECORD = 1, 2, 4
DIAL_S = 10


def public(key: X25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


class Handshake:
    """Chaining key and hash of one handshake."""

    def __init__(self, version: int, responder: bytes) -> None:
        self._hash = self._chaining = hashlib.blake2s(NAME).digest()
        self.mix(b"Tailscale Control Protocol v%d" % version)
        self.mix(responder)

    def mix(self, data: bytes) -> None:
        self._hash = hashlib.blake2s(self._hash + data).digest()

    def _derive(self, secret: bytes) -> bytes:
        extracted = hmac.new(self._chaining, secret, hashlib.blake2s).digest()
        self._chaining = hmac.new(extracted, b"\1", hashlib.blake2s).digest()
        return hmac.new(extracted, self._chaining + b"\2", hashlib.blake2s).digest()

    def agree(self, ours: X25519PrivateKey, theirs: bytes) -> ChaCha20Poly1305:
        return ChaCha20Poly1305(self._derive(ours.exchange(X25519PublicKey.from_public_bytes(theirs))))

    def seal(self, key: ChaCha20Poly1305, plaintext: bytes) -> bytes:
        sealed = key.encrypt(bytes(12), plaintext, self._hash)
        self.mix(sealed)
        return sealed

    def open(self, key: ChaCha20Poly1305, sealed: bytes) -> bytes:
        plaintext = key.decrypt(bytes(12), sealed, self._hash)
        self.mix(sealed)
        return plaintext

    def split(self) -> tuple[Cipher, Cipher]:
        """Of the initiator's records and of the responder's."""
        second = self._derive(b"")
        return Cipher(self._chaining), Cipher(second)


class Cipher:
    """One direction of the records. For one thread."""

    def __init__(self, key: bytes) -> None:
        self._key = ChaCha20Poly1305(key)
        self._count = 0

    def _nonce(self) -> bytes:
        self._count += 1
        return bytes(4) + struct.pack(">Q", self._count - 1)

    def seal(self, plaintext: bytes) -> bytes:
        sealed = self._key.encrypt(self._nonce(), plaintext, None)
        return struct.pack(">BH", RECORD, len(sealed)) + sealed

    def open(self, stream: BinaryIO) -> bytes:
        """The next record; empty at the end."""
        head = stream.read(3)
        if len(head) < 3:
            return b""
        kind, length = struct.unpack(">BH", head)
        sealed = stream.read(length)
        if kind != RECORD or len(sealed) < length:
            return b""
        return self._key.decrypt(self._nonce(), sealed, None)


def answer(key: X25519PrivateKey, initiation: bytes) -> tuple[int, bytes, bytes, tuple[Cipher, Cipher]]:
    """As a coordinator: the version, the node's key, the response and the ciphers."""
    version, kind, length = struct.unpack(">HBH", initiation[:5])
    if (kind, length, len(initiation)) != (INITIATION, 96, 101):
        raise ValueError("not an initiation")
    handshake = Handshake(version, public(key))
    ephemeral = initiation[5:37]
    handshake.mix(ephemeral)
    machine = handshake.open(handshake.agree(key, ephemeral), initiation[37:85])
    handshake.open(handshake.agree(key, machine), initiation[85:])
    ours = X25519PrivateKey.generate()
    handshake.mix(public(ours))
    handshake.agree(ours, ephemeral)
    tag = handshake.seal(handshake.agree(ours, machine), b"")
    return version, machine, struct.pack(">BH", RESPONSE, 48) + public(ours) + tag, handshake.split()


class Upstream:
    """A connection to the coordinator, as a node."""

    def __init__(self, address: tuple[str, int], version: int, machine: X25519PrivateKey) -> None:
        host = f"{address[0]}:{address[1]}"
        with urllib.request.urlopen(f"http://{host}/key?v={version}", timeout=DIAL_S) as reply:
            coordinator = bytes.fromhex(json.load(reply)["publicKey"].removeprefix("mkey:"))
        ephemeral = X25519PrivateKey.generate()
        handshake = Handshake(version, coordinator)
        handshake.mix(public(ephemeral))
        sealed = handshake.seal(handshake.agree(ephemeral, coordinator), public(machine))
        tag = handshake.seal(handshake.agree(machine, coordinator), b"")
        initiation = struct.pack(">HBH", version, INITIATION, 96) + public(ephemeral) + sealed + tag
        self.socket = socket.create_connection(address, DIAL_S)
        self.socket.settimeout(None)
        self.stream = self.socket.makefile("rb")
        head = (
            f"POST /ts2021 HTTP/1.1\r\nHost: {host}\r\nUpgrade: tailscale-control-protocol\r\nConnection: upgrade\r\n"
            f"Content-Length: 0\r\nX-Tailscale-Handshake: {base64.b64encode(initiation).decode()}\r\n\r\n"
        )
        self.socket.sendall(head.encode())
        status = self.stream.readline()
        while self.stream.readline().strip():
            pass
        kind, length = struct.unpack(">BH", self.stream.read(3))
        response = self.stream.read(length)
        if b" 101 " not in status or kind != RESPONSE:
            raise ValueError(f"refused: {status!r} {response!r}")
        handshake.mix(response[:32])
        handshake.agree(ephemeral, response[:32])
        handshake.open(handshake.agree(machine, response[:32]), response[32:])
        self.sealer, self.opener = handshake.split()


class Listener:
    """Reads requests from a node's HTTP/2 without taking part in it."""

    def __init__(self, note) -> None:
        self._http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self._http.initiate_connection()  # so that its settings may be acknowledged; what it would send goes nowhere
        self._heads: dict[int, dict[str, str]] = {}
        self._bodies: dict[int, bytes] = {}
        self._note = note

    def hear(self, data: bytes) -> None:
        for event in self._http.receive_data(data):
            match event:
                case h2.events.RequestReceived():
                    self._heads[event.stream_id] = dict(event.headers)
                    self._bodies[event.stream_id] = b""
                case h2.events.DataReceived():
                    self._bodies[event.stream_id] += event.data
                    self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                case h2.events.StreamEnded():
                    self._note(self._heads.pop(event.stream_id), self._bodies.pop(event.stream_id))
        self._http.data_to_send()


class Recorder:
    """Serves nodes on its own threads until the process ends; notes one JSON object a request and line."""

    def __init__(self, address: tuple[str, int], coordinator: tuple[str, int], file: Path) -> None:
        self._coordinator = coordinator
        self._file = file
        self._key = X25519PrivateKey.generate()
        self._machines: dict[bytes, tuple[str, X25519PrivateKey]] = {}
        self._lock = threading.Lock()
        self._server = socket.create_server(address)

    def serve(self) -> None:
        while True:
            client, _ = self._server.accept()
            threading.Thread(target=self._take, args=(client,), daemon=True).start()

    def _take(self, client: socket.socket) -> None:
        try:
            self._serve(client)
        except (OSError, ValueError) as ended:  # a coordinator that restarts is a part of what is recorded
            print(f"a connection ended: {ended}", flush=True)

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as stream:
            while line := stream.readline():
                headers = {}
                while header := stream.readline().strip():
                    name, _, value = header.decode("latin-1").partition(":")
                    headers[name.lower()] = value.strip()
                path = line.split()[1].decode("latin-1")
                if path.startswith("/key"):
                    keys = {"legacyPublicKey": "mkey:" + "0" * 64, "publicKey": "mkey:" + public(self._key).hex()}
                    body = json.dumps(keys).encode()
                    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                elif path.startswith("/ts2021"):
                    self._upgrade(client, stream, base64.b64decode(headers["x-tailscale-handshake"]))
                    return
                else:
                    client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    def _machine(self, key: bytes) -> tuple[str, X25519PrivateKey]:
        """The name under which a node is noted, and by which key the coordinator knows it."""
        with self._lock:
            return self._machines.setdefault(key, (f"node{len(self._machines) + 1}", X25519PrivateKey.generate()))

    def _upgrade(self, client: socket.socket, stream: BinaryIO, initiation: bytes) -> None:
        version, key, response, (opener, sealer) = answer(self._key, initiation)
        name, machine = self._machine(key)
        upstream = Upstream(self._coordinator, version, machine)
        switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: tailscale-control-protocol\r\nConnection: upgrade\r\n\r\n"
        client.sendall(switch + response)

        def back() -> None:
            try:
                while plaintext := upstream.opener.open(upstream.stream):
                    client.sendall(sealer.seal(plaintext))
                client.shutdown(socket.SHUT_RDWR)
            except OSError as ended:  # the node was the first to go
                print(f"a connection ended: {ended}", flush=True)

        threading.Thread(target=back, daemon=True).start()
        listener = Listener(lambda head, body: self._note(name, version, head, body))
        with upstream.socket:
            while plaintext := opener.open(stream):
                upstream.socket.sendall(upstream.sealer.seal(plaintext))
                listener.hear(plaintext)

    def _note(self, name: str, version: int, head: dict[str, str], body: bytes) -> None:
        entry = {"node": name, "version": version, "method": head[":method"], "path": head[":path"], "body": body.decode()}
        with self._lock, self._file.open("a") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
