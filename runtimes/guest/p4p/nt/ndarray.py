"""``NTNDArray``: images."""

import numpy

from p4p.nt.scalar import ntwrappercommon


class ntndarray(ntwrappercommon, numpy.ndarray):
    """An image that carries its alarm and time. Its attributes are not read: ``attrib`` is empty."""

    def __array_finalize__(self, other):
        self.attrib = {}


class NTNDArray:
    """Names the type. Images are read as :class:`ntndarray`; making or writing them is not offered."""

    ntndarray = ntndarray

    def __init__(self, **kws):
        pass

    def wrap(self, value, **kws):
        raise NotImplementedError("p4p.nt.NTNDArray.wrap is not available here: images can be read, not written")

    @staticmethod
    def unwrap(value):
        return value
