# Binary records packed and unpacked with standard sizes.
import struct

fmt = struct.Struct("<HIqdf4s?")
raw = fmt.pack(513, 4_000_000_000, -(2**40), 1.5, 0.25, b"bpm", True)
back = fmt.unpack(raw)
results = {
    "size": fmt.size,
    "hex": raw.hex(),
    "unpacked": [v.rstrip(b"\0").decode() if isinstance(v, bytes) else v for v in back],
    "big_endian": struct.pack(">qQ", -1, 2**63).hex(),
    "float_bits": struct.unpack("<q", struct.pack("<d", -2.5))[0],
    "iterate": [list(v) for v in struct.iter_unpack("<Hh", bytes(range(8)))],
    "half": struct.unpack("<e", struct.pack("<e", 1.0009765625))[0],
    "sizes": [struct.calcsize("<" + c) for c in "bhiqlfd"],
    "checksum": sum(struct.unpack(f"<{len(raw) - 1}B", raw[:-1])),
}
