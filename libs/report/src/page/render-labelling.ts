import { createContentSecurityPolicy } from '../markup/content-security-policy.js';
import { html, type Markup, trustMarkup } from '../markup/markup.js';
import { renderThumbnail } from '../section/thumbnail.js';
import { labellingScript } from './labelling-script.js';
import { labellingStyle } from './style-labelling.js';
import { tokenStyle } from './style-tokens.js';

/** An image to label. */
export interface LabellingItem {
  readonly path: string;
  readonly group: string;
  /** `data:image/png;base64,...`; empty where it cannot be shown. */
  readonly picture: string;
  /** Given already. */
  readonly label?: string | undefined;
}

/** Images to label on one page. */
export interface LabellingPage {
  readonly planName: string;
  /** What an image may be. */
  readonly classes: readonly string[];
  /** What it is that shows none of them. */
  readonly noClass: string;
  /** In the order in which they are to be labelled. */
  readonly items: readonly LabellingItem[];
  /** Counted from 0. */
  readonly part: number;
  readonly partCount: number;
  /** Names the pool, so that a browser keeps its labels apart from others'. */
  readonly storageKey: string;
}

const style = tokenStyle + labellingStyle;

/**
 * Renders a page on which a person labels images: one HTML file that loads nothing, keeps what was done in the
 * browser, and saves `labels.csv` (path, label). No model's answer is on it, so that none can sway a label.
 */
export function renderLabelling(page: LabellingPage): string {
  const policy = createContentSecurityPolicy({ style, script: labellingScript });
  const { planName, items, part, partCount, storageKey } = page;
  const file = (index: number) => (partCount === 1 ? 'labels.csv' : `labels-${index + 1}.csv`);
  const files = Array.from({ length: partCount }, (_, index) => file(index)).join(' ');
  const of = partCount === 1 ? '' : `, part ${part + 1} of ${partCount}`;
  const markup = html`<html lang="en">
    <head>
      <meta charset="utf-8"/>
      <meta http-equiv="Content-Security-Policy" content="${trustMarkup(policy)}"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <title>Label ${items.length} images for ${planName}${of} – Holdfast</title>
      <style>${trustMarkup(style)}</style>
    </head>
    <body data-storage="${storageKey}" data-file="${file(part)}" data-files="${files}">
      <header>
        <h1>Label ${items.length} images <small>for ${planName}${of}</small></h1>
        <p class="progress"><progress max="${items.length}" value="0" aria-label="labelled"></progress> <output>0 of ${items.length} labelled</output></p>
        <p class="files"><button type="button" data-save>Save ${file(part)}</button> <label class="button">Open a table <input type="file" accept=".csv,text/csv" data-open/></label></p>
      </header>
      <noscript><p class="note">Labelling on this page needs JavaScript. The same images stand in queue.csv, whose label column can be filled in by hand.</p></noscript>
      <main>
        <section class="bench" aria-label="The image to label" hidden>
          <figure><img alt="" data-picture/><figcaption><details><summary><b data-place></b> file and group</summary><span data-path></span> <span class="quiet" data-group></span></details></figcaption></figure>
          <div class="choice">
            <label for="filter">What does it show? <small>Type part of a name, Enter takes the first<span data-digits hidden>; a digit takes the class with that number</span>.</small></label>
            <input id="filter" type="text" autocomplete="off" spellcheck="false"/>
            <ul class="classes" aria-label="Classes">${page.classes.map((name) => renderClass(name))}<li><button type="button" class="none" data-class="${page.noClass}"><kbd></kbd>${page.noClass}</button></li></ul>
            <p class="steps"><button type="button" data-back>← Back</button> <button type="button" data-skip>Cannot tell →</button> <label><input type="checkbox" data-whole/> the same for the rest of its group <span class="quiet" data-rest></span></label></p>
            <p role="status" data-said></p>
            <p class="quiet">Labels are kept in this browser until you save them. Where you cannot tell, go on without a label: it is never counted in the new model’s favour. No model’s answer is shown, so that none can sway you.</p>
          </div>
        </section>
        <ol class="sheet" aria-label="All images">${items.map(renderItem)}</ol>
      </main>
    </body>
    <script>${trustMarkup(labellingScript)}</script>
  </html>`;
  return `<!doctype html>\n${markup.source}\n`;
}

function renderClass(name: string): Markup {
  return html`<li><button type="button" data-class="${name}"><kbd></kbd>${name}</button></li>`;
}

function renderItem({ path, group, picture, label }: LabellingItem): Markup {
  return html`<li data-path="${path}" data-group="${group}" data-label="${label ?? ''}">
    <button type="button">${renderThumbnail({ path, thumbnail: picture })}<span>${label ?? ''}</span></button>
  </li>`;
}
