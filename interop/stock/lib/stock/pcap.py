"""Captures as tcpdump writes them."""

import struct
from collections.abc import Iterator
from pathlib import Path

ETHERNET, RAW = 1, 101


def packets(file: Path) -> Iterator[tuple[int, float, bytes]]:
    """Link type, time in seconds and bytes of each."""
    data = file.read_bytes()
    order = "<" if struct.unpack_from("<I", data)[0] in (0xA1B2C3D4, 0xA1B23C4D) else ">"
    magic, _, _, _, _, _, link = struct.unpack_from(order + "IHHiIII", data)
    fraction = 1e9 if magic == 0xA1B23C4D else 1e6
    at = 24
    while at + 16 <= len(data):
        seconds, rest, length, _ = struct.unpack_from(order + "IIII", data, at)
        at += 16
        yield link, seconds + rest / fraction, data[at : at + length]
        at += length


def datagrams(file: Path) -> Iterator[tuple[float, str, str, bytes]]:
    """Time, source, destination and payload of each UDP datagram over IPv4 that is no fragment."""
    for link, when, frame in packets(file):
        if link != ETHERNET or frame[12:14] != b"\x08\x00" or frame[23] != 17:
            continue
        header = 14 + (frame[14] & 15) * 4
        source, destination, length = struct.unpack_from(">HHH", frame, header)
        addresses = [".".join(str(byte) for byte in frame[start : start + 4]) for start in (26, 30)]
        yield when, f"{addresses[0]}:{source}", f"{addresses[1]}:{destination}", frame[header + 8 : header + length]


def inside(file: Path) -> Iterator[tuple[float, bytes]]:
    """Time and bytes of each IP packet that passed a TUN device."""
    for link, when, packet in packets(file):
        if link == RAW:
            yield when, packet
