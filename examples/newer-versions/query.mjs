// Newer versions of what a lock holds, with their hashes: what a bot for updates asks, without running pip or uv.
//
// node query.mjs pylock.toml      prints a line of JSON for each package that has newer versions

import { homedir } from "node:os";
import { join } from "node:path";
import { createInstaller } from "pinion";
import { compareVersions, parseVersion } from "pinion/pep";

const installer = createInstaller({
  cacheDirectory: process.env.PINION_CACHE_DIR ?? join(homedir(), ".cache", "pinion"),
  directory: process.cwd(),
  env: process.env,
  home: homedir(),
  indexes: process.env.INDEX_URL && { defaultIndex: { value: process.env.INDEX_URL, origin: "INDEX_URL" } },
});
try {
  const { lock } = await installer.readLock(process.argv[2] ?? "pylock.toml");
  for (const { name, version } of lock.packages.filter((locked) => locked.source.kind === "files")) {
    const locked = parseVersion(version);
    const versions = await installer.listVersions({ name });
    const newer = versions.filter(
      (listed) =>
        !listed.isPrerelease &&
        listed.yanked === false &&
        compareVersions(parseVersion(listed.version), locked) > 0,
    );
    if (newer.length === 0) continue;
    const changes = newer.map((listed) => ({
      version: listed.version,
      files: listed.files.map(({ filename, hashes, uploadTime }) => ({
        filename,
        sha256: hashes.sha256,
        uploadTime,
      })),
    }));
    console.log(JSON.stringify({ name, locked: version, newer: changes }));
  }
} finally {
  await installer.close();
}
