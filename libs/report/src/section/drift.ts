import { drawInlineMark } from '../chart/mark.js';
import { formatPercent } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { DriftReport, RunReport } from '../run-report.js';
import { getOutcomeStyle } from './outcome-style.js';
import { renderSection } from './section.js';
import { renderThumbnail } from './thumbnail.js';

const openMax = 24;

/** How often the models answer differently on images that nobody labelled. */
export function renderDrift({ drift }: RunReport): Markup | undefined {
  if (drift === undefined) return;
  const { changed, images, groups, texts, share, lowerBound, upperBound, claim } = drift;
  const rest = drift.pictures.slice(openMax);
  return renderSection({
    id: 'drift',
    heading: 'Answers that changed without labels',
    lead: html`Nobody said what these images show: a changed answer may be better or worse. ${
      claim
        ? html`${drawInlineMark(claim.verdict)} The claim that at most ${formatPercent(claim.tolerance)} change: ${getOutcomeStyle(claim.verdict).word.toLowerCase()}.`
        : 'No claim was made about them: they decided nothing.'
    }`,
    content: html`<dl class="facts-list">
        <div><dt>Changed</dt><dd>${formatPercent(share)}, ${changed} of ${images} images</dd></div>
        <div><dt>One-sided bounds</dt><dd>${formatPercent(lowerBound)} to ${formatPercent(upperBound)}</dd></div>
        ${groups !== images && html`<div><dt>Groups</dt><dd>${groups}</dd></div>`}
        <div><dt>Texts to answer with</dt><dd>${texts}</dd></div></dl>
      ${
        drift.pictures.length > 0 &&
        html`<h3>Some of them <span class="quiet">${drift.pictures.length} shown</span></h3>
        <ul class="gallery">${drift.pictures.slice(0, openMax).map(renderPicture)}</ul>`
      }
      ${rest.length > 0 && html`<details><summary>${rest.length} more</summary><ul class="gallery">${rest.map(renderPicture)}</ul></details>`}`,
  });
}

function renderPicture({
  path,
  before,
  after,
  thumbnail,
}: DriftReport['pictures'][number]): Markup {
  return html`<li title="${path}">${renderThumbnail({ path, thumbnail })}
    <div><b>${before}</b><span><span aria-hidden="true">→</span> ${after}</span></div></li>`;
}
