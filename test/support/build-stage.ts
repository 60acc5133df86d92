// Where builders are tried: a world with a Python, a store, and archives that are served from memory.
//
//   await using stage = await BuildStage.create();
//   const wheel = await stage.builder().wheel(source);

import { createHash } from "node:crypto";
import { join } from "node:path";

import { createBuilder, type Builder } from "../../src/build/builder.ts";
import type { BuildEvent, BuildPolicy, BuildTools, Provision } from "../../src/build/tools.ts";
import { inspectInterpreter, type Interpreter } from "../../src/python/interpreters/interpreter.ts";
import { createVenvSync } from "../../src/python/venv/venv.ts";
import type { Store } from "../../src/store/store.ts";
import { World } from "./world.ts";

/** A world in which things are built. */
export class BuildStage implements AsyncDisposable {
  readonly world: World;
  readonly store: Store;
  readonly python: Interpreter;
  readonly events: BuildEvent[] = [];
  /** What was asked to be provisioned, in order. */
  readonly provisioned: string[][] = [];
  /** The archives that {@link BuildTools.withArchive} serves, by URL. */
  readonly archives: Map<string, Buffer> = new Map<string, Buffer>();
  #environments = 0;

  private constructor(world: World, python: Interpreter) {
    this.world = world;
    this.store = world.store;
    this.python = python;
  }

  static async create(): Promise<BuildStage> {
    python ??= inspectInterpreter("python3", { env: process.env });
    return new BuildStage(await World.create(), await python);
  }

  builder(changes: Partial<BuildPolicy> = {}, tools: Partial<BuildTools> = {}): Builder {
    const builder = createBuilder({
      store: this.store,
      python: this.python,
      target: this.python.target,
      env: () => Promise.resolve({ PATH: process.env["PATH"], HOME: this.world.home }),
      provision: this.provision,
      withArchive: async ({ url, hashes }, _, use) => {
        const bytes = this.archives.get(url);
        if (bytes === undefined) throw new Error(`the test has no archive at ${url}`);
        const sha256 = createHash("sha256").update(bytes).digest("hex");
        if (hashes["sha256"] !== undefined && hashes["sha256"] !== sha256) throw new Error("another hash");
        return await use({ bytes, sha256 });
      },
      protection: () => "verified",
      protectionOf: () => "verified",
      concurrency: 2,
      isOffline: false,
      onEvent: (event) => this.events.push(event),
      signal: undefined,
      policy: {
        withoutIsolation: new Set(),
        configSettings: {},
        configSettingsPackages: new Map(),
        forbidden: () => false,
        ...changes,
      },
      ...tools,
    });
    this.world.defer(() => builder.close());
    return builder;
  }

  /** Empty environments: the backends of these tests need nothing. */
  readonly provision: Provision = ({ requirements, python }) => {
    this.provisioned.push(requirements.map(({ requirement }) => requirement.name));
    this.#environments += 1;
    const path = join(this.world.directory, `environment-${this.#environments}`);
    return Promise.resolve(createVenvSync({ path, base: python }).interpreter);
  };

  /** The hooks that ran, in order. */
  hooks(): readonly string[] {
    return this.events.flatMap((event) => (event.kind === "build-hook" ? [event.hook] : []));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.world[Symbol.asyncDispose]();
  }
}

/** It says the same each time. */
let python: Promise<Interpreter> | undefined;
