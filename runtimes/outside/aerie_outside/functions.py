"""Functions that stand for functions in C, and behave like them where a program keeps them."""


class Function(staticmethod):
    """Like a function in C it is no method where a class has it as an attribute, and it is pickled by its name."""

    def __reduce__(self):
        return self.__name__


def standing_for(real, function, module):
    """``function`` in the place of ``module.real``."""
    function.__name__ = function.__qualname__ = real.__name__
    function.__doc__, function.__module__ = real.__doc__, module
    signature = getattr(real, "__text_signature__", None)
    if signature is not None:
        function.__text_signature__ = signature
    return Function(function)
