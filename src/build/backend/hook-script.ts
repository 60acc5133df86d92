// The Python program that calls a hook of a build backend (PEP 517, 660), or two that follow each other. What it has to say goes over a channel of its
// own (descriptor 3), so that nothing a backend prints can be taken for it. Where the system can fork, a parent process
// watches: once the channel closes, because Pinion is gone or gives up, or once the hook is done, everything that the hook
// started ends, daemons too where the system lets their parent know of them (Linux).
//
// Of two hooks, the first is called in a copy (`fork`) of the process that has the backend loaded: the second one begins
// where the first began, as if in a process of its own, and loads nothing again. It follows only where the first requires
// nothing more, and prints to descriptors 4 and 5. What the backend's modules are made of is taken from the collector of
// cycles before (`gc.freeze`): at the end of each process it would touch, and so copy, all of the memory that both share.
// The modules stay until then, since the interpreter clears the names of those that are still there: what they hold is closed.

/** Runs with `python -c`; the request follows as JSON in the first argument. For every Python from 3.6. */
export const HOOK_SCRIPT: string = String.raw`
import json, os, sys

CHANNEL = 3
NEXT_OUTPUT = (4, 5)


def watch(worker):
    import select, signal

    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writing)
    for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    try:
        import ctypes

        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    except Exception:
        pass
    status = None
    while status is None:
        done, code = os.waitpid(worker, os.WNOHANG)
        if done == worker:
            status = code
            break
        ready, _, _ = select.select([reading, CHANNEL], [], [], 60)
        if reading in ready:
            os.read(reading, 512)
        if CHANNEL in ready and not os.read(CHANNEL, 512):
            break
    end_children()
    if status is None:
        os.killpg(0, signal.SIGKILL)
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) != signal.SIGKILL:
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1)


def end_children():
    import signal

    for _ in range(100):
        try:
            with open("/proc/self/task/%d/children" % os.getpid()) as file:
                children = [int(child) for child in file.read().split()]
        except (OSError, ValueError):
            return
        if not children:
            return
        for child in children:
            try:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            except OSError:
                pass


def tell(answer):
    data = json.dumps(answer).encode("utf-8") + b"\n"
    while data:
        data = data[os.write(CHANNEL, data):]


def find_backend(name, path):
    import importlib

    if sys.path[0] == "":
        sys.path.pop(0)
    sys.path[:0] = path
    module, _, names = name.partition(":")
    backend = importlib.import_module(module)
    for part in filter(None, names.split(".")):
        backend = getattr(backend, part)
    return backend


def unverified_server(error):
    ssl = sys.modules.get("ssl")
    if ssl is None:
        return None
    refusal = getattr(ssl, "SSLCertVerificationError", ssl.SSLError)
    server, is_refusal = None, False
    known, waiting = set(), [error]
    while waiting:
        error = waiting.pop(0)
        if not isinstance(error, BaseException) or id(error) in known:
            continue
        known.add(id(error))
        is_refusal = is_refusal or isinstance(error, refusal)
        waiting += [error.__cause__, error.__context__, getattr(error, "reason", None)]
        trace = error.__traceback__
        while trace is not None:
            owner = trace.tb_frame.f_locals.get("self")
            # http.client and urllib3: with a proxy, the connection's own host is the proxy.
            for names in (("_tunnel_host", "_tunnel_port"), ("host", "port")):
                host, port = (getattr(owner, name, None) for name in names)
                if isinstance(host, str) and isinstance(port, int):
                    server = {"host": host, "port": port}
                    break
            trace = trace.tb_next
    return server if is_refusal else None


def call(backend, entry):
    hook = getattr(backend, entry["hook"], None)
    if hook is None:
        tell({"kind": "missing"})
        return []
    value = hook(*entry["arguments"])
    sys.stdout.flush()
    tell({"kind": "returned", "hook": entry["hook"], "value": value})
    return value


def call_apart(backend, entry, known):
    import gc

    sys.stdout.flush()
    sys.stderr.flush()
    modules = list(sys.modules.values())
    modules.append(modules)
    getattr(gc, "freeze", int)()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        required = call(backend, entry)
        if isinstance(required, list) and all(item in known for item in required):
            os.write(writing, b"+")
        return False
    status = os.waitpid(child, 0)[1]
    if status != 0:
        if os.WIFSIGNALED(status):
            os.kill(os.getpid(), os.WTERMSIG(status))
        os._exit(os.WEXITSTATUS(status) or 1)
    os.set_blocking(reading, False)
    try:
        goes_on = os.read(reading, 1) == b"+"
    except BlockingIOError:
        goes_on = False
    os.close(reading)
    os.close(writing)
    return goes_on


def main():
    request = json.loads(sys.argv[1])
    del sys.argv[1:]
    calls = request["calls"]
    for descriptor in (CHANNEL, *(NEXT_OUTPUT if len(calls) > 1 else ())):
        os.set_inheritable(descriptor, False)
    if hasattr(os, "fork"):
        worker = os.fork()
        if worker:
            watch(worker)
    stage = "import"
    try:
        backend = find_backend(request["backend"], request["backendPath"])
        stage = "call"
        if len(calls) > 1:
            if not call_apart(backend, calls[0], request["known"]):
                return
            tell({"kind": "next"})
            for number, descriptor in enumerate(NEXT_OUTPUT, 1):
                os.dup2(descriptor, number)
        call(backend, calls[-1])
    except BaseException as error:
        try:
            missing = getattr(error, "name", None) if isinstance(error, ImportError) else None
            tell({"kind": "raised", "stage": stage, "type": type(error).__name__,
                  "missing": missing if isinstance(missing, str) else None,
                  "unverified": unverified_server(error)})
        except Exception:
            pass
        raise


main()
`;
