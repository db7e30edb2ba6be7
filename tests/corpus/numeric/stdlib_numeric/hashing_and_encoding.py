# Digests, checksums and encodings of binary data.
import base64
import binascii
import hashlib
import json
import zlib

data = bytes(range(256)) * 8
results = {
    "sha256": hashlib.sha256(data).hexdigest(),
    "md5": hashlib.md5(data).hexdigest(),
    "blake2": hashlib.blake2b(data, digest_size=8).hexdigest(),
    "crc32": zlib.crc32(data),
    "adler32": zlib.adler32(data),
    "crc_hqx": binascii.crc_hqx(data, 0),
    "base64": base64.b64encode(data[:12]).decode(),
    "round_trip": zlib.decompress(zlib.compress(data)) == data,
    "json": json.dumps({"n": 2**53 + 1, "x": 0.1, "none": None, "list": [1, 2.5]}, sort_keys=True),
    "json_big": json.loads("12345678901234567890") % 1000,
    "json_float": json.loads("[1e3, 1.5E-3, -0.0]"),
}
