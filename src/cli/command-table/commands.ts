// Every command of the command line, in the order in which help lists them. What a command does is in the module of its
// name in `commands/`; its options are in the file of its group beside this one.

import type { CommandSpec } from "../command.ts";
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
import { PIP_INSTALL, PIP_SYNC, PIP_UNINSTALL, VENV } from "./environment-commands.ts";
import { PIP_DOWNLOAD, PIP_WHEEL, BUILD } from "./file-commands.ts";
import { PIP_LIST, PIP_FREEZE, PIP_SHOW, PIP_TREE, PIP_CHECK } from "./inspection-commands.ts";
import { PIP_COMPILE, LOCK_DIFF, LOCK_VERIFY } from "./lock-commands.ts";
import { CONFIG, SELF_CHECK, GENERATE_MAN_PAGE, GENERATE_SHELL_COMPLETION, DEMO } from "./self-commands.ts";
import { TRUST_ADD, TRUST_LIST, TRUST_REMOVE, DOCTOR, LAB_LIST, LAB_SERVE } from "./trust-commands.ts";

export const COMMANDS: readonly CommandSpec[] = [
  PIP_INSTALL,
  PIP_SYNC,
  PIP_COMPILE,
  PIP_DOWNLOAD,
  PIP_WHEEL,
  BUILD,
  PIP_UNINSTALL,
  PIP_LIST,
  PIP_FREEZE,
  PIP_SHOW,
  PIP_TREE,
  PIP_CHECK,
  LOCK_DIFF,
  LOCK_VERIFY,
  VENV,
  CACHE_DIR,
  CACHE_SIZE,
  CACHE_CLEAN,
  CACHE_PRUNE,
  CACHE_VERIFY,
  CACHE_PUSH,
  CACHE_PULL,
  CACHE_EXPORT,
  CACHE_IMPORT,
  CONFIG,
  TRUST_ADD,
  TRUST_LIST,
  TRUST_REMOVE,
  DOCTOR,
  LAB_LIST,
  LAB_SERVE,
  SELF_CHECK,
  GENERATE_MAN_PAGE,
  GENERATE_SHELL_COMPLETION,
  DEMO,
];
