// The connections of a session, for a command that looks at servers by itself.

import type { Connections } from "../api/network.ts";
import { openSession } from "../api/session/session.ts";
import type { CommandContext } from "./grammar/command.ts";
import { installerOptions } from "./requests/installer-options.ts";

/**
 * Opens a session with the command's settings for the work's time: what the work connects to is reached as `pip install`
 * reaches it.
 *
 * @throws `net/invalid-url`, `settings/invalid`, `tls/client-certificate-unusable`
 */
export async function withConnections<T>(
  context: CommandContext,
  work: (connections: Connections) => Promise<T>,
): Promise<T> {
  const session = openSession(installerOptions(context, () => undefined));
  try {
    return await work(await session.connections());
  } finally {
    await session.close();
  }
}
