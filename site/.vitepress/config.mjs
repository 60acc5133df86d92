// The site: no theme of its own, the search that needs no server, and the pages in the order in which people need them.

import { defineConfig } from "vitepress";

const page = (text, link) => ({ text, link });

export default defineConfig({
  title: "Pinion",
  description: "Install Python packages from any index, over any TLS that your network throws at you",
  lang: "en",
  srcDir: "pages",
  cleanUrls: false,
  // Files of the repository that pages name are not pages.
  ignoreDeadLinks: [/^https?:\/\/localhost/, /\.(ts|mjs|json|toml)$/],
  themeConfig: {
    search: { provider: "local" },
    nav: [page("Guide", "/install"), page("Clients", "/clients"), page("Doctor", "/doctor-example")],
    sidebar: [
      {
        text: "Use",
        items: [
          page("Getting Pinion", "/install"),
          page("CI and containers", "/ci"),
          page("Locks", "/lock"),
          page("Builds", "/build"),
          page("Library", "/library"),
          page("Fleet", "/fleet"),
        ],
      },
      {
        text: "TLS and networks",
        items: [
          page("TLS", "/tls"),
          page("Clients", "/clients"),
          page("The doctor", "/doctor"),
          page("A page of the doctor", "/doctor-example"),
          page("Proxies", "/proxies"),
          page("Trust for a fleet", "/fleet-trust"),
          page("Network", "/network"),
          page("Trust model", "/trust-model"),
        ],
      },
      {
        text: "Reference",
        items: [
          page("Settings", "/settings"),
          page("Error codes", "/errors"),
          page("Differences", "/differences"),
          page("Performance", "/performance"),
        ],
      },
      {
        text: "Design",
        items: [
          page("Solver", "/solver"),
          page("Cache", "/cache"),
          page("Transaction", "/transaction"),
          page("Security tests", "/security-tests"),
        ],
      },
    ],
  },
  // Prose with `<angle brackets>` and `{{ braces }}` is prose.
  markdown: {
    html: true,
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
  },
  head: [["link", { rel: "icon", href: "data:," }]],
});
