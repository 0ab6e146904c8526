/** Narrow screens and paper. */
export const mediaStyle = `
@media (max-width: 960px) {
  .verdict { grid-template-columns: minmax(0, 1fr); }
  .statement { border-radius: var(--radius) var(--radius) 0 0; border-right: 1px solid var(--line); }
  .tiles { border-radius: 0; }
  .forest, .forest thead, .forest tbody { display: block; }
  .forest tr { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 14px; padding: 10px 0; border-bottom: 1px solid var(--line); }
  .forest tr > * { border: 0; padding: 0; width: auto; }
  .forest tbody th.task { order: 1; flex: 1 1 0; min-width: 0; max-width: none; }
  .forest .change { order: 2; text-align: right; }
  .forest .plot { order: 3; flex: 0 0 100%; min-width: 0; padding: 4px 16px; position: static; height: auto; }
  .forest td.plot .chart { position: static; width: 100%; height: 44px; }
  .forest .accuracy, .forest td.flips, .forest td.count { order: 4; font-size: 13px; }
  .forest td.flips, .forest td.count { color: var(--quiet); }
  .forest .cell-name { display: inline; }
  .forest thead tr { padding: 0; }
  .forest thead th:not(.plot) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .forest tr.regressed { background: var(--regressed-ground); box-shadow: 0 0 0 8px var(--regressed-ground); border: 0; margin: 8px 0; padding: 2px 0; }
  .forest tr.regressed > * { box-shadow: none !important; }
}
@media (max-width: 560px) {
  body { font-size: 14.5px; }
  .verdict, main { padding: 0 10px; }
  nav > div { padding: 0 14px; gap: 12px; }
  .verdict { margin-top: 10px; }
  .statement, section { padding: 18px 16px 20px; }
  .watched, .facts { padding: 10px 16px; }
  section { margin-top: 12px; }
  h1 { gap: 14px; }
  h1 svg { width: 44px; height: 44px; }
  .tile { padding: 14px; }
  .tile .value { font-size: 26px; }
  .forest .change .quiet { display: block; margin: 0; }
  .heat.labels-long { margin-left: 126px; width: calc(100% - 127px); font-size: 10px; }
  .heat .value { font-size: 9px; }
  .gallery { grid-template-columns: repeat(auto-fill, minmax(86px, 1fr)); }
  .long-facts > div { grid-template-columns: minmax(0, 1fr); gap: 0; }
  footer { padding: 0 14px 32px; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print {
  :root { color-scheme: light; --page: #fff; }
  body { font-size: 10.5pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  nav, .skip, button, .filter { display: none; }
  .verdict, main, footer { max-width: none; padding: 0; }
  section { border: 0; padding: 12px 0; break-inside: auto; }
  h2, h3 { break-after: avoid; }
  figure, tr, .tile, .gallery li, .multiples li, .findings li { break-inside: avoid; }
  details.printed::details-content { content-visibility: visible; height: auto; }
  .scroll, .code pre, .plan pre { overflow: visible; max-height: none; }
  .code pre { white-space: pre-wrap; }
}
`;
