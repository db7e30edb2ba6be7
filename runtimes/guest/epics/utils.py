"""Texts and bytes, as pyepics converts them."""

IOENCODING = "utf-8"


def str2bytes(st1):
    return st1 if isinstance(st1, bytes) else str(st1).encode()


def bytes2str(st1):
    return st1.decode() if isinstance(st1, bytes) else str(st1)
