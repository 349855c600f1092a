"""Builds the load programs of perf/load with the system's compiler, into a folder that git ignores."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from penperf.process import Failed, run
from penperf.subjects import IFNAME, Program

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ROOT / "perf" / "load"
TARGET = ROOT / "perf" / "target" / "load"

# What the ceiling program can be built with, the fastest first: header, macro, library. Without any it still moves packets, without encryption.
CIPHERS = {"ipsec-mb": ("intel-ipsec-mb.h", "HAVE_IPSEC_MB", "-lIPSec_MB"), "openssl": ("openssl/evp.h", "HAVE_OPENSSL", "-lcrypto")}


def to_owner(path: Path) -> None:
    """Gives what root made in the checkout to the checkout's owner, so that `sudo perf/run` leaves nothing there that its user cannot remove."""
    if os.geteuid() == 0 and path.resolve().is_relative_to(ROOT):
        owner = ROOT.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def make_folder(path: Path) -> None:
    if not path.exists():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        to_owner(path)


def compile_one(source: Path, target: Path, flags: list[str], libraries: list[str]) -> None:
    if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
        return
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise Failed("no C compiler (gcc) to build the load programs with")
    make_folder(target.parent)
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    run([compiler, "-O2", "-Wall", "-Wextra", "-Werror", *flags, "-o", str(fresh), str(source), *libraries], 120)
    fresh.replace(target)
    to_owner(target)


def has_header(name: str) -> bool:
    try:
        run(["sh", "-c", f"echo '#include <{name}>' | gcc -E -xc - >/dev/null"], 20)
    except Failed:
        return False
    return True


def build() -> dict[str, Path]:
    """Builds what is missing or older than its source; returns the programs by name."""
    programs = {name: TARGET / name for name in ("blast", "pinger")}
    for name, target in programs.items():
        compile_one(SOURCES / f"{name}.c", target, [], [])
    return programs


def build_ceilings() -> list[Program]:
    """The ceiling program as subjects: without encryption, and with the fastest cipher library that is here to build with."""
    found = [name for name, (header, _, _) in CIPHERS.items() if has_header(header)]
    target = TARGET / "-".join(["ceiling", *found])
    macros = [f"-D{CIPHERS[name][1]}" for name in found]
    libraries = [CIPHERS[name][2] for name in found]
    compile_one(SOURCES / "ceiling.c", target, ["-march=native", *macros], [*libraries, "-lpthread"])
    return [Program(f"ceiling-{name}", "ceiling", (str(target), IFNAME, "{peer}", name)) for name in ["none", *found[:1]]]
