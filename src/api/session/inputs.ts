// How a session reads what is requested, and what the choices for its builds hold.

import { Turns } from "../../base/work/turns.ts";
import { PinionError } from "../../errors.ts";
import type { Inputs } from "../../sources/requested.ts";
import type { BuildChoices } from "../builds/build-choices.ts";
import { readInputs } from "../inputs/read-inputs.ts";
import type { ReadRequest, ResolveRequest } from "../requests.ts";
import type { SessionResources } from "./resources.ts";

type RequestWithBuilds = Pick<ReadRequest, "readInput" | "signal"> & Pick<ResolveRequest, "builds">;

export class SessionInputs {
  readonly #resources: SessionResources;
  /** What `-` stands for among the constraints of builds. */
  #inputOfBuilds = "";

  constructor(resources: SessionResources) {
    this.#resources = resources;
  }

  async read(request: ReadRequest): Promise<Inputs> {
    const inputs = await this.#read(request);
    for (const message of inputs.warnings) this.#resources.onEvent({ kind: "warning", message });
    if (inputs.requiresHashes) {
      const { requireHashes } = await import("../inputs/hashes.ts");
      requireHashes(inputs);
    }
    return inputs;
  }

  /** What is requested, read now or before: hashes are required where either of both says so. */
  async of(request: ResolveRequest): Promise<Inputs> {
    const { inputs, requiresHashes } = request;
    if (inputs === undefined) return await this.read(request);
    if (requiresHashes !== true || inputs.requiresHashes) return inputs;
    const { requireHashes } = await import("../inputs/hashes.ts");
    requireHashes(inputs);
    return { ...inputs, requiresHashes: true };
  }

  /** A request with the state of its choices for builds, by which it is known what was built alike. */
  async withState<R extends RequestWithBuilds>(request: R): Promise<R> {
    const { builds, readInput, signal } = request;
    if (builds === undefined || builds.state !== undefined) return request;
    // Each build reads the constraints again.
    if (builds.constraints?.some((input) => input.kind === "file" && input.path === "-") === true)
      this.#inputOfBuilds = (await readInput?.()) ?? "";
    const state = await this.#stateOf(builds, signal);
    return state === undefined ? request : { ...request, builds: { ...builds, state } };
  }

  /** Refuses to build by other constraints than those of the plan, as which it would be kept. @throws environment/changed */
  async refuseOtherState(builds: BuildChoices, signal: AbortSignal | undefined): Promise<void> {
    if (builds.state === undefined) return;
    const { isSameState } = await import("../builds/choices-state.ts");
    if (isSameState(await this.#stateOf(builds, signal), builds.state)) return;
    throw new PinionError(
      "environment/changed",
      "The constraints of builds changed after the plan was made, so nothing was built",
      { hints: ["Make the plan again"] },
    );
  }

  async #stateOf(builds: BuildChoices, signal: AbortSignal | undefined): Promise<string | undefined> {
    const { constraints = [], extraRequirements = {} } = builds;
    if (constraints.length + Object.keys(extraRequirements).length === 0) return undefined;
    const { stateOfChoices } = await import("../builds/choices-state.ts");
    return await stateOfChoices(builds, (sources) => this.#read({ ...sources, signal }));
  }

  async #read(request: ReadRequest): Promise<Inputs> {
    const { directory, env = {} } = this.#resources.options;
    const { signal } = request;
    return await readInputs(request, {
      directory,
      env,
      turns: new Turns(signal),
      readInput: request.readInput ?? (() => Promise.resolve(this.#inputOfBuilds)),
      fetch: async (url, isNamedByNetwork) => {
        const { client, admit } = await this.#resources.network();
        if (!isNamedByNetwork) admit(url);
        return await (await client.request(url, signal === undefined ? {} : { signal })).text();
      },
    });
  }
}
