import { html } from '../markup/markup.js';
import { renderStaticPage } from './render-static-page.js';
import { layoutStyle } from './style-layout.js';
import { mediaStyle } from './style-media.js';
import { tokenStyle } from './style-tokens.js';

/** A judgement of which only pass or fail is shown. */
export interface SealedReport {
  readonly isReleased: boolean;
  readonly planName: string;
  /** What is bound to what, such as hashes, by name. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly softwareVersion: string;
}

const style = tokenStyle + layoutStyle + mediaStyle;

/** Renders a sealed judgement as one HTML file: pass or fail, and no figure of any task. */
export function renderSealed({
  isReleased,
  planName,
  facts,
  softwareVersion,
}: SealedReport): string {
  const word = isReleased ? 'Released' : 'Not released';
  const main = html`<section aria-labelledby="verdict">
      <p class="eyebrow">Holdfast gate, sealed <b>${planName}</b></p>
      <h1 id="verdict"><span class="word">${word}</span></h1>
      <p>Sealed: no figure of any task is shown, so that no other candidate can be fitted to these images.</p>
      <dl class="long-facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd><code>${value}</code></dd></div>`)}</dl>
    </section>`;
  return renderStaticPage({ title: `${word}: ${planName}`, style, main, softwareVersion });
}
