// Every command of the command line, in the order in which help lists them. What a command does is in the module of its
// name in `commands/`; its options are in the file of its group beside this one.

import type { CommandEntry } from "../grammar/command.ts";
import {
  CACHE_DIR,
  CACHE_SIZE,
  CACHE_CLEAN,
  CACHE_PRUNE,
  CACHE_VERIFY,
  CACHE_PUSH,
  CACHE_PULL,
  CACHE_EXPORT,
  CACHE_IMPORT,
} from "./cache-commands.ts";
import { PIP_INSTALL, PIP_SYNC, PIP_UNINSTALL } from "./environment-commands.ts";
import { PIP_DOWNLOAD, PIP_WHEEL, BUILD } from "./file-commands.ts";
import { PIP_SHOW, PIP_TREE, PIP_CHECK } from "./inspection-commands.ts";
import { PIP_LIST, PIP_FREEZE } from "./listing-commands.ts";
import { PIP_COMPILE, LOCK_DIFF, LOCK_VERIFY } from "./lock-commands.ts";
import { CONFIG, SELF_CHECK, GENERATE_MAN_PAGE, GENERATE_SHELL_COMPLETION, DEMO } from "./self-commands.ts";
import { VENV } from "./venv-command.ts";
import { TRUST_ADD, TRUST_LIST, TRUST_REMOVE, DOCTOR, LAB_LIST, LAB_SERVE } from "./trust-commands.ts";

export const COMMANDS: readonly CommandEntry[] = [
  { words: ["pip", "install"], describe: () => PIP_INSTALL },
  { words: ["pip", "sync"], describe: () => PIP_SYNC },
  { words: ["pip", "compile"], describe: () => PIP_COMPILE },
  { words: ["pip", "download"], describe: () => PIP_DOWNLOAD },
  { words: ["pip", "wheel"], describe: () => PIP_WHEEL },
  { words: ["build"], describe: () => BUILD },
  { words: ["pip", "uninstall"], describe: () => PIP_UNINSTALL },
  { words: ["pip", "list"], describe: () => PIP_LIST },
  { words: ["pip", "freeze"], describe: () => PIP_FREEZE },
  { words: ["pip", "show"], describe: () => PIP_SHOW },
  { words: ["pip", "tree"], describe: () => PIP_TREE },
  { words: ["pip", "check"], describe: () => PIP_CHECK },
  { words: ["lock", "diff"], describe: () => LOCK_DIFF },
  { words: ["lock", "verify"], describe: () => LOCK_VERIFY },
  { words: ["venv"], describe: () => VENV },
  { words: ["cache", "dir"], describe: () => CACHE_DIR },
  { words: ["cache", "size"], describe: () => CACHE_SIZE },
  { words: ["cache", "clean"], describe: () => CACHE_CLEAN },
  { words: ["cache", "prune"], describe: () => CACHE_PRUNE },
  { words: ["cache", "verify"], describe: () => CACHE_VERIFY },
  { words: ["cache", "push"], describe: () => CACHE_PUSH },
  { words: ["cache", "pull"], describe: () => CACHE_PULL },
  { words: ["cache", "export"], describe: () => CACHE_EXPORT },
  { words: ["cache", "import"], describe: () => CACHE_IMPORT },
  { words: ["config"], describe: () => CONFIG },
  { words: ["trust", "add"], describe: () => TRUST_ADD },
  { words: ["trust", "list"], describe: () => TRUST_LIST },
  { words: ["trust", "remove"], describe: () => TRUST_REMOVE },
  { words: ["doctor"], describe: () => DOCTOR },
  { words: ["lab", "list"], describe: () => LAB_LIST },
  { words: ["lab", "serve"], describe: () => LAB_SERVE },
  { words: ["self", "check"], describe: () => SELF_CHECK },
  { words: ["generate-man-page"], describe: () => GENERATE_MAN_PAGE },
  { words: ["generate-shell-completion"], describe: () => GENERATE_SHELL_COMPLETION },
  { words: ["demo"], describe: () => DEMO },
];
