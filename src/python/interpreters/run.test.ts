import { expect, test } from "vitest";
import { run } from "./run.ts";

const env = {};
const node = (script: string): readonly [string, readonly string[]] => [process.execPath, ["-e", script]];

test("run() collects what a program prints and how it ended", async () => {
  const result = await run(...node("console.log('out'); console.error('err'); process.exitCode = 3"), {
    env,
  });
  expect(result).toEqual({ exitCode: 3, stdout: "out\n", stderr: "err\n" });
});

test("run() hands on no variables but those given", async () => {
  const { stdout } = await run(...node("console.log(process.env.ONE, process.env.HOME)"), {
    env: { ONE: "1" },
  });
  expect(stdout).toBe("1 undefined\n");
});

test("run() ends a program that does not end", async () => {
  await expect(run(...node("setInterval(() => {}, 1000)"), { env, timeoutMs: 200 })).rejects.toMatchObject({
    code: "environment/broken-interpreter",
  });
});

test("run() waits for nothing that a program leaves behind", async () => {
  const left = "setTimeout(() => {}, 30_000)";
  const script = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(left)}], { stdio: "inherit" }); setInterval(() => {}, 1000)`;
  const started = performance.now();
  await expect(run(...node(script), { env, timeoutMs: 1000 })).rejects.toMatchObject({
    code: "environment/broken-interpreter",
  });
  expect(performance.now() - started).toBeLessThan(20_000);
});

test("run() ends a program that says too much", async () => {
  const script =
    "const fill = () => { while (process.stdout.write('x'.repeat(65536))); process.stdout.once('drain', fill); }; fill()";
  await expect(run(...node(script), { env })).rejects.toMatchObject({
    details: { reason: "it printed too much" },
  });
});

test("run() ends with the signal", async () => {
  await expect(
    run(...node("setInterval(() => {}, 1000)"), { env, signal: AbortSignal.timeout(100) }),
  ).rejects.toMatchObject({
    code: "net/cancelled",
  });
  await expect(run(...node(""), { env, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "net/cancelled",
  });
});

test("run() explains a program that is not there", async () => {
  await expect(run("/no/such/python", [], { env })).rejects.toMatchObject({
    code: "environment/broken-interpreter",
    message: "Failed to inspect Python interpreter at `/no/such/python`: it cannot be started",
  });
});
