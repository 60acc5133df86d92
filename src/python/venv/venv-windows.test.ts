import { expect, test } from "vitest";
import { targetFor } from "../../pep/tags/target.ts";
import type { Interpreter } from "../interpreters/interpreter.ts";
import { windowsLaunchers } from "./venv-windows.ts";

function windowsPython(version: string, changes: Partial<Interpreter> = {}): Interpreter {
  const target = targetFor({ platform: "windows", pythonVersion: version });
  const scheme = {
    purelib: "Lib\\site-packages",
    platlib: "Lib\\site-packages",
    scripts: "Scripts",
    data: "",
    headers: "Include",
  };
  return {
    executable: "C:\\Python\\python.exe",
    version: target.pythonVersion,
    implementation: "cpython",
    prefix: "C:\\Python",
    basePrefix: "C:\\Python",
    baseExecutable: "C:\\Python\\python.exe",
    isVirtual: false,
    scheme,
    virtualScheme: scheme,
    sitePackages: [],
    target,
    markers: target.markers,
    externallyManaged: undefined,
    isFreeThreaded: false,
    pointerSize: 64,
    ...changes,
  };
}

const TEMPLATES = "C:\\Python\\Lib\\venv\\scripts\\nt\\";

test.each([
  ["3.12", {}, [`${TEMPLATES}python.exe`, `${TEMPLATES}pythonw.exe`]],
  ["3.13", {}, [`${TEMPLATES}venvlauncher.exe`, `${TEMPLATES}venvwlauncher.exe`]],
  ["3.11", {}, ["C:\\Python\\python.exe", "C:\\Python\\pythonw.exe"]],
  ["3.10", {}, ["C:\\Python\\python.exe"]],
])("windowsLaunchers() takes the redirectors of Python %s", (version, changes, files) => {
  const launchers = windowsLaunchers(windowsPython(version, changes), (path) => files.includes(path));
  expect(launchers.map(({ from }) => from)).toEqual(files);
  expect(launchers.map(({ name }) => name)).toEqual(["python.exe", "pythonw.exe"].slice(0, files.length));
});

test("windowsLaunchers() adds the names of free-threaded Pythons", () => {
  const launchers = windowsLaunchers(windowsPython("3.14", { isFreeThreaded: true }), (path) =>
    path.includes("launcher"),
  );
  expect(launchers.map(({ name }) => name)).toEqual([
    "python.exe",
    "pythonw.exe",
    "python3.14t.exe",
    "pythonw3.14t.exe",
  ]);
});
