// The question that every Python is asked. It runs isolated (`-I`), reads nothing but the interpreter's own modules,
// and must parse under Python 2.7, so that an old Python can say that it is old.

/** Marks the line of the answer: start-up files of an environment may print lines of their own. */
export const ANSWER_MARK = "@pinion-interpreter@";

/** The oldest Python that can answer. */
export const OLDEST_PYTHON: readonly [number, number] = [3, 8];

/** Changes whenever the answer's form does: kept answers of an older form are fetched again. */
export const ANSWER_FORM = 1;

export const INTERPRETER_SCRIPT: string = `
import sys
def answer(text):
    sys.stdout.write("\\n${ANSWER_MARK}" + text + "\\n")
    sys.stdout.flush()
if sys.version_info[:2] < (${OLDEST_PYTHON.join(", ")}):
    answer('{"tooOld": "%d.%d.%d"}' % tuple(sys.version_info[:3]))
    sys.exit(0)
import json, os, platform, struct, sysconfig

def full_version(info):
    text = "%d.%d.%d" % tuple(info[:3])
    return text if info[3] == "final" else text + info[3][0] + str(info[4])

def implementation_version():
    # GraalPy puts CPython's version where its own belongs; its own is in the cache tag: graalpy241-311.
    tag = sys.implementation.cache_tag or ""
    if sys.implementation.name == "graalpy" and tag.startswith("graalpy"):
        digits = tag[7:].split("-")[0].split("dev")[0]
        return digits[:2] + "." + digits[2:]
    return full_version(sys.implementation.version)

is_virtual = sys.prefix != sys.base_prefix or hasattr(sys, "real_prefix")
python_folder = "python%d.%d" % sys.version_info[:2]
names = sysconfig.get_scheme_names()

def prefix_scheme():
    if hasattr(sysconfig, "get_preferred_scheme"):
        return sysconfig.get_preferred_scheme("prefix")
    if "osx_framework_library" in names and not is_virtual and sysconfig.get_config_var("PYTHONFRAMEWORK"):
        return "osx_framework_library"
    for name in (sys.implementation.name + "_" + os.name, sys.implementation.name, os.name + "_prefix", os.name):
        if name in names:
            return name
    return "posix_prefix"

def distutils_paths():
    # Before 3.10 distributors, Debian above all, moved their folders in distutils and not in sysconfig.
    import warnings
    warnings.simplefilter("ignore")
    from distutils.dist import Distribution
    command = Distribution().get_command_obj("install", create=True)
    command.finalize_options()
    paths = {key: getattr(command, "install_" + key) for key in ("purelib", "platlib", "scripts", "data")}
    paths["include"] = os.path.dirname(command.install_headers)
    return paths

def scheme_paths():
    if getattr(sysconfig, "_PIP_USE_SYSCONFIG", sys.version_info >= (3, 10)):
        return sysconfig.get_paths(scheme=prefix_scheme())
    try:
        return distutils_paths()
    except ImportError:
        return sysconfig.get_paths(scheme=prefix_scheme())

def scheme():
    paths = scheme_paths()
    headers = os.path.join(sys.prefix, "include", "site", python_folder) if is_virtual else paths["include"]
    return {
        "purelib": paths["purelib"], "platlib": paths["platlib"], "scripts": paths["scripts"],
        "data": paths["data"], "headers": headers,
    }

def virtual_scheme():
    # Folders of a virtual environment below its root, which stands at the front while they are computed.
    name = "venv" if "venv" in names else prefix_scheme()
    if name in ("posix_local", "deb_system"):
        name = "posix_prefix"
    root = os.path.join(os.path.abspath(os.sep), "@")
    keys = ("base", "platbase", "installed_base", "installed_platbase")
    paths = sysconfig.get_paths(scheme=name, vars={key: root for key in keys})
    relative = {key: os.path.relpath(paths[key], root) for key in ("purelib", "platlib", "scripts")}
    relative["data"] = ""
    relative["headers"] = os.path.join("include", "site", python_folder)
    return relative

def glibc():
    try:
        return os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, OSError, ValueError):
        return None

def allows_manylinux(version):
    # PEP 600: a distributor without a standard glibc can say so.
    try:
        import _manylinux
    except ImportError:
        return True
    try:
        major, minor = [int(part) for part in version.split()[-1].split(".")[:2]]
        if hasattr(_manylinux, "manylinux_compatible"):
            verdict = _manylinux.manylinux_compatible(major, minor, platform.machine())
            return True if verdict is None else bool(verdict)
    except Exception:
        pass
    return True

libc = glibc() if sys.platform.startswith("linux") else None
version_text = platform.python_version()
answer(json.dumps({
    "markers": {
        "implementation_name": sys.implementation.name,
        "implementation_version": implementation_version(),
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": version_text[:-1] if version_text.endswith("+") else version_text,
        "python_version": "%d.%d" % sys.version_info[:2],
        "sys_platform": sys.platform,
    },
    "executable": sys.executable,
    "baseExecutable": getattr(sys, "_base_executable", None),
    "prefix": sys.prefix,
    "basePrefix": getattr(sys, "real_prefix", sys.base_prefix),
    "isVirtual": is_virtual,
    "scheme": scheme(),
    "virtualScheme": virtual_scheme(),
    "stdlib": sysconfig.get_path("stdlib"),
    "platform": sysconfig.get_platform(),
    "glibc": libc,
    "allowsManylinux": libc is None or allows_manylinux(libc),
    "macVersion": platform.mac_ver()[0] if sys.platform == "darwin" else None,
    "macMachine": platform.mac_ver()[2] if sys.platform == "darwin" else None,
    "androidApiLevel": sys.getandroidapilevel() if hasattr(sys, "getandroidapilevel") else None,
    "isFreeThreaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "isDebug": bool(sysconfig.get_config_var("Py_DEBUG")),
    "pointerSize": struct.calcsize("P") * 8,
}))
`;
