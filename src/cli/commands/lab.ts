// `pinion lab list` and `pinion lab serve`: the laboratory from the command line.

import { serveShape, type ServedShape } from "../../lab/servers/serve.ts";
import { SHAPES } from "../../lab/shapes/shapes.ts";
import { textOption, type CommandContext, type ExitCode } from "../grammar/command.ts";
import { labCommands } from "../lab-commands.ts";
import { formatTable } from "../screen/text.ts";
import { invalidValue } from "../../settings/values/invalid-argument.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  return context.words.at(-1) === "list" ? list(context) : await serve(context);
}

function list({ output }: CommandContext): ExitCode {
  if (output.isJson)
    output.json(
      SHAPES.map(({ name, group, description, expected }) => ({ name, group, description, expected })),
    );
  else
    output.result(
      formatTable(
        ["Shape", "Expected", "What it is"],
        SHAPES.map(({ name, expected, description }) => [name, expected, description]),
        { width: output.resultWidth },
      ),
    );
  return 0;
}

async function serve(context: CommandContext): Promise<ExitCode> {
  const { output, signal } = context;
  const packages = textOption(context, "packages");
  const port = textOption(context, "port");
  const address = textOption(context, "listen");
  const served = await serveShape(context.arguments[0] ?? "", {
    ...(packages === undefined ? {} : { packages }),
    ...(port === undefined ? {} : { port: parsePort(port) }),
    ...(address === undefined ? {} : { address }),
  });
  try {
    tellServed(served, context);
    await interrupted(signal);
    return 0;
  } finally {
    await served.close();
    output.status("Stopped");
  }
}

function tellServed(served: ServedShape, { output }: CommandContext): void {
  const { built, url, bundlePath, clientPath } = served;
  const commands = labCommands(served);
  if (output.isJson) {
    output.json({
      shape: built.shape.name,
      expected: built.shape.expected,
      url,
      bundle: bundlePath,
      client: clientPath,
      commands,
    });
    return;
  }
  output.result(`${output.resultStyle("name", built.shape.name)}: ${built.shape.description}`);
  output.result(`Serving ${url} (expected: ${built.shape.expected})`);
  output.result(`Trusted certificates: ${bundlePath}`);
  if (clientPath !== undefined) output.result(`Client certificate: ${clientPath}`);
  output.result("\nTry:");
  for (const command of commands) output.result(`  ${command}`);
  output.status("\nCtrl-C stops the server");
}

async function interrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= LAST_PORT) return port;
  throw invalidValue(text, { option: "--port <NUMBER>", why: `a port is a number up to ${LAST_PORT}` });
}

const LAST_PORT = 65_535;
