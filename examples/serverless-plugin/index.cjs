// A plugin of the Serverless Framework in the place of serverless-python-requirements' call of pip in Docker: packages for
// each function's own architecture go into its artifact.

const { existsSync, rmSync } = require("node:fs");
const { homedir } = require("node:os");
const { join } = require("node:path");
const { createInstaller, isPinionError, targetFor } = require("pinion");

class PinionRequirements {
  constructor(serverless, _options, { log } = {}) {
    this.serverless = serverless;
    this.log = log ?? { notice: () => undefined, warning: () => undefined };
    this.folders = [];
    this.hooks = {
      "before:package:createDeploymentArtifacts": () => this.install(),
      "after:package:createDeploymentArtifacts": () => this.clean(),
    };
  }

  /** Installs below `.pinion/ARCHITECTURE-PYTHON`, and lets the functions' artifacts include that at their top. */
  async install() {
    const { service, serviceDir } = this.serverless;
    const file = service.custom?.pinion?.requirements ?? "requirements.txt";
    if (!existsSync(join(serviceDir, file))) return;
    const installer = createInstaller({
      cacheDirectory: process.env.PINION_CACHE_DIR ?? join(homedir(), ".cache", "pinion"),
      directory: serviceDir,
      env: process.env,
      home: homedir(),
      indexes: process.env.INDEX_URL && {
        defaultIndex: { value: process.env.INDEX_URL, origin: "INDEX_URL" },
      },
      onEvent: (event) => event.kind === "warning" && this.log.warning(event.message),
    });
    try {
      for (const { architecture, python } of this.targets()) {
        const folder = join(".pinion", `${architecture}-${python}`);
        const platform = `${architecture === "arm64" ? "aarch64" : "x86_64"}-manylinux_2_34`;
        const plan = await installer.plan({
          requirements: [{ kind: "file", path: file }],
          constraints: [],
          overrides: [],
          into: {
            kind: "directory",
            path: join(serviceDir, folder),
            target: targetFor({ platform, pythonVersion: python }),
          },
        });
        await installer.apply(plan);
        this.folders.push(join(serviceDir, folder));
        this.log.notice(
          `Installed ${plan.install?.length ?? 0} packages for ${architecture}, Python ${python}`,
        );
      }
    } catch (error) {
      if (!isPinionError(error)) throw error;
      throw new this.serverless.classes.Error(`${error.message} (${error.code})`);
    } finally {
      await installer.close();
    }
  }

  /** The architectures and Pythons of the functions, each once. */
  targets() {
    const { provider, functions = {} } = this.serverless.service;
    const targets = new Map();
    for (const own of Object.values(functions)) {
      const python = /^python(\d\.\d+)$/.exec(own.runtime ?? provider.runtime ?? "")?.[1];
      if (python === undefined) continue;
      const architecture = own.architecture ?? provider.architecture ?? "x86_64";
      own.package = { ...own.package, patterns: [...(own.package?.patterns ?? []), "!.pinion/**"] };
      const folder = `.pinion/${architecture}-${python}`;
      own.package.patterns.push(`${folder}/**`);
      own.environment = { ...own.environment, PYTHONPATH: `/var/task/${folder}` };
      targets.set(folder, { architecture, python });
    }
    return targets.values();
  }

  clean() {
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true });
  }
}

module.exports = PinionRequirements;
