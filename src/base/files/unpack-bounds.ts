// What an archive or a commit may become on the disk: far above any package, and little enough for any machine that builds.

/** The largest wheels of PyPI have about 50,000 members, the largest repositories in use some 450,000 files. */
export const MAX_UNPACKED_FILES: number = 500_000;
/** Folders that only the names of others imply, or the trees of a commit. */
export const MAX_UNPACKED_FOLDERS: number = 100_000;
/** Of a name; each may be a folder that has to be made. */
export const MAX_NAME_COMPONENTS: number = 100;
/** The largest source distributions of PyPI unpack to about 1 GB. */
export const MAX_UNPACKED_BYTES: number = 8 * 1024 ** 3;
