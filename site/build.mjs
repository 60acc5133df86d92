// Builds the documentation site from docs/ into site/.vitepress/dist: the pages as they are, a table of measured clients that
// can be searched, and a page of the doctor, made by the command from a server of the laboratory.
//
// cd site && npm install && npm run build

import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const pages = join(import.meta.dirname, "pages");
const command = join(root, "bin", "pinion.cjs");

rmSync(pages, { recursive: true, force: true });
mkdirSync(join(pages, "public"), { recursive: true });
for (const name of readdirSync(join(root, "docs"))) {
  const from = join(root, "docs", name);
  if (name.endsWith(".md")) writeFileSync(join(pages, name), forSite(readFileSync(from, "utf8")));
  else if (/\.(svg|png)$/.test(name)) cpSync(from, join(pages, name));
}
writeFileSync(join(pages, "index.md"), home());
writeFileSync(join(pages, "clients.md"), clients());
writeFileSync(join(pages, "doctor-example.md"), doctorExample());
await writeDoctorPage(join(pages, "public", "doctor-page.html"));
execFileSync(
  process.execPath,
  [join(import.meta.dirname, "node_modules", "vitepress", "bin", "vitepress.js"), "build"],
  {
    cwd: import.meta.dirname,
    stdio: "inherit",
  },
);

/** Links out of docs/ lead to the repository; `{{ }}` and tags in prose are not a template's. */
function forSite(text) {
  return text.replaceAll(
    /\]\(\.\.\/(?!docs\/)([^)]+)\)/g,
    "](https://github.com/pinion/pinion/blob/main/$1)",
  );
}

function home() {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  return forSite(
    readme
      .replaceAll(/\]\(docs\//g, "](")
      .replaceAll(
        /\]\((?!https?:|#)([A-Z][\w-]+(?:\.md)?)\)/g,
        "](https://github.com/pinion/pinion/blob/main/$1)",
      ),
  );
}

function doctorExample() {
  return `---
aside: false
---

# A page of the doctor

\`pinion doctor --html\` made this page from a server whose chain uv refuses (\`stale-root\` of \`pinion lab list\`). It is one file without
scripts, and asks nothing of any server. How to read it: [the doctor](doctor.md).

<iframe src="/doctor-page.html" title="A page of the doctor" style="width: 100%; height: 80rem; border: 1px solid var(--vp-c-divider)"></iframe>
`;
}

function clients() {
  const {
    measured,
    clients: known,
    shapes,
  } = JSON.parse(readFileSync(join(root, "docs", "data", "clients.json"), "utf8"));
  const names = known.map(({ name }) => name);
  const rows = shapes.map(({ name, group, description, expected, verdicts }) => ({
    name,
    group,
    description,
    expected,
    verdicts: names.map((client) => {
      const verdict = verdicts[client];
      return verdict === undefined ? "" : verdict.isAccepted ? "accepts" : "refuses";
    }),
  }));
  return `---
aside: false
---

<script setup>
import { computed, ref } from "vue";
const names = ${JSON.stringify(names)};
const rows = ${JSON.stringify(rows)};
const wanted = ref("");
const shown = computed(() => {
  const words = wanted.value.toLowerCase().split(/\\s+/).filter(Boolean);
  return rows.filter((row) => {
    const text = [row.name, row.group, row.description, row.expected].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
});
</script>

# What clients say of a chain

${rows.length} chains of the laboratory, each tried by ${names.length} clients over real connections on ${measured}. How they were measured:
[TLS](tls.md).

<label for="chain-search">Search in names and descriptions</label>
<input id="chain-search" v-model="wanted" type="search" style="border: 1px solid var(--vp-c-text-2); padding: 0.25rem 0.5rem; width: 100%" />

<p aria-live="polite">{{ shown.length }} of {{ rows.length }} chains</p>

<div role="region" aria-label="Verdicts" tabindex="0" style="overflow-x: auto">
<table id="clients">
<thead><tr><th scope="col">chain</th><th scope="col">what it is</th><th v-for="name in names" :key="name" scope="col">{{ name }}</th></tr></thead>
<tbody>
<tr v-for="row in shown" :key="row.name"><th scope="row">{{ row.name }}</th><td>{{ row.description }}</td><td v-for="(verdict, at) in row.verdicts" :key="at">{{ verdict }}</td></tr>
</tbody>
</table>
</div>
`;
}

/** Runs the doctor against a server of the laboratory. */
async function writeDoctorPage(path) {
  const folder = mkdtempSync(join(tmpdir(), "pinion-site-"));
  const lab = spawn(process.execPath, [command, "lab", "serve", "stale-root", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const { url, bundle } = await firstDocument(lab.stdout);
    try {
      const env = { PATH: process.env.PATH, HOME: folder, SSL_CERT_FILE: bundle };
      execFileSync(process.execPath, [command, "doctor", url, "--html", path], { env, stdio: "ignore" });
    } catch {
      // The doctor ends with 1 where something is wrong, which is what the page shows.
    }
  } finally {
    lab.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function firstDocument(stream) {
  let text = "";
  for await (const piece of stream.setEncoding("utf8")) {
    text += piece;
    try {
      return JSON.parse(text);
    } catch {
      // The rest is still to come.
    }
  }
  throw new Error("the laboratory did not start");
}
