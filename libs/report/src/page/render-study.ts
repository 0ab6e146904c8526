import { html, type Markup } from '../markup/markup.js';
import { renderSection } from '../section/section.js';
import { renderAims } from '../study/aims.js';
import { renderConclusions } from '../study/conclusions.js';
import { renderCostTable } from '../study/cost-table.js';
import { renderFront } from '../study/draw-front.js';
import { renderMethodTable } from '../study/method-table.js';
import { renderPower } from '../study/power.js';
import { renderRuns } from '../study/run-table.js';
import { studyStyle } from '../study/style-study.js';
import { renderTrajectories } from '../study/trajectories.js';
import type { StudyReport, StudyRun } from '../study-report.js';
import { renderStaticPage } from './render-static-page.js';
import { chartStyle } from './style-charts.js';
import { layoutStyle } from './style-layout.js';
import { mediaStyle } from './style-media.js';
import { tokenStyle } from './style-tokens.js';

const style = tokenStyle + layoutStyle + chartStyle + studyStyle + mediaStyle;

/** Renders a study as one HTML file that loads nothing. A pure function; text from the study is escaped. */
export function renderStudy(report: StudyReport): string {
  const { study, plan, cells, softwareVersion } = report;
  const settings = [...new Map(cells.map((cell) => [cell.setting, cell])).values()];
  const main = html`<section aria-labelledby="title">
      <p class="eyebrow">Study</p>
      <h1 id="title"><span class="title">${study.name}</span></h1>
      <p>${countRuns(report)}</p>
      ${renderConclusions(report)}
    </section>
    ${renderAims(report)}
    ${settings.map((setting, index) => renderSetting(report, setting, index))}
    ${renderPower(report)}
    ${renderRuns(report)}
    ${renderSection({
      id: 'again',
      heading: 'What this is about',
      content: html`<dl class="long-facts">
        <div><dt>Study</dt><dd>${study.name}, sha256 <code>${study.sha256}</code></dd></div>
        <div><dt>Plan</dt><dd>${plan.name}, sha256 <code>${plan.sha256}</code></dd></div>
        <div><dt>Releases</dt><dd>None: each run was judged as if it were the only one. What a study chose is judged by images that it has not seen.</dd></div>
      </dl>`,
    })}`;
  return renderStaticPage({ title: study.name, style, main, softwareVersion });
}

function countRuns({ cells }: StudyReport): string {
  const count = (state: string) => cells.filter((cell) => cell.state === state).length;
  const [finished, failed] = [count('finished'), count('failed')];
  const left = cells.length - finished - failed;
  const parts = [`${finished} of ${cells.length} runs are finished`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (left > 0) parts.push(`${left} are left`);
  return `${parts.join(', ')}.`;
}

function renderSetting(
  report: StudyReport,
  { setting, target, variant }: StudyRun,
  index: number,
): Markup {
  return renderSection({
    id: `setting-${index}`,
    heading: `Target: ${target}${variant === null ? '' : `, variant: ${variant}`}`,
    lead: 'Means over seeds, each over its 95% interval. Changes are in points. Broken and mended: shares of protected images that only the old, or only the new, model gets right. Retained: runs in which no protected task lost accuracy.',
    content: html`${renderMethodTable(report, setting)}
      <div class="pair">${renderFront(report, setting, 'validation')}${renderFront(report, setting, 'test')}</div>
      ${renderTrajectories(report, setting)}
      <h3>Cost and calibration</h3>
      <p class="quiet">Images: through the tower, in steps and to measure steering data. Calibration error: how far confidence lies from accuracy on all validation images, in 15 bins; less is better.</p>
      ${renderCostTable(report, setting)}`,
  });
}
