import { createContentSecurityPolicy } from '../markup/content-security-policy.js';
import { html, type Markup, trustMarkup } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';
import { renderClaims } from '../section/claims.js';
import { renderConfusion } from '../section/confusion.js';
import { renderConstraints } from '../section/constraints.js';
import { renderDrift } from '../section/drift.js';
import { isRun } from '../section/evidence.js';
import { renderFirstModel } from '../section/first-model.js';
import { renderFlips } from '../section/flips.js';
import { renderLedger } from '../section/ledger.js';
import { listNotes, renderNotes } from '../section/notes.js';
import { getOutcomeStyle, renderOutcomeIcon } from '../section/outcome-style.js';
import { renderProtectedTasks } from '../section/protected-tasks.js';
import { renderReproduce } from '../section/reproduce.js';
import { renderSelection } from '../section/selection.js';
import { renderTarget } from '../section/target.js';
import { renderTestData } from '../section/test-data.js';
import { renderTrainingCurves } from '../section/training-curves.js';
import { renderVerdictHeader } from '../section/verdict-header.js';
import { renderFavicon } from './favicon.js';
import { pageScript } from './script.js';
import { chartStyle } from './style-charts.js';
import { layoutStyle } from './style-layout.js';
import { mediaStyle } from './style-media.js';
import { tokenStyle } from './style-tokens.js';

const style = tokenStyle + layoutStyle + chartStyle + mediaStyle;

/**
 * Renders the report of a run, or of two models judged without one, as one HTML file that needs nothing else: no network, no font, no
 * other file. A pure function: the same report gives the same bytes. Text from the report is always
 * escaped; thumbnails that are not base64 pictures of a modest size are left out.
 */
export function renderReport(report: RunReport): string {
  const policy = createContentSecurityPolicy({ style, script: pageScript });
  const outcome = getOutcomeStyle(report.outcome);
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8"/>
      <meta http-equiv="Content-Security-Policy" content="${trustMarkup(policy)}"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta name="referrer" content="no-referrer"/>
      <title>${outcome.word}: ${report.run.planName} – Holdfast</title>
      ${renderFavicon(report.outcome)}
      <style>${trustMarkup(style)}</style>
    </head>
    <body>
      <a class="skip" href="#protected">Skip to the evidence</a>
      ${renderNavigation(report)}
      ${renderVerdictHeader(report)}
      <main>
        ${renderProtectedTasks(report)}
        ${renderClaims(report)}
        ${renderFirstModel(report)}
        ${renderDrift(report)}
        ${renderTarget(report)}
        ${renderNotes(report)}
        ${renderConfusion(report)}
        ${renderFlips(report)}
        ${isRun(report) && [renderTestData, renderSelection, renderConstraints, renderTrainingCurves].map((render) => render(report))}
        ${renderLedger(report)}
        ${renderReproduce(report)}
      </main>
      <footer>Holdfast ${report.run.softwareVersion}${isRun(report) && `, run ${report.run.id}`}. This file is complete in itself and loads nothing.</footer>
      <script>${trustMarkup(pageScript)}</script>
    </body>
  </html>`;
  return `<!doctype html>\n${page.source}\n`;
}

const links: readonly (readonly [id: string, name: string])[] = [
  ['protected', 'Protected tasks'],
  ['claims', 'How much may be lost'],
  ['first', 'First model'],
  ['drift', 'Drift'],
  ['target', 'Target'],
  ['notes', 'Notes'],
  ['confusion', 'Confusion'],
  ['flips', 'Flips'],
  ['test', 'Test'],
  ['selection', 'Choice'],
  ['constraints', 'Constraints'],
  ['training', 'Objective'],
  ['ledger', 'Ledger'],
  ['again', 'Run it again'],
];

/** Sections that only a run has. */
const runSections = ['test', 'selection', 'constraints', 'training'];

function renderNavigation(report: RunReport): Markup {
  const absent = [
    listNotes(report).length === 0 && 'notes',
    report.protectedTasks.length === 0 && 'claims',
    report.classes.length === 0 && 'confusion',
    report.ledger === undefined && 'ledger',
    report.first === undefined && 'first',
    report.drift === undefined && 'drift',
    ...(isRun(report) ? [] : runSections),
  ];
  const outcome = getOutcomeStyle(report.outcome);
  return html`<nav aria-label="Sections"><div tabindex="0" role="group" aria-label="Verdict and sections">
    <span class="where ${outcome.className}">${renderOutcomeIcon(report.outcome, 18)} ${outcome.word}</span>
    <ul>${links
      .filter(([id]) => !absent.includes(id))
      .map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}</ul>
  </div></nav>`;
}
