import importlib.machinery, json, os, pkgutil, sys, sysconfig

modules = set(sys.stdlib_module_names) | set(sys.builtin_module_names)
modules |= {module.name for module in pkgutil.iter_modules()}
packages = {}
try:
    import importlib.metadata as metadata

    modules |= set(metadata.packages_distributions())
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name and name not in packages:
            packages[name] = distribution.version
except Exception:
    pass
folders = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
folders |= {path for path in sys.path if os.path.isdir(path)}
folders |= {path for name, path in sysconfig.get_paths().items() if name in ("stdlib", "platstdlib", "purelib", "platlib")}
library = sysconfig.get_config_var("LIBDIR")
if sysconfig.get_config_var("Py_ENABLE_SHARED") and library:
    folders.add(library)
answer = {
    "version": sys.version.split()[0],
    "tag": sys.implementation.cache_tag,
    "executable": os.path.realpath(sys.executable),
    "folders": sorted(os.path.abspath(folder) for folder in folders),
    "site": sorted(path for path in sys.path if os.path.isdir(path) and not path.startswith(sysconfig.get_path("stdlib") + "/lib")),
    "modules": sorted(modules),
    "packages": dict(sorted(packages.items())),
}
print("AERIE " + json.dumps(answer))
