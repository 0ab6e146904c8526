/** The page: type, header, sections, tables, code. */
export const layoutStyle = `
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 64px; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
h1, h2, h3, p, ul, dl, dd, figure, pre { margin: 0; padding: 0; }
ul { list-style: none; }
a { color: var(--candidate); text-underline-offset: 2px; }
b { font-weight: 600; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: 13px; }
:focus-visible { outline: 2px solid var(--candidate); outline-offset: 2px; border-radius: 3px; }
.hidden, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip:focus { position: fixed; z-index: 3; top: 8px; left: 8px; padding: 8px 12px; background: var(--surface); border-radius: 6px; }
.quiet { color: var(--quiet); font-weight: 400; }
.empty { color: var(--quiet); }

nav { position: sticky; z-index: 2; top: 0; background: var(--surface); border-bottom: 1px solid var(--line); }
nav > div { display: flex; gap: 20px; align-items: center; max-width: 1280px; margin: 0 auto; padding: 0 24px; overflow-x: auto; scrollbar-width: none; }
nav .where { display: flex; gap: 8px; align-items: center; flex: none; font-weight: 600; color: var(--tone); }
nav ul { display: flex; gap: 4px; }
nav li a { display: block; padding: 11px 8px; color: var(--quiet); text-decoration: none; white-space: nowrap; font-size: 14px; }
nav li a:hover { color: var(--ink); text-decoration: underline; }
.icon { flex: none; }
.icon .shape { fill: var(--tone); }
.icon .ring { fill: none; stroke: var(--tone); stroke-width: 5; }
.icon .sign { fill: none; stroke: var(--inverse); stroke-width: 5; stroke-linecap: round; stroke-linejoin: round; }
.icon .ring ~ .sign { stroke: var(--tone); stroke-width: 4.5; }

.verdict, main { max-width: 1280px; margin: 0 auto; padding: 0 24px; }
.verdict { margin-top: 20px; display: grid; grid-template-columns: minmax(0, 1.15fr) minmax(0, 1fr); gap: 0; }
.statement { padding: 24px 28px; background: var(--ground); border: 1px solid var(--line); border-left: 6px solid var(--tone); border-radius: var(--radius) 0 0 0; border-right: 0; border-bottom: 0; }
.eyebrow { color: var(--quiet); font-size: 14px; }
.eyebrow b { color: var(--ink); }
h1 { display: flex; gap: 18px; align-items: center; margin: 14px 0 16px; line-height: 1.1; }
h1 > span { display: flex; flex-direction: column; gap: 6px; min-width: 0; }
h1 .word { font-size: clamp(28px, 4vw, 40px); font-weight: 700; letter-spacing: -0.02em; color: var(--tone); }
h1 .action { font-size: 17px; font-weight: 600; }
.reason { font-size: 16.5px; max-width: 62ch; }
.sharpest { margin-top: 8px; max-width: 62ch; color: var(--quiet); }
.findings { margin-top: 14px; padding-top: 14px; border-top: 1px solid var(--line); display: grid; gap: 10px; }
.findings li { display: flex; gap: 8px; }
.findings .inline-mark { margin-top: 4px; flex: none; }
.findings .quiet, .findings .more { font-size: 14px; }
.findings .more { padding-left: 22px; }
.tiles { display: grid; grid-template-columns: 1fr 1fr; background: var(--line); gap: 1px; border: 1px solid var(--line); border-bottom: 0; border-radius: 0 var(--radius) 0 0; overflow: hidden; }
.tile { min-width: 0; background: var(--surface); padding: 18px 20px; display: flex; flex-direction: column; }
.tile h2 { font-size: 14px; font-weight: 600; line-height: 1.4; }
.tile h2 small { font-size: 13px; font-weight: 400; color: var(--quiet); }
.tile .value { font-size: 32px; font-weight: 650; line-height: 1.25; letter-spacing: -0.02em; }
.tile .value small { font-size: 14px; font-weight: 400; letter-spacing: 0; color: var(--quiet); }
.tile p:not(.value), .tally { font-size: 14px; color: var(--quiet); line-height: 1.45; }
.tile p b { color: var(--ink); }
.tile .chart { margin: 6px 8px; width: calc(100% - 16px); }
.tally { display: flex; flex-wrap: wrap; gap: 2px 14px; margin-top: 6px; }
.watched { grid-column: 1 / -1; padding: 11px 28px; background: var(--surface); border: 1px solid var(--line); border-bottom: 0; font-size: 14px; }
.facts { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: 4px 22px; padding: 11px 28px; background: var(--surface); border: 1px solid var(--line); border-radius: 0 0 var(--radius) var(--radius); color: var(--quiet); font-size: 14px; }

main { padding-bottom: 56px; }
section { margin-top: 20px; padding: 24px 28px 28px; background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); }
section > h2 { font-size: 20px; line-height: 1.3; letter-spacing: -0.01em; }
h3 { font-size: 15px; font-weight: 600; margin: 22px 0 8px; }
.lead { color: var(--quiet); max-width: 92ch; margin: 4px 0 18px; }
section > h2 + :not(.lead) { margin-top: 12px; }
.lead b { color: var(--ink); }
#notes { border-left: 4px solid var(--axis); }
.notes { display: grid; gap: 8px; max-width: 92ch; }
.notes li { padding-left: 18px; position: relative; }
.notes li::before { content: ""; position: absolute; left: 2px; top: 9px; width: 5px; height: 5px; border-radius: 50%; background: var(--axis); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 0 40px; }
.pair > * { min-width: 0; }
.tag { display: inline-block; padding: 0 7px; border: 1px solid var(--line); border-radius: 9px; font-size: 12.5px; font-weight: 500; color: var(--quiet); }

table { border-collapse: collapse; width: 100%; font-size: 14px; }
table.narrow { width: auto; min-width: min(100%, 480px); }
th, td { padding: 7px 12px 7px 0; text-align: left; vertical-align: middle; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th { font-weight: 500; color: var(--quiet); font-size: 13px; vertical-align: bottom; white-space: nowrap; }
tbody th { font-weight: 600; max-width: 26em; overflow-wrap: anywhere; min-width: 8em; }
.number { text-align: right; white-space: nowrap; }
.number + :not(.number) { padding-left: 16px; }
td.method { white-space: nowrap; padding-left: 16px; }
td.long { min-width: 18em; overflow-wrap: anywhere; }
th.bar, td.bar { min-width: 180px; width: 34%; padding: 0 24px 0 12px; }
.chosen-row { background: var(--raised); }
.scroll { overflow-x: auto; }

details { margin-top: 16px; }
summary { cursor: pointer; font-weight: 500; color: var(--candidate); padding: 4px 0; width: fit-content; }
details > :not(summary) { margin-top: 8px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin-top: 12px; color: var(--quiet); font-size: 13.5px; }
.legend > * { display: inline-flex; gap: 7px; align-items: center; }
.facts-list { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 14px 20px; }
.facts-list dt, .long-facts dt { color: var(--quiet); font-size: 13.5px; }
.facts-list dd { font-weight: 600; font-size: 16px; }
.target { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 20px 48px; align-items: center; }
.dumbbell-axis { padding: 0 20px; min-width: 0; }
.long-facts { display: grid; gap: 6px; }
.long-facts > div { display: grid; grid-template-columns: 130px minmax(0, 1fr); gap: 12px; }
.long-facts dd { overflow-wrap: anywhere; }
.command { margin-bottom: 14px; }
.command p { margin-bottom: 4px; }
.code { position: relative; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; }
.code pre { padding: 10px 14px; overflow-x: auto; line-height: 1.55; }
.plan pre { max-height: 560px; overflow: auto; }
.code button { position: absolute; top: 6px; right: 6px; }
.code:has(button:not([hidden])) pre { padding-right: 84px; }
button, select { font: inherit; font-size: 13.5px; color: var(--ink); background: var(--surface); border: 1px solid var(--axis); border-radius: 6px; padding: 3px 10px; }
button { cursor: pointer; }
.filter label { max-width: 100%; }
select { max-width: min(100%, 24em); }
.prose { max-width: 92ch; }
footer { max-width: 1280px; margin: 0 auto; padding: 0 24px 40px; color: var(--quiet); font-size: 13.5px; }
`;
