import { expect, test } from "vitest";
import { outcome } from "../../../test/support/outcome.ts";
import {
  allowsMinorName,
  executableNames,
  formatPythonRequest,
  parsePythonRequest,
} from "./python-request.ts";

test.each([
  ["any", "any Python"],
  ["default", "any Python"],
  ["3", "Python 3"],
  ["3.12", "Python 3.12"],
  ["312", "Python 3.12"],
  ["3.12.1", "Python 3.12.1"],
  ["3.13rc2", "Python 3.13rc2"],
  ["3.13t", "Python 3.13t"],
  ["3.13+freethreaded", "Python 3.13freethreaded"],
  ["python3.12", "Python 3.12"],
  ["python@3.12", "Python 3.12"],
  [">=3.11", "Python >=3.11"],
  [">=3.12, <3.13", "Python <3.13,>=3.12"],
  ["PyPy", "PyPy"],
  ["pypy3.10", "PyPy 3.10"],
  ["pp310", "PyPy 3.10"],
  ["cp312", "CPython 3.12"],
  ["cpython@>=3.8", "CPython >=3.8"],
  ["graalpy", "GraalPy"],
  ["./venv", "path `./venv`"],
  ["/usr/bin/python3", "path `/usr/bin/python3`"],
  ["~/venv", "path `~/venv`"],
  ["venv\\Scripts\\python.exe", "path `venv\\Scripts\\python.exe`"],
  [".venv", "path `.venv`"],
  ["python3-intel64", "executable name `python3-intel64`"],
  ["foo.exe", "executable name `foo.exe`"],
  ["3rc1", "executable name `3rc1`"],
  ["3.12.post1", "executable name `3.12.post1`"],
  ["3.1.2.3", "executable name `3.1.2.3`"],
])("parsePythonRequest() understands %s", (text, shown) => {
  expect(formatPythonRequest(parsePythonRequest(text))).toBe(shown);
});

test.each(["python@latest", "pypy@x", "@3.12"])("parsePythonRequest() refuses %s", (text) => {
  expect(outcome(() => parsePythonRequest(text))).toEqual({ code: "usage/invalid-argument" });
});

test.each([
  ["default", ["python", "python3"]],
  ["3", ["python3", "python"]],
  ["3.13", ["python3.13", "python3", "python"]],
  ["pypy", ["pypy", "pypy3", "python", "python3"]],
  ["pypy@3.10", ["pypy3.10", "pypy3", "pypy", "python3.10", "python3", "python"]],
  ["3.13t", ["python3.13t", "python3.13", "python3t", "python3", "pythont", "python"]],
  ["3t", ["python3t", "python3", "pythont", "python"]],
  ["3.13.2", ["python3.13.2", "python3.13", "python3", "python"]],
  ["3.13rc2", ["python3.13rc2", "python3.13", "python3", "python"]],
  [">=3.8", ["python", "python3"]],
  ["my-python", ["my-python"]],
])("executableNames() are uv's for %s", (text, names) => {
  expect(executableNames(parsePythonRequest(text))).toEqual(names);
});

test.each([
  ["python3.12", ">=3.11", true],
  ["python3.12", ">=3.12.3", true],
  ["python3.12", "<3.12.0", false],
  ["python3.9", ">=3.11", false],
  ["python3.12t", "3", true],
  ["python3.12", "3.12", false],
  ["python3.12", "any", true],
  ["pypy3.10", "any", false],
  ["pypy3.10", "pypy", true],
  ["python3-config", "any", false],
  ["python3.12-config", "any", false],
])("allowsMinorName() takes %s for %s: %s", (name, text, allowed) => {
  expect(allowsMinorName(name, parsePythonRequest(text))).toBe(allowed);
});
