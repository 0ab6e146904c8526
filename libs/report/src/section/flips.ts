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
      ${renderKind(report, { id: 'broken', heading: 'Broken: right before, wrong now', flips: broken, total: report.flipCounts.negative })}
      ${renderKind(report, { id: 'fixed', heading: 'Fixed: wrong before, right now', flips: fixed, total: report.flipCounts.positive })}`,
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

function renderKind(
  { ceilingClasses }: RunReport,
  {
    id,
    heading,
    flips,
    total,
  }: { id: string; heading: string; flips: readonly Flip[]; total: number },
): Markup {
  const draw = (flip: Flip) => renderFlip(flip, ceilingClasses.includes(flip.label));
  const rest = flips.slice(openMax);
  return html`<div data-flips><h3 id="${id}">${heading} <span class="quiet" data-total="${total}">${flips.length} of ${total} in this report</span></h3>
    ${
      flips.length === 0
        ? html`<p class="empty">None.</p>`
        : html`<ul class="gallery">${flips.slice(0, openMax).map(draw)}</ul>`
    }
    ${
      rest.length > 0 &&
      html`<details><summary>${rest.length} more</summary><ul class="gallery">${rest.map(draw)}</ul></details>`
    }
  </div>`;
}

function renderFlip(flip: Flip, isCeiling: boolean): Markup {
  const where = `${flip.path} (group ${flip.group})`;
  const broken = flip.kind === 'negative';
  const wrong = broken ? flip.candidatePrediction : flip.referencePrediction;
  const worse = broken !== isCeiling;
  return html`<li data-label="${flip.label}" title="${where}">
    ${renderThumbnail(flip)}
    <div><b>${flip.label}</b>${isCeiling && html`<span class="quiet">ceiling</span>`}<span class="${worse ? 'worse-text' : 'better-text'}">${
      broken
        ? html`<span aria-hidden="true">→</span> now ${wrong}`
        : html`<span aria-hidden="true">←</span> was ${wrong}`
    }</span></div></li>`;
}
