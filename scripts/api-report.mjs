// Writes what the library's entry points export into `test/api-report/`, or fails where that differs from what is there: a change
// of the public interface is announced by the report that changes with it. Reads `dist/lib`, so build first.
//
// node scripts/api-report.mjs [--check]

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const isCheck = process.argv.includes("--check");
const packageJson = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const temporary = mkdtempSync(join(tmpdir(), "pinion-api-"));

let isChanged = false;
for (const [name, entry] of Object.entries(packageJson.exports)) {
  if (typeof entry === "string") continue;
  const report = name === "." ? "pinion" : `pinion-${name.slice(2)}`;
  const { apiReportChanged, errorCount } = Extractor.invoke(configure(join(root, entry.types), report), {
    localBuild: !isCheck,
    messageCallback(message) {
      message.handled = true;
      if (message.logLevel === ExtractorLogLevel.Error) console.error(message.text);
    },
  });
  if (errorCount > 0) process.exitCode = 1;
  if (apiReportChanged) {
    isChanged = true;
    console.log(`${isCheck ? "Differs from" : "Wrote"} test/api-report/${report}.api.md`);
  }
}
rmSync(temporary, { recursive: true, force: true });
if (isCheck && isChanged) {
  console.error("The public interface has changed: run `npm run api` and commit the report with the change");
  process.exitCode = 1;
}

function configure(types, report) {
  const off = { default: { logLevel: "none" } };
  return ExtractorConfig.prepare({
    packageJson,
    packageJsonFullPath: join(root, "package.json"),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: types,
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: "es2023",
            module: "nodenext",
            moduleResolution: "nodenext",
            lib: ["es2023", "esnext.disposable"],
            types: ["node"],
            strict: true,
            skipLibCheck: true,
          },
          files: [types],
        },
      },
      apiReport: {
        enabled: true,
        reportFolder: join(root, "test", "api-report"),
        reportTempFolder: temporary,
        reportFileName: report,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: off,
        compilerMessageReporting: { default: { logLevel: "error" } },
        tsdocMessageReporting: off,
      },
    },
  });
}
