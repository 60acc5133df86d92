import { describe, expect, test } from "vitest";

import type { DirectUrl } from "../pep/files/direct-url.ts";
import { parseVersion } from "../pep/versions/version.ts";
import { planChanges, type Installed, type PlanOptions, type Wanted } from "./plan.ts";

const want = (name: string, version: string, directUrl?: DirectUrl): Wanted => ({
  name,
  version: parseVersion(version),
  directUrl,
});
const have = (name: string, version: string, more: Partial<Installed> = {}): Installed => ({
  name,
  version: parseVersion(version),
  kind: "dist-info",
  directory: `/site/${name}-${version}.dist-info`,
  directUrl: undefined,
  isEditable: false,
  folderState: undefined,
  ...more,
});
const archive = (url: string, hashes?: Record<string, string>): DirectUrl =>
  hashes === undefined ? { kind: "archive", url } : { kind: "archive", url, hashes };

/** The plan in one line: `+new -old =kept`. */
function plan(wanted: readonly Wanted[], installed: readonly Installed[], options?: PlanOptions): string {
  const { install, remove, keep } = planChanges(wanted, installed, options);
  const text = (sign: string, all: readonly Pick<Wanted, "name" | "version">[]): readonly string[] =>
    all.map(({ name, version }) => `${sign}${name}==${version.text}`);
  return [...text("+", install), ...text("-", remove), ...text("=", keep)].join(" ");
}

describe("planChanges", () => {
  test("installs what is missing, replaces other versions, keeps equal ones", () => {
    expect(
      plan(
        [want("a", "1"), want("b", "2"), want("c", "1")],
        [have("b", "1"), have("c", "1.0"), have("d", "1")],
      ),
    ).toBe("+a==1 +b==2 -b==1 =c==1.0");
  });

  test("keeps what came from a URL where a version is wanted only if any origin will do", () => {
    const installed = [
      have("a", "1", { directUrl: archive("https://files.example/a.whl") }),
      have("b", "1", { isEditable: true }),
    ];
    const wanted = [want("a", "1"), want("b", "1")];
    expect(plan(wanted, installed)).toBe("+a==1 +b==1 -a==1 -b==1");
    expect(plan(wanted, installed, { acceptsAnyOrigin: true })).toBe("=a==1 =b==1");
    expect(plan([want("a", "2")], installed, { acceptsAnyOrigin: true })).toBe("+a==2 -a==1");
    expect(plan(wanted, installed, { acceptsAnyOrigin: true, reinstall: new Set(["b"]) })).toBe(
      "+b==1 -b==1 =a==1",
    );
  });

  test("removes the rest only when it must be exact", () => {
    expect(
      plan([want("a", "1")], [have("b", "1"), have("pip", "24")], {
        isExact: true,
        spared: new Set(["pip"]),
      }),
    ).not.toContain("pip");
    expect(plan([want("a", "1")], [have("a", "1"), have("pip", "24")], { isExact: true })).toBe(
      "-pip==24 =a==1",
    );
    expect(plan([], [have("a", "1")])).toBe("");
  });

  test("reinstalls what it is asked to", () => {
    const installed = [have("a", "1"), have("b", "1")];
    const wanted = [want("a", "1"), want("b", "1")];
    expect(plan(wanted, installed, { reinstall: new Set(["b"]) })).toBe("+b==1 -b==1 =a==1");
    expect(plan(wanted, installed, { reinstall: "all" })).toBe("+a==1 +b==1 -a==1 -b==1");
  });

  test("distinguishes a version of an index from the same one of a URL", () => {
    const url = archive("https://x.example/a-1.whl", { sha256: "aa" });
    expect(plan([want("a", "1")], [have("a", "1", { directUrl: url })])).toBe("+a==1 -a==1");
    expect(plan([want("a", "1", url)], [have("a", "1")])).toBe("+a==1 -a==1");
    expect(plan([want("a", "1", url)], [have("a", "1", { directUrl: archive(url.url) })])).toBe("=a==1");
    const changed = archive(url.url, { sha256: "bb" });
    expect(plan([want("a", "1", url)], [have("a", "1", { directUrl: changed })])).toBe("+a==1 -a==1");
    expect(plan([want("a", "1")], [have("a", "1", { isEditable: true })])).toBe("+a==1 -a==1");
  });

  test("compares commits of repositories", () => {
    const commit = (commitId: string): DirectUrl => ({
      kind: "vcs",
      url: "https://x.example/a",
      vcs: "git",
      commitId,
    });
    expect(plan([want("a", "1", commit("1"))], [have("a", "1", { directUrl: commit("1") })])).toBe("=a==1");
    // Another installer may have recorded the token itself.
    const signed = (token: string): DirectUrl => ({
      ...commit("1"),
      url: `https://git.example/a?token=${token}`,
    });
    expect(plan([want("a", "1", signed("****"))], [have("a", "1", { directUrl: signed("b") })])).toBe(
      "=a==1",
    );
    expect(plan([want("a", "1", commit("1"))], [have("a", "1", { directUrl: commit("2") })])).toBe(
      "+a==1 -a==1",
    );
  });

  test("keeps what came from a folder only where both states are known and equal", () => {
    const folder: DirectUrl = { kind: "directory", url: "file:///a" };
    const from = (state: string | undefined, directUrl = folder): Wanted => ({
      ...want("a", "1", directUrl),
      folderState: state,
    });
    const held = (folderState: string | undefined): readonly Installed[] => [
      have("a", "1", { directUrl: folder, folderState }),
    ];
    expect(plan([from("one")], held("one"))).toBe("=a==1");
    expect(plan([from("two")], held("one"))).toBe("+a==1 -a==1");
    expect(plan([from(undefined)], held(undefined))).toBe("+a==1 -a==1");
    expect(plan([from("one")], held(undefined))).toBe("+a==1 -a==1");
    const inPlace: DirectUrl = { ...folder, isEditable: true };
    expect(plan([from("one", inPlace)], held("one"))).toBe("+a==1 -a==1");
  });

  test("replaces every one of several that have the same name", () => {
    expect(plan([want("a", "1")], [have("a", "1"), have("a", "2")])).toBe("+a==1 -a==1 -a==2");
  });
});
