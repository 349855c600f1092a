"""Programs of ours beside the coordinator: a gateway's daemon, and a relay."""

import base64
import json
import os
import re
import subprocess
from pathlib import Path

from .node import until
from .shell import run


class Ours:
    """Owns a process of ours in a namespace, whose log and state lie in a folder of its own."""

    def __init__(self, program: Path, namespace: str, folder: Path) -> None:
        self._program = str(program)
        self.namespace = namespace
        self.folder = folder
        folder.mkdir()
        self.log = folder / "log"
        self._process: subprocess.Popen | None = None

    def launch(self, *words: str) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["ip", "netns", "exec", self.namespace, self._program, *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | {"PENSTOCK_STATE": str(self.folder / "launcher")},
            )

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Gateway(Ours):
    """A daemon, driven by its verbs."""

    def start(self) -> None:
        self.launch("daemon", "--socket", str(self._socket), "--state", str(self.folder / "state"))
        until("the daemon answers", 60, lambda: self.verb("status", "--json"))

    @property
    def _socket(self) -> Path:
        return self.folder / "penstock.sock"

    def verb(self, *words: str, check: bool = True) -> str:
        command = ["ip", "netns", "exec", self.namespace, self._program, *words, "--socket", str(self._socket)]
        if words[0] == "up":
            command += ["--config", str(self.folder / "penstock.conf")]
        return run(*command, timeout=60, check=check).stdout

    def secret(self, name: str) -> str:
        """A key of its state, hexadecimal."""
        return (self.folder / "state" / f"{name}.key").read_text().strip().removeprefix("privkey:")


class Relay(Ours):
    """A relay that lets everybody in."""

    def start(self, address: str, port: int) -> None:
        self.launch("relay", "--listen", f"{address}:{port}", "--open", "--state", str(self.folder / "state"))
        until("the relay says where it is", 60, lambda: "CertName" in self.log.read_text())

    def secret(self) -> str:
        files = [file for file in (self.folder / "state").iterdir() if "PrivateKey" in file.read_text(errors="replace")]
        return re.sub("^privkey:", "", json.loads(files[0].read_text())["PrivateKey"])


class Tunnel(Ours):
    """`penstock wg` with one peer, which takes what a daemon would: the tunnel's packets all come to its interface."""

    def start(self, secret: str, own: str, port: int, peer: str, endpoint: str, address: str) -> None:
        """Keys are hexadecimal."""
        self.launch("wg", "--foreground", "wg0")
        until("wg0 is there", 60, lambda: self._run("wg", "show", "wg0"))
        key = self.folder / "key"
        key.touch(0o600)
        key.write_text(_base64(secret))
        words = ["wg", "set", "wg0", "private-key", str(key), "listen-port", str(port), "peer", _base64(peer)]
        self._run(*words, "endpoint", endpoint, "allowed-ips", f"{address}/32")
        self._run("ip", "addr", "add", f"{own}/32", "dev", "wg0")
        self._run("ip", "link", "set", "wg0", "up")
        self._run("ip", "route", "replace", f"{address}/32", "dev", "wg0")

    def _run(self, *words: str) -> str:
        return run("ip", "netns", "exec", self.namespace, *words).stdout


def _base64(key: str) -> str:
    return base64.b64encode(bytes.fromhex(key)).decode()
