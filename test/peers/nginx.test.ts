// The chains that broke uv, behind a real nginx: curl, pip and openssl as witnesses that the server is right, a uv of
// that time refusing it, and Pinion installing through it.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { buildShape } from "../../src/lab/shapes/shapes.ts";
import { sampleWheels } from "../../src/lab/index/sample-wheels.ts";
import { World } from "../support/world.ts";
import { startNginx } from "./nginx.ts";
import { CURL, NGINX, OPENSSL, PYTHON, uv } from "./peers.ts";

const SHAPES = ["ec-p384-sha512", "rsa-absent-parameters"];
const PROTOCOLS = ["TLSv1.2", "TLSv1.3"] as const;
const UV_0_8 = uv("0.8.3");
const CASES = SHAPES.flatMap((shape) => PROTOCOLS.map((protocol) => [shape, protocol] as const));

/** `Signature Algorithm` of the server's certificate as openssl names it. */
const SIGNATURES: Readonly<Record<string, string>> = {
  "ec-p384-sha512": "ecdsa-with-SHA512",
  "rsa-absent-parameters": "sha256WithRSAEncryption",
};

describe.skipIf(NGINX === undefined)("nginx", () => {
  describe.each(CASES)("with %s over %s", (shape, protocol) => {
    test.skipIf(OPENSSL === undefined)(
      "is verified by openssl, with the protocol that was asked for",
      async () => {
        const { world, port, bundle } = await serve(shape, protocol);
        const args = [
          "s_client",
          "-connect",
          `127.0.0.1:${port}`,
          "-servername",
          "localhost",
          "-CAfile",
          bundle,
        ];
        const seen = await world.program("openssl", [...args, "-verify_return_error", "-showcerts"]);
        expect(seen.stdout).toContain("Verify return code: 0 (ok)");
        expect(seen.stdout).toContain(protocol);
        const first = /-----BEGIN[^]*?-----END CERTIFICATE-----/.exec(seen.stdout)?.[0] ?? "";
        const text = await world.program("openssl", ["x509", "-noout", "-text"], { input: first });
        expect(text.stdout).toContain(`Signature Algorithm: ${SIGNATURES[shape]}`);
      },
    );

    test.skipIf(CURL.program === undefined)("is verified by curl, and only by the bundle", async () => {
      const { world, url, bundle } = await serve(shape, protocol);
      const trusted = await world.program("curl", ["-sS", "--cacert", bundle, `${url}greeter/`]);
      expect([trusted.code, trusted.stderr]).toEqual([0, ""]);
      expect(trusted.stdout).toContain("greeter-2.0.0-py3-none-any.whl");
      const untrusted = await world.program("curl", ["-sS", url]);
      expect([untrusted.code, untrusted.stderr]).toEqual([60, expect.stringContaining("certificate")]);
    });

    test.skipIf(PYTHON === undefined)("is verified by pip, which installs through it", async () => {
      const { world, url, bundle, target } = await serve(shape, protocol);
      const options = [
        "--cert",
        bundle,
        "--index-url",
        url,
        "--target",
        target,
        "--disable-pip-version-check",
      ];
      const run = await world.program(PYTHON ?? "python3", ["-m", "pip", "install", ...options, "greeter"]);
      expect([run.code, run.stderr]).toEqual([0, expect.not.stringContaining("ERROR")]);
      expect(readdirSync(target)).toEqual(expect.arrayContaining(INSTALLED));
    });

    test.skipIf(UV_0_8.program === undefined)(
      "is refused by the uv of its days, as a bad signature",
      async () => {
        const { world, url, bundle, target } = await serve(shape, protocol);
        const args = ["pip", "install", "--no-cache", "--target", target, "--index-url", url, "greeter"];
        const run = await world.program(UV_0_8.program ?? "uv", args, { env: { SSL_CERT_FILE: bundle } });
        expect([run.code, run.stderr]).not.toContain(0);
        expect(run.stderr).toContain("invalid peer certificate: BadSignature");
      },
    );

    test("is verified by Pinion, which installs through it", async () => {
      const { world, url, bundle, target } = await serve(shape, protocol);
      const args = ["pip", "install", "--index-url", url, "--target", target, "greeter"];
      const run = await world.cli(args, { env: { SSL_CERT_FILE: bundle } });
      expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("greeter==2.0.0")]);
      expect(readdirSync(target)).toEqual(expect.arrayContaining(INSTALLED));
    });

    test("is refused by Pinion where the bundle is another", async () => {
      const { world, url, target } = await serve(shape, protocol);
      const other = world.authority("Elsewhere Root").writePem();
      const args = ["pip", "install", "--index-url", url, "--target", target, "greeter"];
      const run = await world.cli(args, { env: { SSL_CERT_FILE: other } });
      expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("O=Corp, CN=Corp Root")]);
      expect(run.stderr).toContain("SSL_CERT_FILE");
    });
  });
});

interface Served {
  readonly world: World;
  readonly url: string;
  readonly port: number;
  readonly bundle: string;
  /** A folder to install into. */
  readonly target: string;
}

async function serve(shape: string, protocol: (typeof PROTOCOLS)[number]): Promise<Served> {
  const world = await World.create();
  onTestFinished(() => world[Symbol.asyncDispose]());
  const { chainPem, keyPem, bundlePem } = buildShape(shape, { keys: world.keys });
  const index = await world.index({ packages: sampleWheels() });
  const { url, port } = await startNginx(world, { chainPem, keyPem, protocol, upstream: index.origin });
  return {
    world,
    url,
    port,
    bundle: world.write("bundle.pem", bundlePem),
    target: join(world.directory, "target"),
  };
}

const INSTALLED = ["greeter", "greeter-2.0.0.dist-info", "wordlist", "wordlist-2.0.0.dist-info"];
