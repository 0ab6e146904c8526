import { formatCount, formatCounted, formatShare } from '../format/format-number.js';
import { formatInstant } from '../format/format-time.js';
import { type Fragment, html, type Markup } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';
import { isRun } from './evidence.js';
import { renderScrollable, renderSection } from './section.js';

/** Everything needed to run it again: commands, models, data, environment, the plan. */
export function renderReproduce(report: RunReport): Markup {
  return renderSection({
    id: 'again',
    heading: 'Run it again',
    content: html`${renderCommands(report)}
      <div class="pair">
        <div><h3>Models</h3>${renderFacts(listModelFacts(report))}${renderData(report)}</div>
        <div><h3>${isRun(report) ? 'Run' : 'Gate'}</h3>${renderFacts(listRunFacts(report))}</div>
      </div>
      ${renderResolutions(report.resolutions)}
      <details class="plan printed"><summary>Plan, with every default</summary>${renderCode(report.planYaml, 'the plan')}</details>`,
  });
}

/** What the plan left to Holdfast, and what it became. */
function renderResolutions(resolutions: RunReport['resolutions'] = []): Markup | undefined {
  if (resolutions.length === 0) return;
  return html`<h3>Numbers the plan left open</h3>${renderScrollable(
    'Numbers that were auto',
    html`<table><thead><tr><th scope="col">Field</th><th scope="col" class="number">Value</th><th scope="col">Because</th></tr></thead>
      <tbody>${resolutions.map(
        ({ field, value, because }) =>
          html`<tr><th scope="row">${field}</th><td class="number">${String(value)}</td><td class="long">${because}</td></tr>`,
      )}</tbody></table>`,
  )}`;
}

function renderCommands(report: RunReport): Markup {
  const isSpent = report.ledger?.left === 0;
  return html`${isSpent && html`<p class="quiet prose">These images may not judge another candidate: what follows may be repeated with the same models; with others it needs images that have judged nothing (<a href="#ledger">ledger</a>).</p>`}${report.commands.map(
    ({ purpose, command }) =>
      html`<div class="command"><p>${purpose}</p>${renderCode(command, `the command: ${purpose}`)}</div>`,
  )}`;
}

/** The button is shown by the page's script alone. */
function renderCode(text: string, what: string): Markup {
  return html`<div class="code"><pre tabindex="0"><code>${text}</code></pre><button type="button" data-copy hidden aria-label="Copy ${what}">Copy</button></div>`;
}

type Facts = readonly (readonly [name: string, value: Fragment])[];

function renderFacts(facts: Facts): Markup {
  return html`<dl class="long-facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function listModelFacts({ models }: RunReport): Facts {
  const hash = (sha256: string) => html`<code>${sha256}</code>`;
  const facts: [string, Fragment][] = [
    ['Old model', models.referencePath],
    ['its SHA-256', hash(models.referenceSha256)],
    ['New model', models.candidatePath],
    ['its SHA-256', hash(models.candidateSha256)],
  ];
  if (models.candidateVersion !== undefined) facts.push(['Version', models.candidateVersion]);
  if (models.headsNote !== undefined) facts.push(['Heads', models.headsNote]);
  return facts;
}

function listRunFacts({ run, gate, data }: RunReport): Facts {
  return [
    ...(run.id === undefined ? [] : [['Run', html`<code>${run.id}</code>`] as const]),
    ['Started', formatInstant(run.startedAt)],
    ['Holdfast', run.softwareVersion],
    ...(run.seed === undefined ? [] : [['Seed', String(run.seed)] as const]),
    [
      'Gate',
      `${gate.policy}, level ${formatShare(gate.level)}, bounds by ${gate.groupsAreIndependent ? 'images' : 'groups'}`,
    ],
    ...Object.entries(run.environment),
    ['Manifest SHA-256', html`<code>${data.manifestSha256}</code>`],
  ];
}

function renderData({ data }: RunReport): Markup {
  return html`<h3>Data</h3>${renderScrollable(
    'Data by role',
    html`<table class="narrow"><thead><tr><th scope="col">Role</th><th scope="col" class="number">Images</th><th scope="col" class="number">Groups</th></tr></thead>
      <tbody>${data.counts.map(
        (row) =>
          html`<tr><th scope="row">${row.role}</th><td class="number">${formatCount(row.examples)}</td><td class="number">${formatCount(row.groups)}</td></tr>`,
      )}</tbody></table>`,
  )}${renderBadImages(data.badImages)}`;
}

function renderBadImages(badImages: RunReport['data']['badImages']): Markup | undefined {
  if (badImages.length === 0) return;
  return html`<details><summary>${formatCounted(badImages.length, 'image')} left out: not readable</summary>
    ${renderScrollable(
      'Images left out',
      html`<table><thead><tr><th scope="col">Path</th><th scope="col">Reason</th></tr></thead>
        <tbody>${badImages.map(({ path, reason }) => html`<tr><td class="long">${path}</td><td class="long">${reason}</td></tr>`)}</tbody></table>`,
    )}</details>`;
}
