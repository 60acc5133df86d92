// Source trees and archives for tests of builds. Their backends are in the tree (`backend-path`) and need nothing from
// outside: a module of Python that writes a wheel with `zipfile`.

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

import type { IndexFile } from "../../src/lab/index/index-server.ts";

/** A file by its path, and what it holds. */
export type TreeFiles = Readonly<Record<string, string | Uint8Array>>;

/** A project with a backend in its tree; `hooks` is the Python module that is the backend. */
export function treeWithBackend(hooks: string, more: TreeFiles = {}): TreeFiles {
  return {
    "pyproject.toml": [
      "[build-system]",
      "requires = []",
      'build-backend = "backend"',
      'backend-path = ["_build"]',
      "",
    ].join("\n"),
    "_build/backend.py": hooks,
    ...more,
  };
}

/** A backend that builds a pure wheel with one module, of a name and version. */
export function smallBackend(name: string, version: string, requires: readonly string[] = []): string {
  return `
import os, zipfile

NAME, VERSION = ${JSON.stringify(name)}, ${JSON.stringify(version)}
INFO = f"{NAME}-{VERSION}.dist-info"
METADATA = "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n" % (NAME, VERSION) + "".join(
    "Requires-Dist: %s\\n" % item for item in ${JSON.stringify(requires)})
WHEEL = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"


def prepare_metadata_for_build_wheel(directory, config_settings=None):
    os.mkdir(os.path.join(directory, INFO))
    with open(os.path.join(directory, INFO, "METADATA"), "w") as file:
        file.write(METADATA)
    return INFO


def build_wheel(directory, config_settings=None, metadata_directory=None):
    return write(directory, {NAME + ".py": "VALUE = %r\\n" % (config_settings,)})


def build_editable(directory, config_settings=None, metadata_directory=None):
    return write(directory, {"_editable_" + NAME + ".pth": os.getcwd() + "\\n"})


def write(directory, files):
    import base64, hashlib

    filename = f"{NAME}-{VERSION}-py3-none-any.whl"
    files = {**files, INFO + "/METADATA": METADATA, INFO + "/WHEEL": WHEEL}
    rows = []
    with zipfile.ZipFile(os.path.join(directory, filename), "w") as archive:
        for path, text in files.items():
            data = text.encode()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.append(f"{path},sha256={digest},{len(data)}\\n")
            archive.writestr(path, data)
        archive.writestr(INFO + "/RECORD", "".join(rows) + INFO + "/RECORD,,\\n")
    return filename
`;
}

/** A source distribution of files below one folder (PEP 625), as a tar archive with gzip. */
export function packSdist(top: string, files: TreeFiles): Buffer {
  const members = Object.entries(files).map(([path, content]) => tarFile(`${top}/${path}`, content));
  return gzipSync(Buffer.concat([...members, Buffer.alloc(1024)]));
}

/** One file of a tar archive. POSIX 1003.1-1988, "ustar". */
export function tarFile(path: string, content: string | Uint8Array, mode = "0000644"): Buffer {
  const contents = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(path, 0);
  header.write(`${mode}\0`, 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${contents.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        0", 148);
  header.write("ustar\u000000", 257);
  const sum = header.reduce((total, octet) => total + octet, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, contents, Buffer.alloc((512 - (contents.length % 512)) % 512)]);
}

/** A source distribution that is only PKG-INFO, with these lines after `Name` and `Version`, and a module. */
export function makeSourceDistribution(
  name: string,
  version: string,
  {
    metadataVersion = "2.2",
    lines = [],
  }: { readonly metadataVersion?: string; readonly lines?: readonly string[] } = {},
): IndexFile {
  const info = [
    `Metadata-Version: ${metadataVersion}`,
    `Name: ${name}`,
    `Version: ${version}`,
    ...lines,
    "",
    "",
  ];
  const top = `${name}-${version}`;
  const bytes = packSdist(top, { "PKG-INFO": info.join("\n"), [`${name}.py`]: "VALUE = 1\n" });
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { name, version, filename: `${top}.tar.gz`, bytes, sha256 };
}
