// An installer and a progress display for one command, both closed however the command ends.

import { createInstaller, type Installer } from "../api/installer.ts";
import type { InstallerOptions } from "../api/options.ts";
import { tellEvents } from "./screen/changes.ts";
import type { CommandContext } from "./grammar/command.ts";
import { installerOptions } from "./requests/installer-options.ts";
import { Progress } from "./screen/progress.ts";
import { withTemporaryCache } from "./temporary-cache.ts";

/** What {@link withInstaller} hands to a command. */
export interface OpenInstaller {
  readonly installer: Installer;
  /** Stopped before the command prints its result. */
  readonly progress: Progress;
}

/**
 * Opens an installer with the command's settings, and a temporary cache for `--no-cache`, for the work's time.
 *
 * @param adapt changes the options that follow from the settings
 */
export async function withInstaller<T>(
  context: CommandContext,
  work: (open: OpenInstaller) => Promise<T>,
  adapt: (options: InstallerOptions) => InstallerOptions = (options) => options,
): Promise<T> {
  const progress = await Progress.start(context.output);
  try {
    return await withTemporaryCache(context, async (cached) => {
      const installer = createInstaller(
        adapt(installerOptions(cached, tellEvents(context.output, progress))),
      );
      try {
        return await work({ installer, progress });
      } finally {
        await installer.close();
      }
    });
  } finally {
    progress.stop();
  }
}
