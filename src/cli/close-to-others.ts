// The permissions of everything that the process makes.

/** What the cache shares with environments must not be writable by every user, whatever the umask says. */
export function closeToOthers(): void {
  process.umask(process.umask(0o022) | 0o002);
}
