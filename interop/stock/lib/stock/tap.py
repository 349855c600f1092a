"""A relay's front: ends TLS with a certificate of its own, and notes what passes in clear."""

import datetime
import hashlib
import ipaddress
import select
import socket
import ssl
import threading
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class Connection:
    """What passed: (time, whether from the client, bytes), in order."""

    def __init__(self, client: str) -> None:
        self.client = client
        self.pieces: list[tuple[float, bool, bytes]] = []


class Tap:
    """Listens on a socket that its caller made in the right namespace; `dial` makes one to the relay behind it."""

    def __init__(self, listener: socket.socket, dial, address: str, folder: Path) -> None:
        self._listener, self._dial = listener, dial
        self.connections: list[Connection] = []
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
            .sign(key, hashes.SHA256())
        )
        self.pin = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
        pem = folder / "tap.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        pem.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(pem)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                accepted, peer = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(accepted, peer[0]), daemon=True).start()

    def _serve(self, accepted: socket.socket, client: str) -> None:
        connection = Connection(client)
        self.connections.append(connection)
        try:
            near = self._tls.wrap_socket(accepted, server_side=True)
            with near, self._dial() as far:
                self._pass(connection, near, far)
        except OSError:
            accepted.close()

    @staticmethod
    def _pass(connection: Connection, near: ssl.SSLSocket, far: socket.socket) -> None:
        """Both ways on one thread: a TLS socket is not for two."""
        while True:
            ready = [each for each in (near, far) if isinstance(each, ssl.SSLSocket) and each.pending()]
            for source in ready or select.select([near, far], [], [])[0]:
                data = source.recv(1 << 16)
                if not data:
                    return
                connection.pieces.append((time.time(), source is near, data))
                (far if source is near else near).sendall(data)

    def close(self) -> None:
        self._listener.close()
