"""The guest outside the sandbox: in a fresh process of a site's Python (``local``) and in a Jupyter kernel (``kernel``).

No security rests on anything here: a program may alter all of it. The host believes only what it sees itself.
"""
