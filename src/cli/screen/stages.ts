// Where the time of an installation went, for `-v`: from the start of the process to the end of each stage.

import type { InstallerEvent } from "../../api/events.ts";
import { formatDuration } from "./text.ts";

interface Stage {
  readonly name: string;
  readonly milliseconds: number;
}

/** Collects the stages of one run. */
export class Stages {
  readonly #now: () => number;
  readonly #stages: Stage[] = [];
  #lastMs = 0;

  /** @param now milliseconds since the process started */
  constructor(now: () => number = () => process.uptime() * 1000) {
    this.#now = now;
  }

  /** Ends the stage that began where the one before ended. */
  end(name: string): void {
    const now = this.#now();
    this.#stages.push({ name, milliseconds: now - this.#lastMs });
    this.#lastMs = now;
  }

  /** Ends the stage that an event of the installer reports. */
  note({ kind }: InstallerEvent): void {
    if (kind === "resolved") this.end("resolution");
    if (kind === "prepared") this.end("downloads and unpacking");
    if (kind === "removed" || kind === "installed") this.end("change of the environment");
  }

  /** `Stages: Node and settings 45ms, resolution 120ms, … in all 400ms`. */
  describe(): string {
    const stages = this.#stages
      .filter(({ milliseconds }) => milliseconds > 0)
      .map(({ name, milliseconds }) => `${name} ${formatDuration(milliseconds)}`);
    return `Stages: ${stages.join(", ")}; in all ${formatDuration(this.#lastMs)}`;
  }
}
