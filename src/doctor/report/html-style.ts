// The look of the doctor's page: one style sheet for light and dark, and the drawings between the links of a chain.

/** Nothing is loaded from anywhere: system fonts, drawings in the page. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f6f5f1; --card: #ffffff; --ink: #1d2125; --soft: #5d666f; --line: #dcd9d0;
  --good: #17794a; --good-soft: #e2f3e9; --bad: #b3261e; --bad-soft: #fbe7e4; --note: #8a5a00; --note-soft: #fbf0d9;
  --code: #eeece5; --shadow: 0 1px 2px rgb(0 0 0 / .05), 0 6px 20px rgb(0 0 0 / .05);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --card: #1d2125; --ink: #e8e6e1; --soft: #9aa3ab; --line: #333a41;
    --good: #5fcf97; --good-soft: #14301f; --bad: #ff8a7e; --bad-soft: #3a1b18; --note: #f0bd62; --note-soft: #352a12;
    --code: #2a3036; --shadow: 0 1px 2px rgb(0 0 0 / .4);
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 56rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1, h2, h3, p, ol, ul, dl, dd { margin: 0; padding: 0; }
code, .mono { font: .86em/1.5 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
code { background: var(--code); border-radius: .3em; padding: .1em .35em; }
article + article { margin-top: 4rem; padding-top: 3rem; border-top: 2px solid var(--line); }
section { margin-top: 2.5rem; }
h2 { font-size: .8rem; font-weight: 650; letter-spacing: .08em; text-transform: uppercase; color: var(--soft); margin-bottom: .9rem; }
.verdict { border-radius: 14px; padding: 1.5rem 1.75rem; background: var(--good-soft); border-left: 6px solid var(--good); }
.verdict.bad { background: var(--bad-soft); border-left-color: var(--bad); }
.verdict .address { font-size: .95rem; color: var(--soft); overflow-wrap: anywhere; }
.verdict h1 { font-size: 1.5rem; line-height: 1.3; margin: .35rem 0 .6rem; text-wrap: balance; overflow-wrap: anywhere; }
.verdict p + p { margin-top: .35rem; }
.tag { display: inline-block; font: 600 .78rem/1 ui-monospace, Menlo, Consolas, monospace; padding: .38em .65em; border-radius: 99px; color: var(--card); background: var(--good); }
.bad > .tag, .tag.bad { background: var(--bad); }
.fixes { list-style: none; counter-reset: fix; display: grid; gap: .6rem; }
.fixes li { counter-increment: fix; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .8rem 1rem .8rem 3.1rem; position: relative; box-shadow: var(--shadow); }
.fixes li::before { content: counter(fix); position: absolute; left: 1rem; top: .85rem; width: 1.4rem; height: 1.4rem; border-radius: 50%; background: var(--ink); color: var(--paper); font-size: .8rem; font-weight: 700; line-height: 1.4rem; text-align: center; }
.way { list-style: none; display: grid; }
.way li { display: grid; grid-template-columns: 1.6rem 5.2rem 1fr auto; gap: .6rem; padding: .3rem 0; position: relative; }
.way li::before { content: ""; position: absolute; left: .78rem; top: 0; bottom: 0; width: 2px; background: var(--line); }
.way li:first-child::before { top: 50%; } .way li:last-child::before { bottom: 50%; }
.way .dot { z-index: 1; width: 1.6rem; height: 1.6rem; border-radius: 50%; font-size: .8rem; font-weight: 700; line-height: 1.6rem; text-align: center; color: var(--card); background: var(--good); }
.way .failed .dot { background: var(--bad); } .way .unknown .dot, .way .unknown .dot, .way .noted .dot { background: var(--note); }
.way .skipped .dot { background: var(--paper); color: var(--soft); box-shadow: inset 0 0 0 2px var(--line); }
.way .skipped { color: var(--soft); } .way .failed .said { color: var(--bad); font-weight: 600; }
.way .what { font-weight: 600; } .way .said { overflow-wrap: anywhere; min-width: 0; } .way time { color: var(--soft); font-variant-numeric: tabular-nums; white-space: nowrap; }
.chain { display: grid; justify-items: stretch; }
.cert { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.2rem; box-shadow: var(--shadow); border-top: 4px solid var(--good); }
.cert.bad { border-top-color: var(--bad); } .cert.noted { border-top-color: var(--note); }
.cert.absent { border-style: dashed; border-color: var(--bad); }
.cert.missing { background: transparent; border: 2px dashed var(--bad); box-shadow: none; }
.cert header { display: flex; flex-wrap: wrap; gap: .25rem .8rem; align-items: baseline; justify-content: space-between; }
.cert h3 { font-size: 1.05rem; overflow-wrap: anywhere; } .cert .place { font-size: .85rem; color: var(--soft); overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; margin-top: .35rem; font-size: .92rem; }
.facts span { color: var(--soft); }
.finding { margin-top: .6rem; padding: .5rem .8rem; border-radius: 8px; background: var(--bad-soft); color: var(--bad); font-size: .92rem; }
.finding.note { background: var(--note-soft); color: var(--note); } .finding.lint { background: var(--code); color: var(--soft); }
.finding small { opacity: .8; }
.joint { display: grid; grid-template-columns: 3.2rem 1fr; align-items: center; margin-left: 1.6rem; color: var(--good); font-size: .92rem; }
.joint.bad { color: var(--bad); font-weight: 600; }
.joint svg { width: 34px; height: 74px; display: block; }
details { margin-top: .6rem; font-size: .9rem; } summary { cursor: pointer; color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin-top: .5rem; } dt { color: var(--soft); } dd { min-width: 0; overflow-wrap: anywhere; }
pre { margin: .6rem 0 0; padding: .8rem; border-radius: 8px; background: var(--code); overflow-x: auto; font-size: .78rem; line-height: 1.4; }
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); border-spacing: 0; overflow: hidden; }
th { text-align: left; font-size: .8rem; color: var(--soft); font-weight: 600; } th, td { padding: .55rem .9rem; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { white-space: nowrap; } .program { display: inline-block; background: var(--code); border-radius: .4em; padding: 0 .45em; margin: .1em 0; white-space: nowrap; }
tr:last-child td { border-bottom: 0; } td.mark { width: 2rem; font-weight: 700; color: var(--good); } tr.bad td.mark { color: var(--bad); } tr.off td.mark { color: var(--soft); }
.others { margin-top: .8rem; color: var(--soft); font-size: .92rem; list-style-position: inside; }
footer { margin-top: 4rem; color: var(--soft); font-size: .85rem; }
@media (max-width: 36rem) {
  main { padding-top: 1.25rem; } .verdict { padding: 1.1rem 1.2rem; }
  .way li { grid-template-columns: 1.6rem 1fr auto; } .way .said { grid-column: 2 / -1; } .way time { grid-row: 1; grid-column: 3; }
  thead { display: none; } table, tbody { display: block; } tr { display: block; padding: .6rem .9rem; border-bottom: 1px solid var(--line); }
  tr:last-child { border-bottom: 0; } td { display: block; padding: .1rem 0; border: 0; } td.mark { float: left; width: 1.6rem; }
}
@media print {
  body { background: #fff; }
  /* What is folded on a screen is read on paper: current browsers fold by this pseudo-element. */
  details > * { display: block; }
  details::details-content { content-visibility: visible !important; display: block !important; block-size: auto !important; }
  .verdict, .fixes li, .way li, .finding, .joint, .cert header, tr { break-inside: avoid; }
  .cert { break-inside: avoid-page; box-shadow: none; }
  .joint { break-before: avoid; break-after: avoid; }
  h2 { break-after: avoid; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
}
`;

/** Three links of a chain that hold each other: the signature fits. */
export const WHOLE_LINKS: string = drawing(
  `<rect x="11" y="3" width="12" height="26" rx="6"/><rect x="11" y="45" width="12" height="26" rx="6"/><path d="M17 22v30" stroke-width="6"/>`,
);

/** The middle link is torn: the signature does not fit. */
export const TORN_LINKS: string = drawing(
  `<rect x="11" y="3" width="12" height="24" rx="6"/><rect x="11" y="47" width="12" height="24" rx="6"/><path d="M17 21v8M17 45v8" stroke-width="6"/><path d="M8 33l18 8M26 33l-18 8" stroke-width="3"/>`,
);

/** The chain hangs loose: its end is missing. */
export const LOOSE_LINKS: string = drawing(
  `<rect x="11" y="3" width="12" height="26" rx="6"/><path d="M17 22v12" stroke-width="6"/><path d="M17 46v24" stroke-width="3" stroke-dasharray="1 7"/>`,
);

function drawing(shapes: string): string {
  return `<svg viewBox="0 0 34 74" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="4" stroke-linecap="round">${shapes}</svg>`;
}
