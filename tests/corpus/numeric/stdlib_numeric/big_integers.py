# Python integers of any size.
n = 3**200
m = 2**127 - 1
results = {
    "power": str(n),
    "pow_mod": pow(3, 10**9, 10**9 + 7),
    "inverse": pow(3, -1, 10**9 + 7),
    "mersenne": str(m),
    "fermat": pow(5, m - 1, m) == 1,
    "divmod": [str(v) for v in divmod(n, 10**50)],
    "negative": [-7 // 2, -7 % 3, (-(2**70)) >> 68],
    "bits": [n.bit_length(), m.bit_count()],
    "bytes": (2**40 + 1).to_bytes(8, "little").hex(),
    "round": [round(123456789012, -6), round(-15, -1), round(25, -1)],
    "true_divide": 10**40 / 10**30,
    "float": float(2**80),
    "hex": hex(2**65),
    "sum": sum(range(10**5)),
}
