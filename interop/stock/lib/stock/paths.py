"""Records discovery, pings and relay frames between a gateway of ours and an unmodified tailscaled, with throwaway keys.

Both are at one relay, which is ours or derper, behind a tap. The file has a line for each thing; a number in front is the time in
milliseconds:

    secret NAME KEY               private keys of ours: node, disco, relay
    public NAME KEY               of the stock node: node, disco
    address NAME ADDRESS          of both, outside and in the tunnel
    TIME udp FROM DATAGRAM        discovery of the stock node, to our port
    TIME relayed PACKET           the same by the relay
    TIME inside PACKET            what the stock node has put into the tunnel
    TIME client|server BYTES      a connection of the stock node (relay) or of ours (derper), piece by piece
"""

import argparse
import ctypes
import json
import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from . import pcap
from .coordinator import URL, Coordinator
from .lab import NETWORK, Lab
from .node import Node, until
from .ours import Gateway, Relay, Tunnel
from .shell import Failed, out, run
from .tap import Connection, Tap

ROOT = Path(__file__).resolve().parents[4]
MAGIC = "TS\U0001f4ac".encode()
RELAY = f"{NETWORK}.3"
BEHIND_PORT = 9443
RECV_PACKET = 5
TSMP = 99
CLONE_NEWNET = 0x40000000
POLICY = '{"grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"]}]}'


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="interop/stock/record-paths", description=__doc__.splitlines()[0])
    parser.add_argument("relay", choices=("ours", "derper"), help="whose relay both are at")
    parser.add_argument("file", type=Path, help="to be written")
    parser.add_argument("--program", type=Path, default=ROOT / "penstock", help="the program (default: the checkout's)")
    parser.add_argument("--keep", action="store_true", help="keep logs and state, and say where")
    chosen = parser.parse_args(words)
    if os.geteuid() != 0:
        parser.error("needs root, for namespaces and TUN devices")
    if not os.environ.get("PENSTOCK_PEERS"):
        parser.error("set PENSTOCK_PEERS to the folder with tailscale, tailscaled and derper")
    return chosen


def within(namespace: str, make):
    """Calls something on a thread in a namespace, where the sockets stay that it makes."""
    made: list = []

    def enter() -> None:
        with open(f"/var/run/netns/{namespace}", "rb") as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), namespace)
        made.append(make())

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    return made[0]


def listener() -> socket.socket:
    return socket.create_server((RELAY, 443), backlog=16)


class Derper:
    """Owns the process."""

    def __init__(self, peers: Path, namespace: str, folder: Path) -> None:
        self._words = ["ip", "netns", "exec", namespace, str(peers / "derper"), "-a", f"{RELAY}:{BEHIND_PORT}"]
        self._words += ["-c", str(folder / "derper.json"), "-http-port", "-1", "-hostname", RELAY]
        self._log = folder / "derper.log"
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until("derper serves", 20, lambda: "serving on" in self._log.read_text())

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(10)


class Capture:
    """Owns tcpdump at a device of a namespace."""

    def __init__(self, namespace: str, device: str, file: Path, *expression: str) -> None:
        self.file = file
        words = ["ip", "netns", "exec", namespace, "tcpdump", "-i", device, "-U", "-w", str(file), *expression]
        self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until("a capture begins", 10, lambda: file.exists() and file.stat().st_size)

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)


def talk(gateway: Gateway, stock: Node, ours: str, theirs: str) -> None:
    """Each pings the other, by the relay and directly, outside the tunnel and in it."""
    Lab.block_udp(stock.namespace)
    gateway.verb("ping", "-c", "2", "stock")
    said = stock.tailscale("ping", "-c", "3", "--until-direct=false", ours).stdout
    if "via DERP" not in said:
        raise Failed(f"not by the relay: {said}")
    Lab.allow_udp(stock.namespace)
    stock.run("ping", "-n", "-c", "20", "-i", "0.2", ours)  # traffic, so that it calls us
    said = stock.tailscale("ping", "-c", "10", "--until-direct", ours).stdout
    if f"via {NETWORK}." not in said:
        raise Failed(f"not direct: {said}")
    gateway.verb("ping", "--until-direct", "-c", "10", "stock")
    gateway.verb("ping", "-c", "3", "stock")


def talk_inside(namespace: str, stock: Node, ours: str, theirs: str) -> None:
    """The stock node pings into the tunnel, where nobody knows TSMP, and answers a ping of TSMP that comes out of it."""
    run("ip", "netns", "exec", namespace, "ping", "-n", "-c", "1", theirs)
    stock.tailscale("ping", "-c", "1", "--timeout=2s", "--tsmp", ours, check=False)
    stock.tailscale("ping", "-c", "1", "--icmp", ours)
    raw = within(namespace, lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, TSMP))
    with raw:
        raw.sendto(b"precorded", (theirs, 0))
    time.sleep(1)


def relayed(connection: Connection, source: bytes) -> list[tuple[float, bytes]]:
    """Discovery packets of that node key which a relay has handed to the client of a connection."""
    found, data = [], b""
    for when, by_client, piece in connection.pieces:
        if by_client:
            continue
        data += piece
        if data.startswith(b"HTTP/"):
            end = data.find(b"\r\n\r\n")
            data = data[end + 4 :] if end >= 0 else data
            if end < 0:
                continue
        while len(data) >= 5 and len(data) >= 5 + (length := struct.unpack_from(">I", data, 1)[0]):
            kind, payload, data = data[0], data[5 : 5 + length], data[5 + length :]
            if kind == RECV_PACKET and payload.startswith(source) and payload[32:].startswith(MAGIC):
                found.append((when, payload[32:]))
    return found


def longest(connections: list[Connection], client: str) -> Connection:
    """The one that lives, not those that only measured."""
    return max((each for each in connections if each.client == client), key=lambda each: len(each.pieces))


class Recording:
    """The lines of the file."""

    def __init__(self, title: str) -> None:
        self._head = [f"# {title}"]
        self._timed: list[tuple[float, str]] = []

    def add(self, *words: str) -> None:
        self._head.append(" ".join(words))

    def timed(self, when: float, *words: str) -> None:
        self._timed.append((when, " ".join(words)))

    def write(self, file: Path) -> None:
        self._timed.sort(key=lambda line: line[0])
        begin = self._timed[0][0]
        lines = [f"{(when - begin) * 1000:.0f} {text}" for when, text in self._timed]
        file.write_text("\n".join(self._head + lines) + "\n")


def record(chosen: argparse.Namespace, peers: Path, lab: Lab, folder: Path, started: list) -> None:
    place = lab.place("relay", 3)
    is_ours = chosen.relay == "ours"
    relay = Relay(chosen.program, place, folder / "relay") if is_ours else Derper(peers, place, folder)
    started.append(relay)
    if is_ours:
        relay.start(RELAY, BEHIND_PORT)
    else:
        relay.start()

    def dial() -> socket.socket:
        raw = within(place, lambda: socket.create_connection((RELAY, BEHIND_PORT)))
        if not is_ours:
            return raw
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # what stands behind the tap is ours
        return context.wrap_socket(raw)

    tap = Tap(within(place, listener), dial, RELAY, folder)
    node = {"Name": "901a", "RegionID": 901, "HostName": RELAY, "IPv4": RELAY, "IPv6": "none"}
    node |= {"DERPPort": 443, "STUNPort": 3478, "CertName": f"sha256-raw:{tap.pin}"}
    region = {"RegionID": 901, "RegionCode": "tap", "RegionName": "behind a tap", "Nodes": [node]}
    derp_map = folder / "derp.json"
    derp_map.write_text(json.dumps({"Regions": {"901": region}}))
    coordinator = Coordinator(
        chosen.program, lab.place("coordinator", 2), folder, "--no-relay", "--derp-map", str(derp_map)
    )
    started.append(coordinator)
    coordinator.start()
    policy = folder / "policy.hujson"
    policy.write_text(POLICY)
    coordinator.admin("policy", "set", str(policy))
    coordinator.admin("users", "add", "stock")
    key = folder / "key"
    key.write_text(coordinator.admin("keys", "create", "--reusable", "--user", "stock", "--quiet"))

    gateway = Gateway(chosen.program, lab.place("ours", 11), folder / "ours")
    started.append(gateway)
    gateway.start()
    gateway.verb("up", "--server", URL, "--auth-key", f"file:{key}", "--hostname", "ours", "--timeout", "30s")
    stock = Node(peers, "stock", lab.place("stock", 12), folder)
    started.append(stock)
    stock.start()
    outside = Capture(gateway.namespace, "eth0", folder / "outside.pcap", "udp")
    started.append(outside)
    stock.tailscale("up", f"--login-server={URL}", f"--auth-key=file:{key}", "--hostname=stock")
    ours = json.loads(gateway.verb("status", "--json"))["self"]["overlay"][0].split("/")[0]
    until("our node knows the other", 20, lambda: "stock" in gateway.verb("peers"))
    until("both are at home", 30, lambda: {each.client for each in tap.connections} >= {f"{NETWORK}.11", f"{NETWORK}.12"})
    time.sleep(6)  # so that what is said at the start is not mixed with the pings
    theirs = stock.address()
    public = stock.status()["Self"]["PublicKey"].removeprefix("nodekey:")
    talk(gateway, stock, ours, theirs)
    outside.stop()
    port = json.loads(gateway.verb("status", "--json"))["self"]["port"]
    gateway.stop()
    tunnel = Tunnel(chosen.program, gateway.namespace, folder / "tunnel")
    started.append(tunnel)
    tunnel.start(gateway.secret("node"), ours, port, public, f"{NETWORK}.12:41641", theirs)
    inside = Capture(gateway.namespace, "wg0", folder / "inside.pcap", "src", theirs)
    started.append(inside)
    talk_inside(gateway.namespace, stock, ours, theirs)
    inside.stop()

    version = out(str(peers / "tailscaled"), "--version").split()[0].split("-")[0]
    title = f"tailscaled {version} at {'penstock relay' if is_ours else 'derper'}; recorded by interop/stock/record-paths"
    recording = Recording(title + ", all keys were made for it")
    recording.add("secret", "node", gateway.secret("node"))
    recording.add("secret", "disco", gateway.secret("disco"))
    if is_ours:
        recording.add("secret", "relay", relay.secret())
    recording.add("public", "node", public)
    recording.add("address", "ours-in", ours)
    recording.add("address", "stock-in", theirs)
    client = longest(tap.connections, f"{NETWORK}.{12 if is_ours else 11}")
    hears = longest(tap.connections, f"{NETWORK}.11")
    disco = set()
    for when, source, _, datagram in pcap.datagrams(outside.file):
        if source.startswith(f"{NETWORK}.12:") and datagram.startswith(MAGIC):
            recording.timed(when, "udp", source, datagram.hex())
            disco.add(datagram[6:38].hex())
    for when, packet in relayed(hears, bytes.fromhex(public)):
        recording.timed(when, "relayed", packet.hex())
        disco.add(packet[6:38].hex())
    for when, packet in pcap.inside(inside.file):
        recording.timed(when, "inside", packet.hex())
    for when, by_client, data in client.pieces:
        recording.timed(when, "client" if by_client else "server", data.hex())
    for each in disco:
        recording.add("public", "disco", each)
    recording.write(chosen.file)


def main(words: list[str]) -> int:
    chosen = arguments(words)
    folder = Path(tempfile.mkdtemp(prefix="penstock-paths-"))
    lab = Lab()
    started: list = []
    try:
        record(chosen, Path(os.environ["PENSTOCK_PEERS"]), lab, folder, started)
        print(f"written: {chosen.file}")
        return 0
    except Failed as failed:
        print(f"interop/stock/record-paths: {failed}", file=sys.stderr)
        return 1
    finally:
        for running in reversed(started):
            running.stop()
        lab.close()
        if chosen.keep:
            print(f"logs and state: {folder}")
        else:
            shutil.rmtree(folder)
