"""What is measured: WireGuard programs (one at both ends, or one at each), the kernel's, the ceiling program, and the bare link."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from penperf.process import Failed, run

IFNAME = "{ifname}"


@dataclass(frozen=True)
class Known:
    """How a well-known program is started: what comes after its name, and what it wants in its environment."""

    arguments: str = IFNAME
    env: dict[str, str] = field(default_factory=dict)
    version: tuple[str, ...] = ()  # arguments that make it say its version
    version_lines: int = 1


# By file name, without what an own build may have put behind it. All of them are wanted in the foreground or are able to return by themselves.
KNOWN = {
    "penstock": Known(f"wg {IFNAME}", version=("version",), version_lines=4),
    "penstock-wg": Known(),
    "wireguard-go": Known(version=("--version",)),
    "tailscale-wireguard-go": Known(version=("--version",)),
    "wireguard": Known(version=("--version",)),  # what `go install` makes of golang.zx2c4.com/wireguard
    # They would give up root and, with it, the interface; in the background they write a log into /tmp.
    "boringtun-cli": Known(f"--foreground --disable-drop-privileges {IFNAME}", {"WG_SUDO": "1"}, ("--version",)),
    "gotatun": Known(f"--foreground --disable-drop-privileges {IFNAME}", {"WG_SUDO": "1"}, ("--version",)),
    "gotatun-cli": Known(f"--foreground --disable-drop-privileges {IFNAME}", {"WG_SUDO": "1"}, ("--version",)),
    "neptun-cli": Known(f"--foreground --disable-drop-privileges {IFNAME}", {"WG_SUDO": "1"}, ("--version",)),
}

KERNEL_COMMAND = "sudo modprobe wireguard && sudo perf/run --out results.jsonl"


@dataclass(frozen=True)
class Program:
    """One implementation, and how to start it."""

    name: str
    kind: str  # "wireguard", "kernel", "ceiling" or "bare"
    command: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict, hash=False)

    def command_line(self, interface: str) -> list[str]:
        return [word.replace(IFNAME, interface) for word in self.command]


@dataclass(frozen=True)
class Subject:
    """A row of the results: the program at end a, where the forward traffic starts, and the one at end b."""

    name: str
    a: Program
    b: Program

    @property
    def kind(self) -> str:
        return self.a.kind


def program_from_path(path: str, name: str | None = None) -> Program:
    base = os.path.basename(path)
    known = KNOWN.get(base, Known())
    return Program(name or base, "wireguard", (path, *shlex.split(known.arguments)), dict(known.env))


def program_from_option(text: str) -> Program:
    """NAME=COMMAND: a command with {ifname} is taken as it is; to a lone program its known arguments are added, to others the name."""
    name, separator, command = text.partition("=")
    if not separator or not name or not command.strip():
        raise ValueError(f"--peer wants NAME='COMMAND {IFNAME}', not {text!r}")
    if not re.fullmatch(r"[A-Za-z0-9._+-]+", name):
        raise ValueError(f"--peer: a name is of letters, digits and . _ + -, not {name!r}")
    words = shlex.split(command)
    path = shutil.which(words[0])
    if path is None:
        raise ValueError(f"--peer {name}: there is no program {words[0]!r}")
    path = os.path.abspath(path)
    known = KNOWN.get(os.path.basename(path), Known())
    if IFNAME in command:
        return Program(name, "wireguard", (path, *words[1:]), dict(known.env))
    if len(words) == 1:
        return program_from_path(path, name)
    return Program(name, "wireguard", (path, *words[1:], IFNAME), dict(known.env))


def programs_named(paths: str) -> list[Program]:
    """Programs, and folders, of which every executable file directly inside is one, and at least one is; separated by colons."""
    found = []
    for path in filter(None, paths.split(":")):
        if not os.path.isdir(path):
            if not (Path(path).is_file() and os.access(path, os.X_OK)):
                raise ValueError(f"{path}: neither a program nor a folder")
            found.append(path)
            continue
        with os.scandir(path) as entries:
            inside = sorted(e.path for e in entries if e.is_file() and os.access(e.path, os.X_OK))
        if not inside:
            raise ValueError(f"{path}: no program in this folder")
        found += inside
    return [program_from_path(os.path.abspath(path)) for path in found]


def subjects_of(programs: list[Program], mixed: bool) -> list[Subject]:
    """Each program with itself; mixed: the first with every other, once at each end. End a shakes hands first."""
    if not mixed:
        return [Subject(p.name, p, p) for p in programs]
    first, *others = programs
    return [s for p in others for s in (Subject(f"{first.name}-to-{p.name}", first, p), Subject(f"{p.name}-to-{first.name}", p, first))]


def kernel_missing() -> str | None:
    """Why the kernel's own WireGuard cannot be measured here; None if it can."""
    name = f"psp{os.getpid()}k"
    try:
        run(["ip", "link", "add", name, "type", "wireguard"], 10)
    except Failed as failure:
        return str(failure).split("Error: ")[-1].rstrip(".")
    run(["ip", "link", "del", name], 10)
    return None


def version_of(program: Program) -> dict[str, str]:
    """What tells this very program from others: what it says of itself, what the Go toolchain wrote into it, and its hash."""
    if program.kind == "kernel":
        return {"version": os.uname().release}
    if not program.command:
        return {}
    path = program.command[0]
    facts: dict[str, str] = {}
    known = KNOWN.get(os.path.basename(path))
    if known and known.version:  # an unknown program could take the word for the name of an interface
        try:
            done = subprocess.run([path, *known.version], capture_output=True, text=True, errors="replace", timeout=60, stdin=subprocess.DEVNULL)
            lines = (done.stdout + done.stderr).strip().splitlines()
            facts["version"] = "; ".join(line.strip() for line in lines[: known.version_lines] if line.strip())[:400]
        except (OSError, subprocess.TimeoutExpired) as error:
            facts["version"] = f"unknown: {error}"
    try:
        content = Path(path).read_bytes()
    except OSError:
        return facts
    facts["sha256"] = hashlib.sha256(content).hexdigest()
    module = re.search(rb"\nmod\t([!-~]+)\t([!-~]+)\t", content)
    if module:
        facts["module"] = f"{module[1].decode()} {module[2].decode()}"
    compiler = re.search(rb"\xff Go buildinf:.{16,24}?(go1\.[0-9.]+)", content, re.DOTALL)
    if compiler:
        facts["go"] = compiler[1].decode()
    return facts
