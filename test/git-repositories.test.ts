// Git repositories through the system's git: what a reference means, what is fetched again, and where credentials go.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { checkOut } from "../src/git/check-out.ts";
import { fetchCommit, type GitOptions } from "../src/git/repository.ts";
import { isPinionError } from "../src/errors.ts";
import { createAuthority, type IssuedCertificate } from "../src/lab/certificates/mint.ts";
import type { GitRepository } from "./support/git-repository.ts";
import { hasProgram, World } from "./support/world.ts";

/** A world with a repository, `origin`, and a place for what is fetched of it. */
interface GitStage extends AsyncDisposable {
  readonly world: World;
  readonly origin: GitRepository;
  options(changes?: Partial<GitOptions>): GitOptions;
}

async function gitStage(): Promise<GitStage> {
  const world = await World.create();
  const origin = world.repository("origin");
  return {
    world,
    origin,
    options: (changes = {}) => ({ directory: join(world.directory, "cache"), env: origin.env, ...changes }),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

describe.skipIf(!hasProgram("git"))("a commit", () => {
  // Promise: what is pinned to a commit is that commit
  // Attack: a branch, a tag and an abbreviation as the commit, and a branch that is called like a hash of 64 digits
  test("is its full hash, and never the name of a branch", async () => {
    await using stage = await gitStage();
    const first = stage.origin.commit("a", "1");
    const digits = first.padEnd(64, "0");
    stage.origin.git("branch", digits);
    stage.origin.git("tag", "v1");
    const find = (commit: string): Promise<string> =>
      fetchCommit({ url: stage.origin.url, commit }, stage.options());
    expect(await find(first)).toBe(first);
    expect(await find(first.toUpperCase())).toBe(first);
    for (const name of ["main", "v1", "HEAD", first.slice(0, 12), digits])
      await expect(find(name), name).rejects.toMatchObject({ code: "git/unknown-reference" });
  });

  // Promise: the submodules of a repository from the network are on the network
  // Attack: a repository on an HTTP server with a submodule on this machine, while git is set to allow it
  test("has no submodule on this machine where its repository is on the network", async () => {
    await using stage = await gitStage();
    await using inner = await gitStage();
    inner.origin.commit("kept", "on this machine");
    const settings = ["-c", "protocol.file.allow=always"];
    stage.origin.git(...settings, "submodule", "--quiet", "add", inner.origin.url, "inner");
    stage.origin.git("commit", "--quiet", "--message", "with a submodule");
    const commit = stage.origin.git("rev-parse", "HEAD");
    stage.origin.git("clone", "--quiet", "--bare", ".", join(stage.world.directory, "served"));
    stage.origin.git("--git-dir", join(stage.world.directory, "served"), "update-server-info");
    await using server = await serveFolder(join(stage.world.directory, "served"));
    const env = {
      ...stage.origin.env,
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "protocol.file.allow",
      GIT_CONFIG_VALUE_0: "always",
    };
    const check = async (
      url: string,
      name: string,
      more: Readonly<Record<string, string>>,
    ): Promise<string> => {
      const options = stage.options({ env: { ...env, ...more } });
      const directory = join(stage.world.directory, name);
      expect(await fetchCommit({ url, commit }, options)).toBe(commit);
      await checkOut({ url }, { commit, directory }, options);
      return readFileSync(join(directory, "inner", "kept"), "utf8");
    };
    expect(await check(stage.origin.url, "from-this-machine", {})).toBe("on this machine");
    await expect(check(server.url, "from-the-network", {})).rejects.toMatchObject({
      code: "git/failed",
      cause: {
        cause: { details: { stderr: expect.stringContaining("transport 'file' not allowed") as unknown } },
      },
    });
    const allowed = { GIT_ALLOW_PROTOCOL: "file:http" };
    await expect(check(server.url, "allowed", allowed)).rejects.toMatchObject({ code: "git/failed" });
    // What `git -c` hands on to the programs that an alias of git starts.
    const parameters = { GIT_CONFIG_PARAMETERS: "'protocol.file.allow=always'" };
    await expect(check(server.url, "parameters", parameters)).rejects.toMatchObject({ code: "git/failed" });
  });
});

/** A static server, which git's "dumb" protocol is content with. */
async function serveFolder(folder: string): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(({ url = "/" }, response) => {
    const path = join(folder, new URL(url, "http://localhost").pathname.replace("/served", ""));
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) response.end(readFileSync(path));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/served`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.skipIf(!hasProgram("git"))("a reference", () => {
  test("is the default branch, a branch, a tag, a commit or the beginning of one", async () => {
    await using stage = await gitStage();
    const first = stage.origin.commit("a", "1");
    stage.origin.git("tag", "--annotate", "v1", "--message", "one");
    stage.origin.git("tag", "light");
    stage.origin.git("branch", "feature/x");
    const second = stage.origin.commit("a", "2");
    const options = stage.options();
    const find = (reference?: string): Promise<string> =>
      fetchCommit({ url: stage.origin.url, reference }, options);
    expect(await find()).toBe(second);
    expect(await find("main")).toBe(second);
    expect(await find("v1")).toBe(first);
    expect(await find("light")).toBe(first);
    expect(await find("feature/x")).toBe(first);
    expect(await find("refs/heads/main")).toBe(second);
    expect(await find(first)).toBe(first);
    expect(await find(second.slice(0, 8))).toBe(second);
  });

  test("is a branch before a tag of its name, and follows the branch as it moves", async () => {
    await using stage = await gitStage();
    const first = stage.origin.commit("a", "1");
    stage.origin.git("tag", "next");
    stage.origin.git("checkout", "--quiet", "-b", "next");
    const second = stage.origin.commit("a", "2");
    expect(second).not.toBe(first);
    expect(await fetchCommit({ url: stage.origin.url, reference: "next" }, stage.options())).toBe(second);
    const third = stage.origin.commit("a", "3");
    expect(await fetchCommit({ url: stage.origin.url, reference: "next" }, stage.options())).toBe(third);
  });

  test.for(["--upload-pack=touch pwned", "-x", "a..b", "a b", "a:b", "", "@{1}"])(
    "%j is refused before git sees it",
    async (reference) => {
      await using stage = await gitStage();
      stage.origin.commit("a", "1");
      const finding = fetchCommit({ url: stage.origin.url, reference }, stage.options());
      await expect(finding).rejects.toMatchObject({ code: "git/unknown-reference" });
      expect(existsSync(join(stage.world.directory, "cache"))).toBe(false);
    },
  );

  // Promise: no command waits for ever for a server that says nothing
  // Attack: a server that takes the connection of git and is silent
  test.each(["http", "git"])(
    "is given up where its server is silent: %s",
    async (scheme) => {
      await using stage = await gitStage();
      const server = createTcpServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      stage.world.defer(() => void server.close());
      const port = String((server.address() as AddressInfo).port);
      const found = fetchCommit(
        { url: `${scheme}://127.0.0.1:${port}/x.git` },
        stage.options({ silenceMs: 2000 }),
      );
      await expect(found).rejects.toMatchObject({ code: "net/timeout" });
    },
    60_000,
  );

  // Promise: no command waits for ever for a server that says nothing
  // Attack: the same, where the user says how long a server may be silent
  test("is given up after the user's own time for servers", async () => {
    await using stage = await gitStage();
    const server = createTcpServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    stage.world.defer(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const repository = `x @ git+http://127.0.0.1:${port}/x.git`;
    const args = ["pip", "install", "--no-index", "--target", "t", "--timeout", "1", repository];
    const run = await stage.world.cli(args);
    expect(run.code).not.toBe(0);
    expect(run.stderr).toContain("git said nothing for [TIME]");
  }, 60_000);

  test("that does not exist is named", async () => {
    await using stage = await gitStage();
    stage.origin.commit("a", "1");
    await expect(
      fetchCommit({ url: stage.origin.url, reference: "nothing" }, stage.options()),
    ).rejects.toMatchObject({
      code: "git/unknown-reference",
      message: `Failed to find branch, tag, or commit \`nothing\` in \`${stage.origin.url}\``,
    });
  });

  test("is found without the network once its commit is there", async () => {
    await using stage = await gitStage();
    const commit = stage.origin.commit("a", "1");
    await fetchCommit({ url: stage.origin.url }, stage.options());
    rmSync(stage.origin.directory, { recursive: true });
    expect(await fetchCommit({ url: stage.origin.url, reference: commit }, stage.options())).toBe(commit);
    expect(await fetchCommit({ url: stage.origin.url }, stage.options({ isOffline: true }))).toBe(commit);
    const other = fetchCommit({ url: stage.origin.url, reference: "v9" }, stage.options({ isOffline: true }));
    await expect(other).rejects.toMatchObject({ code: "net/offline" });
  });
});

describe.skipIf(!hasProgram("git"))("a checkout", () => {
  test("has the files, the history and the tags of its commit", async () => {
    await using stage = await gitStage();
    stage.origin.commit("a", "1");
    stage.origin.git("tag", "v1");
    const commit = stage.origin.commit("a", "2");
    const options = stage.options();
    await fetchCommit({ url: stage.origin.url }, options);
    const directory = join(stage.world.directory, "checkout");
    await checkOut({ url: stage.origin.url }, { commit, directory }, options);
    expect(readFileSync(join(directory, "a"), "utf8")).toBe("2");
    const described = spawnSync("git", ["describe", "--tags"], {
      cwd: directory,
      env: stage.origin.env,
      encoding: "utf8",
    });
    expect(described.stdout).toMatch(/^v1-1-g/);
  });

  test("has its submodules, whose relative URLs begin at the repository", async () => {
    await using stage = await gitStage();
    const inner = join(stage.world.directory, "inner");
    spawnSync("git", ["init", "--quiet", "--initial-branch=main", inner], { env: stage.origin.env });
    writeFileSync(join(inner, "b"), "inside");
    spawnSync("git", ["add", "b"], { cwd: inner, env: stage.origin.env });
    spawnSync("git", ["commit", "--quiet", "--message", "b"], { cwd: inner, env: stage.origin.env });
    // Since CVE-2022-39253 git takes submodules from files only where the user says so.
    writeFileSync(join(stage.world.home, ".gitconfig"), '[protocol "file"]\n\tallow = always\n');
    stage.origin.commit("a", "1");
    stage.origin.git("submodule", "--quiet", "add", "../inner", "inner");
    const commit = stage.origin.commit("c", "1");
    const options = stage.options();
    await fetchCommit({ url: stage.origin.url }, options);
    const directory = join(stage.world.directory, "checkout");
    await checkOut({ url: stage.origin.url }, { commit, directory }, options);
    expect(readFileSync(join(directory, "inner", "b"), "utf8")).toBe("inside");
  });

  // Promise: a verified repository gets nothing from a server that proves nothing
  // Attack: a repository names the server of its large files, and the user's git has the filter that fetches them
  test.for<readonly [Readonly<Record<string, string>>, string]>([
    [{}, "1"],
    [{ UV_GIT_LFS: "1" }, "0"],
    [{ GIT_LFS_SKIP_SMUDGE: "0" }, "0"],
  ])("fetches large files where the user says so only: %j", async ([env, expected]) => {
    await using stage = await gitStage();
    stage.origin.commit(".gitattributes", "*.bin filter=lfs\n");
    const commit = stage.origin.commit("model.bin", "pointer");
    const seen = join(stage.world.directory, "skips");
    const smudge = `printf %s "$GIT_LFS_SKIP_SMUDGE" > '${seen}'; cat`;
    stage.origin.git("config", "--global", "filter.lfs.smudge", smudge);
    const options = stage.options({ env: { ...stage.origin.env, ...env } });
    await fetchCommit({ url: stage.origin.url }, options);
    const directory = join(stage.world.directory, "checkout");
    await checkOut({ url: stage.origin.url }, { commit, directory }, options);
    expect([readFileSync(join(directory, "model.bin"), "utf8"), readFileSync(seen, "utf8")]).toEqual([
      "pointer",
      expected,
    ]);
  });

  // Promise: untrusted input cannot exhaust memory or time
  // Attack: a repository, or its submodule, of few bytes that stands for very many files
  test("is refused where it stands for more than the bounds", async () => {
    await using stage = await gitStage();
    await using inner = await gitStage();
    mkdirSync(join(inner.origin.directory, "deep", "er"), { recursive: true });
    inner.origin.commit("deep/er/inner", "1");
    const settings = ["-c", "protocol.file.allow=always"];
    const alone = stage.origin.commit("outer", "1");
    stage.origin.git(...settings, "submodule", "--quiet", "add", inner.origin.url, "sub");
    stage.origin.git("commit", "--quiet", "--message", "with a submodule");
    const both = stage.origin.git("rev-parse", "HEAD").trim();
    const request = { url: stage.origin.url };
    const roomy = { files: 5, folders: 2, components: 3, bytes: 1000, submodules: 1 };
    const env = { ...stage.origin.env, GIT_CONFIG_PARAMETERS: "'protocol.file.allow=always'" };
    let folders = 0;
    const checked = async (commit: string, bounds: typeof roomy): Promise<string> => {
      const directory = join(stage.world.directory, `checkout-${(folders += 1)}`);
      const options = stage.options({ bounds, env });
      await fetchCommit({ ...request, commit }, options);
      try {
        await checkOut(request, { commit, directory }, options);
        return existsSync(join(directory, "sub", "deep", "er", "inner")) ? "with its submodule" : "alone";
      } catch (error) {
        return isPinionError(error) ? error.code : String(error);
      }
    };
    expect(await checked(alone, { ...roomy, files: 1 })).toBe("alone");
    expect(await checked(alone, { ...roomy, bytes: 0 })).toBe("git/too-large");
    expect(await checked(both, roomy)).toBe("with its submodule");
    for (const less of [{ files: 3 }, { folders: 1 }, { components: 2 }, { bytes: 10 }, { submodules: 0 }])
      expect(await checked(both, { ...roomy, ...less }), JSON.stringify(less)).toBe("git/too-large");
  });

  test("runs no hook of the user's template folder", async () => {
    await using stage = await gitStage();
    const commit = stage.origin.commit("a", "1");
    const mark = join(stage.world.directory, "hook-ran");
    const hooks = join(stage.world.directory, "template", "hooks");
    mkdirSync(hooks, { recursive: true });
    writeFileSync(join(hooks, "post-checkout"), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
    writeFileSync(
      join(stage.world.home, ".gitconfig"),
      `[init]\n\ttemplateDir = ${join(stage.world.directory, "template")}\n`,
    );
    const options = stage.options();
    await fetchCommit({ url: stage.origin.url }, options);
    await checkOut(
      { url: stage.origin.url },
      { commit, directory: join(stage.world.directory, "checkout") },
      options,
    );
    expect(existsSync(mark)).toBe(false);
  });
});

describe.skipIf(!hasProgram("git"))("credentials of a URL", () => {
  /** A repository as plain files (git's "dumb" protocol), for clients that know the password. */
  async function serve(
    stage: GitStage,
    seen: (request: IncomingMessage) => void = () => undefined,
  ): Promise<{ readonly url: string; readonly port: number; close(): void }> {
    const bare = join(stage.world.directory, "bare.git");
    spawnSync("git", ["clone", "--quiet", "--bare", stage.origin.directory, bare], { env: stage.origin.env });
    spawnSync("git", ["update-server-info"], { cwd: bare, env: stage.origin.env });
    const server = createServer((request: IncomingMessage, response: ServerResponse) => {
      seen(request);
      const expected = `Basic ${Buffer.from("ada:s3cr3t").toString("base64")}`;
      if (request.headers.authorization !== expected) {
        response.writeHead(401, { "www-authenticate": 'Basic realm="repository"' }).end();
        return;
      }
      const path = join(bare, new URL(request.url ?? "", "http://x").pathname.replace(/^\/bare\.git/, ""));
      if (!statSync(path, { throwIfNoEntry: false })?.isFile()) response.writeHead(404).end();
      else response.writeHead(200).end(readFileSync(path));
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}/bare.git`,
      port,
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    };
  }

  test("reach the server and neither the cache nor a message", async () => {
    await using stage = await gitStage();
    const commit = stage.origin.commit("a", "1");
    const server = await serve(stage);
    try {
      const requestUrl = server.url.replace("//", "//ada:s3cr3t@");
      expect(await fetchCommit({ url: server.url, requestUrl }, stage.options())).toBe(commit);
      const kept = readdirSync(join(stage.world.directory, "cache"), { recursive: true, encoding: "utf8" })
        .map((name) => join(stage.world.directory, "cache", name))
        .filter((path) => statSync(path).isFile())
        .filter((path) => readFileSync(path).includes("s3cr3t"));
      expect(kept).toEqual([]);
      // A lone "%" is not an encoding: the password is sent as it is written.
      const lone = {
        url: server.url,
        requestUrl: server.url.replace("//", "//ada:50%@"),
        reference: "other",
      };
      await expect(fetchCommit(lone, stage.options())).rejects.toMatchObject({ code: "git/failed" });
      const wrong = server.url.replace("//", "//ada:wr0ng@");
      const failing = fetchCommit(
        { url: server.url, requestUrl: wrong, reference: "other" },
        stage.options(),
      );
      const error: unknown = await failing.catch((reason: unknown) => reason);
      const texts: string[] = [];
      for (let next = error; next instanceof Error; next = next.cause)
        texts.push(`${next.message} ${JSON.stringify(next)}`);
      expect(texts.join("\n")).toContain("Authentication failed");
      expect(texts.join("\n")).not.toContain("wr0ng");
    } finally {
      server.close();
    }
  });

  test("do not follow a redirect to another server", async () => {
    await using stage = await gitStage();
    stage.origin.commit("a", "1");
    const authorizations: (string | undefined)[] = [];
    const server = await serve(stage, ({ headers }) => authorizations.push(headers.authorization));
    const redirecting = createServer((request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${server.port}${request.url ?? ""}` }).end();
    });
    await new Promise<void>((resolve) => void redirecting.listen(0, "127.0.0.1", resolve));
    const { port } = redirecting.address() as AddressInfo;
    try {
      const url = `http://127.0.0.1:${port}/bare.git`;
      const requestUrl = url.replace("//", "//ada:s3cr3t@");
      await expect(fetchCommit({ url, requestUrl }, stage.options())).rejects.toMatchObject({
        code: "git/failed",
      });
      expect(authorizations.length).toBeGreaterThan(0);
      expect(authorizations.filter((value) => value !== undefined)).toEqual([]);
    } finally {
      redirecting.close();
      server.close();
    }
  });
});

describe.skipIf(!hasProgram("git") || process.platform === "win32")("the program", () => {
  // Promise: a command runs no program that the folder it runs in chose
  // Attack: a repository holds a program called `git`, and PATH an entry that means the folder of the checkout
  test("is found by absolute entries of PATH only", async () => {
    await using stage = await gitStage();
    const mark = join(stage.world.directory, "own-git-ran");
    stage.origin.commit(".gitmodules", "");
    writeFileSync(join(stage.origin.directory, "git"), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
    const commit = stage.origin.commit("git", `#!/bin/sh\ntouch ${mark}\n`);
    const options = stage.options({ env: { ...stage.origin.env, PATH: `.:${process.env["PATH"] ?? ""}` } });
    await fetchCommit({ url: stage.origin.url, commit }, options);
    const directory = join(stage.world.directory, "checkout");
    await checkOut({ url: stage.origin.url }, { commit, directory }, options);
    expect([existsSync(join(directory, "git")), existsSync(mark)]).toEqual([true, false]);
  });
});

describe.skipIf(process.platform === "win32")("the environment of git", () => {
  // Promise: the user's login at proxies goes to no proxy that a project names
  // Attack: git would answer a project's proxy with a Kerberos ticket, and is set to
  test.for<readonly [string, Readonly<Record<string, string>>, string]>([
    ['proxy = "http://127.0.0.1:9"', {}, "basic"],
    ['https-proxy = "http://127.0.0.1:9"', {}, "basic"],
    ['http-proxy = "http://127.0.0.1:9"', {}, "basic"],
    ['proxy = "pac+http://127.0.0.1:9/proxy.pac"', {}, "basic"],
    ["", { HTTPS_PROXY: "http://127.0.0.1:9" }, "negotiate"],
    ["", {}, "negotiate"],
  ])("has Basic as the only login at the proxy of a project: %s %j", async ([line, env, expected]) => {
    await using world = await World.create();
    const seen = join(world.directory, "method");
    world.script("bin/git", `printf %s "$GIT_HTTP_PROXY_AUTHMETHOD" > '${seen}'; exit 1`);
    world.write("project/pinion.toml", `${line}\n`);
    const args = ["pip", "install", "--no-index", "--target", "t", "foo @ git+https://git.corp.example/foo"];
    const path = `${join(world.directory, "bin")}:${process.env["PATH"] ?? ""}`;
    const run = await world.cli(args, {
      env: { PATH: path, GIT_HTTP_PROXY_AUTHMETHOD: "negotiate", ...env },
    });
    expect(run.code).not.toBe(0);
    expect(readFileSync(seen, "utf8")).toBe(expected);
  });
});

describe.skipIf(!hasProgram("git"))("a server over TLS", () => {
  const corp = createAuthority("Corp Root");
  const localhost = corp.issue("localhost", { names: ["localhost"] });

  interface TlsServer extends Disposable {
    readonly url: string;
    /** The paths that were asked for. */
    readonly requests: readonly string[];
    /** The headers of requests that carried something secret. */
    readonly logins: readonly object[];
  }

  /** The repository over https, or over http where there is no TLS; `redirectTo` sends every request on. */
  async function serve(
    stage: GitStage,
    {
      isTls,
      redirectTo,
      isPrivate = false,
      certificate = localhost,
    }: {
      readonly isTls: boolean;
      readonly redirectTo?: string;
      readonly isPrivate?: boolean;
      readonly certificate?: Pick<IssuedCertificate, "chainPem" | "keyPem">;
    },
  ): Promise<TlsServer> {
    const bare = join(stage.world.directory, "bare.git");
    if (!existsSync(bare))
      spawnSync("git", ["clone", "--quiet", "--bare", stage.origin.directory, bare], {
        env: stage.origin.env,
      });
    spawnSync("git", ["update-server-info"], { cwd: bare, env: stage.origin.env });
    const requests: string[] = [];
    const logins: object[] = [];
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      const { url = "/", headers } = request;
      requests.push(url);
      if (headers.authorization !== undefined || headers.cookie !== undefined || "x-token" in headers)
        logins.push(headers);
      const path = join(bare, new URL(url, "http://x").pathname.replace(/^\/bare\.git/, ""));
      if (isPrivate && headers.authorization === undefined)
        response.writeHead(401, { "www-authenticate": 'Basic realm="repository"' }).end();
      else if (redirectTo !== undefined) response.writeHead(302, { location: redirectTo + url }).end();
      else if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) response.writeHead(404).end();
      else response.writeHead(200).end(readFileSync(path));
    };
    const { chainPem: cert, keyPem: key } = certificate;
    const server = isTls ? createTlsServer({ cert, key }, answer) : createServer(answer);
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return {
      url: `${isTls ? "https" : "http"}://localhost:${port}`,
      requests,
      logins,
      [Symbol.dispose]: () => {
        server.closeAllConnections();
        server.close();
      },
    };
  }

  /** Adds the commit itself as a submodule, and gives back the new commit. */
  function withSubmodule({ origin }: GitStage, url: string): string {
    const part = `160000,${origin.git("rev-parse", "HEAD")},part`;
    origin.git("update-index", "--add", "--cacheinfo", part);
    return origin.commit(".gitmodules", `[submodule "part"]\n\tpath = part\n\turl = ${url}\n`);
  }

  function trusting(stage: GitStage): Readonly<Record<string, string | undefined>> {
    const path = join(stage.world.directory, "corp.pem");
    writeFileSync(path, corp.root.pem);
    return { ...stage.origin.env, GIT_SSL_CAINFO: path };
  }

  // Promise: credentials are withheld from hosts that are not verified
  // Attack: a project's file names a proxy and says that the host is insecure; git has a helper, headers and netrc for the host
  test("gets no login of the user where it is not verified", async () => {
    await using stage = await gitStage();
    stage.origin.commit("a", "1");
    using server = await serve(stage, { isTls: true, isPrivate: true });
    const url = `${server.url}/bare.git`;
    const helper = "!f() { echo username=ada; echo password=s3cr3t; }; f";
    for (const place of ["", `.${server.url}`, `.${url}`]) {
      stage.origin.git("config", "--global", "--add", `credential${place}.helper`, helper);
      stage.origin.git("config", "--global", "--add", `http${place}.extraHeader`, "X-Token: s3cr3t");
    }
    writeFileSync(join(stage.world.home, ".netrc"), "machine localhost login ada password s3cr3t\n");
    const parameters = `'credential.helper=${helper}' 'http.extraHeader=X-Token: s3cr3t'`;
    const ask = async (env: GitOptions["env"], changes: Partial<GitOptions>): Promise<void> => {
      const requestUrl = url.replace("//", "//ada:s3cr3t@");
      const options = stage.options({ env, protection: "unverified", ...changes });
      await fetchCommit({ url, requestUrl }, options).catch((error: unknown) => {
        expect(error).toMatchObject({ code: "git/failed" });
      });
    };
    for (const env of [stage.origin.env, { ...stage.origin.env, GIT_CONFIG_PARAMETERS: parameters }])
      await ask(env, { withholdsCredentials: true });
    expect(server.requests.length).toBeGreaterThan(0);
    expect(server.logins).toEqual([]);
    await ask(stage.origin.env, {});
    expect(server.logins.length).toBeGreaterThan(0);
  });

  // Promise: logins of the user go to no proxy that a project names
  // Attack: a project's proxy answers for a repository over plain HTTP, for which git has a helper, headers and netrc
  test("gets no login of the user in clear where the caller withholds them", async () => {
    await using stage = await gitStage();
    stage.origin.commit("a", "1");
    using server = await serve(stage, { isTls: false, isPrivate: true });
    const url = `${server.url}/bare.git`;
    for (const place of ["", `.${server.url}`, `.${url}`]) {
      const helper = "!f() { echo username=ada; echo password=s3cr3t; }; f";
      stage.origin.git("config", "--global", "--add", `credential${place}.helper`, helper);
      stage.origin.git("config", "--global", "--add", `http${place}.extraHeader`, "X-Token: s3cr3t");
    }
    writeFileSync(join(stage.world.home, ".netrc"), "machine localhost login ada password s3cr3t\n");
    const request = { url, requestUrl: url.replace("//", "//ada:s3cr3t@") };
    const withheld = stage.options({ protection: "unverified", withholdsCredentials: true });
    await expect(fetchCommit(request, withheld)).rejects.toMatchObject({ code: "git/failed" });
    expect([server.requests.length > 0, server.logins]).toEqual([true, []]);
    await fetchCommit(request, stage.options({ protection: "unverified" }));
    expect(server.logins.length).toBeGreaterThan(0);
  });

  // Promise: logins of the user go to no proxy that a project names
  // Attack: a submodule over plain HTTP in a repository of this machine
  test("gets no login of the user by a submodule of a local repository", async () => {
    await using stage = await gitStage();
    stage.origin.commit("a", "1");
    using plain = await serve(stage, { isTls: false, isPrivate: true });
    writeFileSync(join(stage.world.home, ".netrc"), "machine localhost login ada password s3cr3t\n");
    const commit = withSubmodule(stage, `${plain.url}/bare.git`);
    const request = { url: stage.origin.url };
    const check = async (name: string, options: GitOptions): Promise<void> => {
      await fetchCommit(request, options);
      await checkOut(request, { commit, directory: join(stage.world.directory, name) }, options);
    };
    const withheld = stage.options({ withholdsCredentials: true });
    await expect(check("withheld", withheld)).rejects.toMatchObject({ code: "git/failed" });
    expect(plain.requests).toEqual([]);
    await check("with-logins", stage.options());
    expect(plain.logins.length).toBeGreaterThan(0);
  });

  // Promise: logins of the user go to no proxy that a project names
  // Attack: a project names a proxy and requires a repository over plain HTTP; the proxy answers that it needs a login
  test.for(["http-proxy", "proxy"])(
    "gets no login of the user as the proxy of a project: %s",
    async (key) => {
      await using stage = await gitStage();
      const authorizations: (string | undefined)[] = [];
      const proxy = createServer(({ headers }, response) => {
        authorizations.push(headers.authorization);
        response.writeHead(401, { "www-authenticate": 'Basic realm="repository"' }).end();
      });
      await new Promise<void>((resolve) => void proxy.listen(0, "127.0.0.1", resolve));
      stage.world.defer(() => {
        proxy.closeAllConnections();
        proxy.close();
      });
      const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      stage.world.write("home/.netrc", "machine pypi.corp.example login ada password s3cr3t\n");
      stage.world.write("project/requirements.txt", "foo @ git+http://pypi.corp.example/team/foo\n");
      const install = async (env: Readonly<Record<string, string>>): Promise<string> => {
        const args = ["pip", "install", "--no-index", "--target", "t", "-r", "requirements.txt"];
        const run = await stage.world.cli(args, { env: { GIT_CONFIG_NOSYSTEM: "1", ...env } });
        expect(run.code).not.toBe(0);
        return run.stderr;
      };
      stage.world.write("project/pinion.toml", `${key} = "${address}"\n`);
      expect(await install({})).toContain("No credentials are sent to the Git repository");
      expect(authorizations.length).toBeGreaterThan(0);
      expect(authorizations.filter((value) => value !== undefined)).toEqual([]);
      // The user's own proxy gets what it would get without Pinion.
      stage.world.write("project/pinion.toml", "");
      expect(await install({ http_proxy: address })).not.toContain("No credentials are sent");
      expect(authorizations.filter((value) => value !== undefined).length).toBeGreaterThan(0);
    },
  );

  // Promise: a repository that is fetched over TLS comes from a server that proved its name
  // Attack: the user's git does not verify certificates, by its configuration or by GIT_SSL_NO_VERIFY
  test("is verified, whatever git's own settings say", async () => {
    await using stage = await gitStage();
    const commit = stage.origin.commit("a", "1");
    using server = await serve(stage, { isTls: true });
    const url = `${server.url}/bare.git`;
    stage.origin.git("config", "--global", "http.sslVerify", "false");
    stage.origin.git("config", "--global", `http.${server.url}/.sslVerify`, "false");
    const env = {
      ...stage.origin.env,
      GIT_SSL_NO_VERIFY: "1",
      GIT_CONFIG_PARAMETERS: `'http.sslVerify=false' 'http.${url}.sslVerify=false'`,
    };
    await expect(fetchCommit({ url }, stage.options({ env }))).rejects.toMatchObject({ code: "git/failed" });
    expect(server.requests).toEqual([]);
    expect(await fetchCommit({ url }, stage.options({ env: trusting(stage) }))).toBe(commit);
  });

  // Promise: a repository that is fetched over TLS comes from a server that proved its name, and so do its submodules
  // Attack: the user's git does not verify the server of a submodule, by a setting for its URL
  test.for(["a verified server", "this machine"])(
    "is verified as the server of a submodule, whatever git's own settings say, from %s",
    async (where) => {
      await using stage = await gitStage();
      stage.origin.commit("a", "1");
      const other = createAuthority("Other Root").issue("localhost", { names: ["localhost"] });
      using unknown = await serve(stage, { isTls: true, certificate: other });
      const commit = withSubmodule(stage, `${unknown.url}/bare.git`);
      rmSync(join(stage.world.directory, "bare.git"), { recursive: true });
      using server = await serve(stage, { isTls: true });
      const url = where === "this machine" ? stage.origin.url : `${server.url}/bare.git`;
      for (const place of ["/", "/bare.git"])
        stage.origin.git("config", "--global", `http.${unknown.url}${place}.sslVerify`, "false");
      const options = stage.options({ env: trusting(stage) });
      expect(await fetchCommit({ url, reference: "main" }, options)).toBe(commit);
      const place = { commit, directory: join(stage.world.directory, "checkout") };
      await expect(checkOut({ url }, place, options)).rejects.toMatchObject({ code: "git/failed" });
      expect(unknown.requests).toEqual([]);
    },
  );

  test("is not verified where the user named the host, and is then kept apart", async () => {
    await using stage = await gitStage();
    const commit = stage.origin.commit("a", "1");
    using server = await serve(stage, { isTls: true });
    const url = `${server.url}/bare.git`;
    expect(await fetchCommit({ url }, stage.options({ protection: "unverified" }))).toBe(commit);
    const offline = fetchCommit({ url, reference: "main" }, stage.options({ isOffline: true }));
    await expect(offline).rejects.toMatchObject({ code: "net/offline" });
  });

  // Promise: a verified repository gets nothing from a server that proves nothing
  // Attack: the server redirects to http, or a submodule is there
  test("leads to no server without TLS: by a redirect", async () => {
    await using stage = await gitStage();
    stage.origin.commit("a", "1");
    using plain = await serve(stage, { isTls: false });
    using server = await serve(stage, { isTls: true, redirectTo: plain.url });
    const fetching = fetchCommit({ url: `${server.url}/bare.git` }, stage.options({ env: trusting(stage) }));
    await expect(fetching).rejects.toMatchObject({ code: "git/failed" });
    expect([server.requests.length > 0, plain.requests]).toEqual([true, []]);
  });

  test("leads to no server without TLS: by a submodule", async () => {
    await using stage = await gitStage();
    stage.origin.commit("a", "1");
    using plain = await serve(stage, { isTls: false });
    withSubmodule(stage, `${plain.url}/bare.git`);
    rmSync(join(stage.world.directory, "bare.git"), { recursive: true });
    using server = await serve(stage, { isTls: true });
    const [request, options] = [{ url: `${server.url}/bare.git` }, stage.options({ env: trusting(stage) })];
    const commit = await fetchCommit(request, options);
    const place = { commit, directory: join(stage.world.directory, "checkout") };
    await expect(checkOut(request, place, options)).rejects.toMatchObject({ code: "git/failed" });
    expect(plain.requests).toEqual([]);
  });

  test("decides what an abbreviated commit is, and no name of an earlier run does", async () => {
    await using stage = await gitStage();
    const commit = stage.origin.commit("a", "1");
    const other = stage.origin.commit("b", "2");
    const short = commit.slice(0, 10);
    stage.origin.git("tag", short, other);
    expect(await fetchCommit({ url: stage.origin.url, reference: short }, stage.options())).toBe(other);
    stage.origin.git("tag", "--delete", short);
    expect(await fetchCommit({ url: stage.origin.url, reference: short }, stage.options())).toBe(commit);
  });
});
