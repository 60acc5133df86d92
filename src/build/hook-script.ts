// The Python program that calls one hook of a build backend (PEP 517, 660). What it has to say goes over a channel of its
// own (descriptor 3), so that nothing a backend prints can be taken for it. Where the system can fork, a parent process
// watches: once the channel closes, because Pinion is gone or gives up, or once the hook is done, everything that the hook
// started ends, daemons too where the system lets their parent know of them (Linux).

/** Runs with `python -c`; the request follows as JSON in the first argument. For every Python from 3.6. */
export const HOOK_SCRIPT: string = String.raw`
import json, os, sys

CHANNEL = 3


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


def main():
    request = json.loads(sys.argv[1])
    del sys.argv[1:]
    os.set_inheritable(CHANNEL, False)
    if hasattr(os, "fork"):
        worker = os.fork()
        if worker:
            watch(worker)
    stage = "import"
    try:
        backend = find_backend(request["backend"], request["backendPath"])
        stage = "call"
        for name in request["hooks"]:
            hook = getattr(backend, name, None)
            if hook is not None:
                value = hook(*request["arguments"][name])
                sys.stdout.flush()
                tell({"kind": "returned", "hook": name, "value": value})
                return
        tell({"kind": "missing"})
    except BaseException as error:
        try:
            missing = getattr(error, "name", None) if isinstance(error, ImportError) else None
            tell({"kind": "raised", "stage": stage, "type": type(error).__name__,
                  "missing": missing if isinstance(missing, str) else None})
        except Exception:
            pass
        raise


main()
`;
