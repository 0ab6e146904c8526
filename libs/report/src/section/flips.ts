import { html, type Markup } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';
import { renderSection } from './section.js';
import { renderThumbnail } from './thumbnail.js';

type Flip = RunReport['flips'][number];

const shownMax = 60;
const openMax = 24;

/** Pictures of what broke, then of what was fixed. */
export function renderFlips(report: RunReport): Markup {
  const broken = report.flips.filter((flip) => flip.kind === 'negative').slice(0, shownMax);
  const fixed = report.flips.filter((flip) => flip.kind === 'positive').slice(0, shownMax);
  return renderSection({
    id: 'flips',
    heading: 'Flips in pictures',
    lead: `Validation images whose prediction changed between right and wrong; at most ${shownMax} of each kind.`,
    content: html`${renderFilter([...broken, ...fixed])}
      ${renderKind('broken', 'Broken: right before, wrong now', broken, countFlips(report, 'negativeFlips'))}
      ${renderKind('fixed', 'Fixed: wrong before, right now', fixed, countFlips(report, 'positiveFlips'))}`,
  });
}

/** Shown by the page's script alone; without it every picture stays in view. */
function renderFilter(flips: readonly Flip[]): Markup | undefined {
  const labels = [...new Set(flips.map((flip) => flip.label))].sort();
  if (labels.length < 2) return;
  return html`<form class="filter" data-filter hidden>
    <label>Class <select name="label"><option value="">all</option>${labels.map(
      (label) => html`<option value="${label}">${label}</option>`,
    )}</select></label>
    <label>Order <select name="order"><option value="worst">worst first</option><option value="label">by class</option></select></label>
    <output></output>
  </form>`;
}

/** Of all tasks that were measured, targets included. */
function countFlips(
  { targets, protectedTasks }: RunReport,
  kind: 'negativeFlips' | 'positiveFlips',
): number {
  return [...targets, ...protectedTasks].reduce((sum, task) => sum + (task[kind] || 0), 0);
}

function renderKind(id: string, heading: string, flips: readonly Flip[], total: number): Markup {
  const rest = flips.slice(openMax);
  return html`<div data-flips><h3 id="${id}">${heading} <span class="quiet" data-total="${total}">${flips.length} of ${total} in this report</span></h3>
    ${
      flips.length === 0
        ? html`<p class="empty">None.</p>`
        : html`<ul class="gallery">${flips.slice(0, openMax).map(renderFlip)}</ul>`
    }
    ${
      rest.length > 0 &&
      html`<details><summary>${rest.length} more</summary><ul class="gallery">${rest.map(renderFlip)}</ul></details>`
    }
  </div>`;
}

function renderFlip(flip: Flip): Markup {
  const where = `${flip.path} (group ${flip.group})`;
  const wrong = flip.kind === 'negative' ? flip.candidatePrediction : flip.referencePrediction;
  const worse = flip.kind === 'negative';
  return html`<li data-label="${flip.label}" title="${where}">
    ${renderThumbnail(flip)}
    <div><b>${flip.label}</b><span class="${worse ? 'worse-text' : 'better-text'}">${
      worse
        ? html`<span aria-hidden="true">→</span> now ${wrong}`
        : html`<span aria-hidden="true">←</span> was ${wrong}`
    }</span></div></li>`;
}
