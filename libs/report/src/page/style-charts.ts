/** Charts, pictures, and the forest table. */
export const chartStyle = `
.chart { display: block; width: 100%; overflow: visible; font-size: 11.5px; }
.chart text { fill: var(--quiet); }
.chart .middle { text-anchor: middle; }
.chart .end { text-anchor: end; }
.place { overflow: visible; }
.plot { width: calc(100% - 58px); margin: 6px 14px 26px 44px; }
.grid { stroke: var(--grid); }
.tick { stroke: var(--axis); }
.zero { stroke: var(--axis); stroke-width: 1.25; }
.base { stroke: var(--line); }
.limit { stroke: var(--regressed); stroke-dasharray: 3 3; }
.limit.better { stroke: var(--retained); }
rect.intolerable { fill: var(--intolerable); }
.mark { fill: var(--tone); stroke: var(--surface); stroke-width: 1.5; paint-order: stroke; }
.mark.candidate { --tone: var(--candidate); }
.mark.reference { --tone: var(--reference); }
.mark.hollow { fill: var(--surface); stroke: var(--tone); stroke-width: 2.5; }
.inline-mark { vertical-align: -2px; flex: none; overflow: visible; }
.span { stroke-width: 3; stroke: var(--tone); }
.span.outer { stroke: var(--axis); stroke-width: 1; }
.cap { fill: none; stroke: var(--tone); stroke-width: 2; }
.cap.outer { stroke: none; }
.arrow { fill: none; stroke: var(--axis); stroke-width: 1.25; }
.way { stroke-width: 3; stroke: var(--candidate); }
.way.loss { stroke: var(--regressed); }
.line { fill: none; stroke: var(--tone); stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; stroke-linecap: round; }
.area { stroke: none; fill: var(--tone); fill-opacity: 0.22; }
.dot { fill: var(--tone); }
.candidate, .weight { --tone: var(--candidate); }
.worst { --tone: var(--regressed); }
.other, .raw { --tone: var(--reference); }
.line.other, .line.raw { stroke-width: 1; stroke-opacity: 0.5; }
.estimate { --tone: var(--ink); }
.line.estimate { stroke-width: 1; stroke-opacity: 0.45; }
.area.estimate { --tone: var(--regressed); fill-opacity: 0.6; }
.trend { --tone: var(--ink); }
.line.trend { stroke-width: 1.75; }
.line.weight { stroke-width: 1; }
.chosen-rule { stroke: var(--candidate); stroke-dasharray: 4 3; }
.candidate-mark.feasible { fill: var(--candidate); fill-opacity: 0.75; stroke: var(--surface); }
.candidate-mark.infeasible { fill: none; stroke: var(--reference); stroke-width: 1.5; }
.chosen { fill: var(--candidate); stroke: var(--surface); }
.chosen-ring { fill: var(--surface); stroke: var(--candidate); stroke-width: 2; }
.axis-name { font-size: 13px; color: var(--quiet); }
.axis-name.below { text-align: right; padding-right: 14px; margin-top: -4px; }
figcaption { margin-top: 8px; color: var(--quiet); font-size: 13.5px; }
.key { display: inline-block; width: 20px; height: 0; border-top: 3px solid var(--tone, var(--ink)); }
.key.outer { border-top: 1px solid var(--axis); }
.key.inner { border-color: var(--axis); }
.key.intolerable { height: 14px; border: 0; border-right: 1px dashed var(--regressed); background: var(--intolerable); }
.key.better, .key.worse { height: 12px; width: 12px; border: 0; background: var(--retained); border-radius: 2px; }
.key.worse { background: var(--regressed); }
.better-text { color: var(--retained); }
.worse-text { color: var(--regressed); }

.forest .plot { width: 40%; min-width: 260px; padding: 0 24px; margin: 0; }
.forest .chart { margin: 0; }
.forest td.plot { position: relative; height: 44px; }
.forest td.plot .chart { position: absolute; top: 0; left: 24px; width: calc(100% - 48px); height: 100%; }
.forest th.task { font-size: 14.5px; }
.forest tbody th.task { max-width: 22em; min-width: 12.5em; }
.forest th.task > div { display: flex; gap: 9px; align-items: center; }
.forest .name { display: block; line-height: 1.3; overflow-wrap: anywhere; }
.forest .verdict-word { font-size: 13px; font-weight: 500; color: var(--tone); line-height: 1.2; }
.forest .change, .forest .accuracy { white-space: nowrap; }
.forest .change .quiet { margin-left: 6px; font-size: 13px; }
.forest .flips, .forest .count { text-align: right; }
.forest .directions { display: flex; justify-content: space-between; font-size: 12px; }
.forest .cell-name { display: none; }
.forest tbody td, .forest tbody th { padding-top: 0; padding-bottom: 0; }
.forest tr.regressed th.task, .forest tr.regressed td { background: var(--regressed-ground); }
.forest tr.regressed th.task { box-shadow: -8px 0 0 var(--regressed-ground); }
.forest tr.regressed td:last-child { box-shadow: 8px 0 0 var(--regressed-ground); }

.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 260px), 1fr)); gap: 18px 20px; }
.multiples li { min-width: 0; }
.multiple-name { overflow-wrap: anywhere; line-height: 1.3; }
.multiples .quiet { font-size: 13px; }
.multiples .plot { margin-bottom: 14px; }
.multiples .plot:last-child { margin-bottom: 24px; }
.curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 0 32px; }
.curves h3 { margin-top: 6px; }

.maps { display: grid; gap: 8px 28px; }
.maps.three { grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); }
.maps.large { grid-template-columns: repeat(auto-fit, minmax(min(100%, 560px), 1fr)); }
.maps > * { min-width: 0; }
.heat { aspect-ratio: 1; margin: 22px 1px 8px 72px; width: calc(100% - 73px); }
.heat.labels-medium { margin-left: 108px; width: calc(100% - 109px); }
.heat.labels-long { margin-left: 150px; width: calc(100% - 151px); }
.heat.dense { min-width: 400px; font-size: 9.5px; }
.heat .bold { font-weight: 700; fill: var(--ink); }
.heat .index { fill: var(--axis); }
.heat .ground { fill: var(--raised); }
.heat .cell { stroke: var(--surface); stroke-width: 1; }
.heat .share { fill: var(--share); }
.heat .better { fill: var(--retained); }
.heat .worse { fill: var(--regressed); }
.heat .frame { fill: none; stroke: var(--axis); stroke-opacity: 0.55; }
.heat .value { fill: var(--ink); font-size: 11px; pointer-events: none; }
.heat .value.inverse { fill: var(--inverse); }

.filter { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center; font-size: 14px; }
.filter[hidden] { display: none; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(132px, 1fr)); gap: 16px 14px; }
.gallery li { min-width: 0; font-size: 13px; line-height: 1.35; }
.gallery li[hidden] { display: none; }
.gallery b, .gallery div span { display: block; overflow-wrap: anywhere; }
.gallery div span span { display: inline; }
.thumbnail { display: block; width: min(100%, 96px); height: auto; aspect-ratio: 1; object-fit: contain; image-rendering: pixelated; background: var(--raised); border-radius: 4px; margin-bottom: 6px; }
.thumbnail.missing { display: grid; place-items: center; color: var(--quiet); font-size: 12.5px; }
`;
