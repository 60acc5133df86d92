// `pinion demo`: the main job in a minute, on this machine only. A private index behind the certificate chain that broke
// uv (issuer key P-384, signature ecdsa-with-SHA512); an install from it, verified; the same server without its root.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Destination } from "../../api/destination.ts";
import { isPinionError, PinionError } from "../../errors.ts";
import { examine } from "../../doctor/examine/probe.ts";
import { renderReport } from "../../doctor/report/report.ts";
import { parseTarget } from "../../doctor/examine/subject.ts";
import { serveShape, type ServedShape } from "../../lab/servers/serve.ts";
import { targetFor } from "../../pep/tags/target.ts";
import { findInterpreter } from "../../python/interpreters/discover.ts";
import { createVenv } from "../../python/venv/venv.ts";
import { loadTrust } from "../../trust/store.ts";
import { parseCertificate, formatName } from "../../x509/certificates/certificate.ts";
import { readPem } from "../../x509/certificates/pem.ts";
import { printChanges } from "../screen/changes.ts";
import { ADVICE_WORDS } from "../screen/advice-text.ts";
import type { CommandContext, ExitCode } from "../grammar/command.ts";
import { renderError } from "../screen/render-error.ts";
import { withInstaller } from "../with-installer.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  if (context.output.isJson)
    throw new PinionError(
      "usage/unsupported",
      "`--json` cannot be used with `pinion demo`, which is a tour for people",
    );
  const folder = mkdtempSync(join(tmpdir(), "pinion-demo-"));
  const served = await serveShape(SHAPE);
  try {
    tell(context, `1. A private index, behind the chain that ended in \`BadSignature\` for uv`);
    tellChain(served, context);
    const into = await makeDestination(folder, context);
    tell(
      context,
      `\n2. Its root is trusted: SSL_CERT_FILE=${served.bundlePath}\n   $ pinion pip install greeter --index-url ${served.url}`,
    );
    await installGreeter(served, { context, into, folder, env: { SSL_CERT_FILE: served.bundlePath } });
    greet(into, context);
    tell(
      context,
      `\n3. The same server, its root not trusted\n   $ pinion pip install greeter --index-url ${served.url}`,
    );
    const isRefused = await refuse(served, { context, into, folder });
    await showDoctor(served, { context, number: 4, what: "that server, its root trusted" });
    const broken = await serveShape(BROKEN_SHAPE);
    try {
      await showDoctor(broken, {
        context,
        number: 5,
        what: "a broken one: it forgets to send a certificate",
      });
    } finally {
      await broken.close();
    }
    tell(
      context,
      isRefused
        ? "\nRefused with an explanation. The demo has cleaned up after itself."
        : "\nThis should have been refused",
    );
    return isRefused ? 0 : 1;
  } finally {
    await served.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Step {
  readonly context: CommandContext;
  readonly into: Destination;
  readonly folder: string;
}

async function installGreeter(
  served: ServedShape,
  { context, into, folder, env }: Step & { readonly env: Record<string, string> },
): Promise<void> {
  const isTrusted = env["SSL_CERT_FILE"] !== undefined;
  const { signal } = context;
  await withInstaller(
    context,
    async ({ installer }) => {
      const plan = await installer.plan({
        requirements: [{ kind: "text", text: "greeter" }],
        constraints: [],
        overrides: [],
        into,
        reinstall: isTrusted ? [] : "all",
        signal,
      });
      printChanges(await installer.apply(plan, { signal }), context.output);
    },
    ({ onEvent }) => ({
      cacheDirectory: join(folder, isTrusted ? "cache" : "cache-untrusted"),
      directory: folder,
      env,
      indexes: { defaultIndex: { value: served.url, origin: "the demo" } },
      ...(onEvent && { onEvent }),
    }),
  );
}

async function refuse(served: ServedShape, step: Step): Promise<boolean> {
  try {
    await installGreeter(served, { ...step, env: {} });
    return false;
  } catch (error) {
    renderError(error, step.context.output);
    return isPinionError(error) && error.code.startsWith("tls/");
  }
}

/** What `pinion doctor` says of a server whose bundle is trusted. */
async function showDoctor(
  { url, bundlePath }: ServedShape,
  {
    context,
    number,
    what,
  }: { readonly context: CommandContext; readonly number: number; readonly what: string },
): Promise<void> {
  tell(context, `\n${number}. The doctor's view of ${what}\n   $ pinion doctor ${url}\n`);
  const { home, signal } = context;
  const trust = loadTrust({ env: { SSL_CERT_FILE: bundlePath }, home });
  tell(
    context,
    renderReport(await examine(parseTarget(url), { trust, proxy: {}, signal }), { words: ADVICE_WORDS }),
  );
}

/** An environment where there is a Python, and a folder for another platform where there is none. */
async function makeDestination(folder: string, { env, signal }: CommandContext): Promise<Destination> {
  try {
    const base = await findInterpreter({ env, cwd: folder, signal });
    const { interpreter } = await createVenv({ path: join(folder, "venv"), base });
    return { kind: "environment", interpreter };
  } catch (error) {
    if (!isPinionError(error)) throw error;
    return {
      kind: "directory",
      path: join(folder, "packages"),
      target: targetFor({ platform: "linux", pythonVersion: "3.12" }),
    };
  }
}

function greet(into: Destination, context: CommandContext): void {
  if (into.kind === "directory") {
    tell(
      context,
      `   There is no Python here: it is installed into \`${into.path}\`, for Python 3.12 on Linux`,
    );
    return;
  }
  const command = join(into.kind === "environment" ? into.interpreter.scheme.scripts : into.path, "greet");
  tell(context, `   $ greet Pinion\n   ${execFileSync(command, ["Pinion"], { encoding: "utf8" }).trim()}`);
}

function tellChain(served: ServedShape, context: CommandContext): void {
  tell(context, `   ${served.url}`);
  const bundle = readFileSync(served.bundlePath);
  for (const der of [
    ...readPem(Buffer.from(served.built.chainPem)).certificates,
    ...readPem(bundle).certificates,
  ]) {
    const { subject, publicKey, signatureAlgorithm } = parseCertificate(der);
    tell(
      context,
      `   ${formatName(subject)}: key ${publicKey.algorithm}, signed with ${signatureAlgorithm.name}`,
    );
  }
}

function tell({ output }: CommandContext, text: string): void {
  output.print(text);
}

const SHAPE = "ec-p384-sha512";
const BROKEN_SHAPE = "missing-intermediate";
