// Names of archive members: what is safe to join to a folder, on every platform. PEP 706's data filter, but refusing
// instead of repairing; compare CVE-2026-1703 (prefix compared instead of components).

import { MAX_NAME_COMPONENTS } from "../base/files/unpack-bounds.ts";
import { isUtf8 } from "node:buffer";

import { PinionError } from "../errors.ts";

/** Decodes the bytes of a name. Without the flag for UTF-8, readers disagree about everything but ASCII. @throws archive/invalid */
export function decodeMemberName(bytes: Buffer, isMarkedUtf8: boolean): string {
  const plain = bytes.toString("latin1");
  if (ASCII.test(plain)) return plain;
  if (!isUtf8(bytes)) throw unsafe("<not UTF-8>", "is not UTF-8");
  const name = bytes.toString("utf8");
  if (!isMarkedUtf8 && name.length !== bytes.length)
    throw unsafe(name, "is neither ASCII nor marked as UTF-8");
  return name;
}

/**
 * Checks that a name is a relative path of plain components.
 *
 * @throws archive/invalid for an absolute path, `..`, `.`, an empty component, a backslash, a drive, what cannot be printed,
 * and on Windows for names that mean something else there
 */
export function checkMemberName(name: string, platform: NodeJS.Platform = process.platform): void {
  const isDeep = isNestedTooDeeply(name);
  if (!isDeep && platform !== "win32" && name.length <= MAX_COMPONENT_BYTES && ORDINARY.test(name)) return;
  if (name === "") throw unsafe(name, "is empty");
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw unsafe(`${name.slice(0, 60)}…`, "is too long");
  if (isDeep) throw unsafe(`${name.slice(0, 60)}…`, "is nested too deeply");
  if (UNPRINTABLE.test(name)) throw unsafe(name, "holds characters that cannot be printed");
  if (name.includes("\\")) throw unsafe(name, "holds a backslash");
  if (name.startsWith("/") || DRIVE.test(name)) throw unsafe(name, "is absolute");
  for (const component of name.split("/")) checkComponent(component, name, platform);
}

/** Whether a path has more components than a member of an archive may have. */
export function isNestedTooDeeply(name: string): boolean {
  // Each needs a character and a slash.
  if (name.length <= 2 * MAX_NAME_COMPONENTS) return false;
  let slashes = 0;
  for (let at = name.indexOf("/"); at !== -1; at = name.indexOf("/", at + 1)) slashes += 1;
  return slashes >= MAX_NAME_COMPONENTS;
}

function checkComponent(component: string, name: string, platform: NodeJS.Platform): void {
  if (component === "") throw unsafe(name, "has an empty component");
  if (component === "." || component === "..") throw unsafe(name, `has the component \`${component}\``);
  if (component.length * 3 > MAX_COMPONENT_BYTES && Buffer.byteLength(component) > MAX_COMPONENT_BYTES) {
    throw unsafe(`${component.slice(0, 60)}…`, "is too long");
  }
  if (platform === "win32" && NOT_ON_WINDOWS.test(component))
    throw unsafe(name, "means something else on Windows");
}

function unsafe(name: string, reason: string): PinionError {
  const printable = name.replaceAll(new RegExp(UNPRINTABLE, "gu"), "\u{FFFD}");
  return new PinionError(
    "archive/invalid",
    `The archive has a member whose name ${reason}: \`${printable}\``,
    {
      details: { name: printable, reason },
    },
  );
}

/** The same name in one form: ASCII has no other. */
export function composedName(name: string): string {
  return ASCII.test(name) ? name : name.normalize("NFC");
}

/**
 * A form that is the same for all names which some file system takes for one: letter case, composition and what has no width do
 * not count. Names of one form may still be different ones.
 */
export function foldedName(name: string): string {
  if (ASCII.test(name)) return name.toLowerCase();
  return name.normalize("NFD").replaceAll(WITHOUT_WIDTH, "").toUpperCase().toLowerCase().normalize("NFC");
}

const ASCII = /^[\0-\x7f]*$/;
/** What nearly every name is, and no rule below refuses outside of Windows: short, and its components begin with no dot. */
const ORDINARY = /^(?:[\w-][\w.+-]*\/)*[\w-][\w.+-]*$/;
/** PATH_MAX of Linux. */
const MAX_NAME_BYTES = 4096;
/** NAME_MAX of every file system in use. */
const MAX_COMPONENT_BYTES = 255;
/** Control characters, lone surrogates, line and paragraph separators, and what turns the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const WITHOUT_WIDTH = /\p{Cf}/gu;
const DRIVE = /^[A-Za-z]:/;
/** Streams (`a:b`), forbidden characters, trailing dots and spaces, device names, also with spaces before the dot: learn.microsoft.com, "Naming Files". */
const NOT_ON_WINDOWS = /[<>:"|?*]|[. ]$|^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)/i;
