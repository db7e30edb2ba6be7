# Run once in a new kernel, before there is a job. The host puts the bundle in the place of @BUNDLE@: JSON {path: source} of
# all files below the guest folder, compressed with zlib, as base64 text.
def _aerie():
    import base64, json, types, zlib

    files = json.loads(zlib.decompress(base64.b64decode("@BUNDLE@")))
    bundle = types.ModuleType("aerie_outside.bundle")
    exec(compile(files["aerie_outside/bundle.py"], "<aerie>/aerie_outside/bundle.py", "exec"), bundle.__dict__)
    bundle.install(files)
    from aerie_outside import kernel

    kernel.prepare()


_aerie()
del _aerie
