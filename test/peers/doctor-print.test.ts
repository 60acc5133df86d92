// The doctor's page on paper, as real Chromium prints it: what is folded on the screen is open, and each link of the
// chain asks to be kept on one page, and fits there.

import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";

import { World, findProgram } from "../support/world.ts";

const CHROMIUM = findProgram("chromium", "chromium-browser", "google-chrome");

describe.skipIf(CHROMIUM === undefined)("pinion doctor --html, printed by Chromium", () => {
  test("unfolds every detail, and holds each link together", { timeout: 240_000 }, async () => {
    await using world = await World.create();
    const page = await writePage(world);
    await using browser = openBrowser(world);
    const session = await browser.open(page);
    const folded = await session.evaluate<readonly boolean[]>(CLOSED);
    expect(folded.length).toBeGreaterThan(0);
    expect(folded).toContain(false);
    await session.send("Emulation.setEmulatedMedia", { media: "print" });
    const unfolded = await session.evaluate<readonly boolean[]>(CLOSED);
    expect(unfolded).toEqual(folded.map(() => true));
    const links = await session.evaluate<readonly Link[]>(LINKS);
    expect(links.length).toBeGreaterThan(1);
    for (const { breakInside, height } of links) {
      expect(breakInside).toMatch(/^avoid/);
      // What is taller than a page would be broken all the same.
      expect(height).toBeLessThan(A4_HEIGHT);
    }
  });
});

async function writePage(world: World): Promise<string> {
  const served = await world.shape("stale-root");
  await world.run(["doctor", served.url, "--html", "page.html"], {
    env: { SSL_CERT_FILE: served.bundlePath },
  });
  return pathToFileURL(join(world.project, "page.html")).href;
}

interface Link {
  readonly breakInside: string;
  readonly height: number;
}

interface Session {
  send(method: string, params?: object): Promise<unknown>;
  evaluate<T>(expression: string): Promise<T>;
}

interface Browser extends AsyncDisposable {
  open(url: string): Promise<Session>;
}

/** Chromium, spoken to through its debugging pipe: JSON messages that end with a NUL (`--remote-debugging-pipe`). */
function openBrowser(world: World): Browser {
  const child: ChildProcess = spawn(
    CHROMIUM ?? "",
    [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      `--user-data-dir=${join(world.directory, "chromium")}`,
      "--remote-debugging-pipe",
    ],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"], env: world.environment() },
  );
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const [input, output] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const waiting = new Map<number, (message: Message) => void>();
  let last = 0;
  let rest = "";
  output.setEncoding("utf8").on("data", (chunk: string) => {
    const pieces = (rest + chunk).split("\0");
    rest = pieces.pop() ?? "";
    for (const piece of pieces) {
      const message = JSON.parse(piece) as Message;
      if (message.id !== undefined) waiting.get(message.id)?.(message);
    }
  });
  const send = (method: string, params: object = {}, sessionId?: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, ({ result, error }) =>
        error === undefined ? resolve(result) : reject(new Error(error.message)),
      );
      input.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
    });
  return {
    async open(url) {
      const { targetId } = (await send("Target.createTarget", { url: "about:blank" })) as {
        readonly targetId: string;
      };
      const { sessionId } = (await send("Target.attachToTarget", { targetId, flatten: true })) as {
        readonly sessionId: string;
      };
      const session: Session = {
        send: (method, params) => send(method, params, sessionId),
        async evaluate<T>(expression: string) {
          const { result } = (await send(
            "Runtime.evaluate",
            { expression, returnByValue: true, awaitPromise: true },
            sessionId,
          )) as { readonly result: { readonly value: T } };
          return result.value;
        },
      };
      await session.send("Page.navigate", { url });
      while (!(await session.evaluate<boolean>(IS_LOADED)));
      return session;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

const IS_LOADED = `location.protocol === "file:" && document.readyState === "complete"`;

/** Whether what is inside each detail is drawn. */
const CLOSED = `[...document.querySelectorAll("details")].map((details) =>
  [...details.children].every((child) =>
    child.tagName === "SUMMARY" || (child.checkVisibility() && child.getBoundingClientRect().height > 0)))`;

const LINKS = `[...document.querySelectorAll(".cert")].map((link) => ({
  breakInside: getComputedStyle(link).breakInside, height: link.getBoundingClientRect().height }))`;

/** In CSS pixels. */
const A4_HEIGHT = 1123;
