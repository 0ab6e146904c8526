/** What only the page of a study has. */
export const studyStyle = `
:root { --method-0: #1d5bd0; --method-1: #b53411; --method-2: #00705a; --method-3: #7a3fb0; --method-4: #855600; }
@media screen and (prefers-color-scheme: dark) {
  :root { --method-0: #7ca9ff; --method-1: #ff8d69; --method-2: #4fc7a4; --method-3: #c79bff; --method-4: #edb84c; }
}
.method-0 { --tone: var(--method-0); }
.method-1 { --tone: var(--method-1); }
.method-2 { --tone: var(--method-2); }
.method-3 { --tone: var(--method-3); }
.method-4 { --tone: var(--method-4); }
.method-mark.mean { fill: var(--tone); stroke: var(--surface); stroke-width: 1.5; paint-order: stroke; }
.method-mark.run { fill: none; stroke: var(--tone); stroke-width: 1.25; stroke-opacity: 0.7; transform: scale(0.75); }
.whisker { stroke: var(--tone); stroke-width: 1.5; stroke-opacity: 0.75; }
.front { stroke: var(--axis); stroke-width: 1.25; stroke-dasharray: 5 4; }
.key.front { border-top: 2px dashed var(--axis); }
h1 .title { font-size: 28px; overflow-wrap: anywhere; }
.eyebrow { margin-bottom: -6px; }
.said { display: grid; gap: 12px; margin-top: 16px; }
.said li { padding: 12px 16px; border-left: 5px solid var(--tone); background: var(--ground); border-radius: 6px; }
.said b { color: var(--tone); }
.estimates th, .estimates td { padding-right: 5px; }
.estimates thead th { white-space: normal; }
.estimates tbody th { min-width: 5.5em; }
.estimates .interval-text { font-size: 11px; letter-spacing: -0.01em; }
.interval-text { color: var(--quiet); font-size: 12px; font-weight: 400; white-space: nowrap; display: block; }
td.number .interval-text { text-align: right; }
.trajectories { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 260px), 1fr)); gap: 12px 32px; }
.trajectories h4 { margin: 8px 0 0; font-size: 14px; }
.trajectories .line { stroke-width: 1.5; stroke-opacity: 0.8; }
.trajectories .dot { r: 2.5px; }
main > section:first-child { margin-top: 24px; }
`;
