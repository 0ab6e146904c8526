import { html, type Markup } from '../markup/markup.js';
import { renderThumbnail } from '../section/thumbnail.js';
import { renderStaticPage } from './render-static-page.js';
import { contactSheetStyle } from './style-contact-sheet.js';
import { layoutStyle } from './style-layout.js';
import { mediaStyle } from './style-media.js';
import { tokenStyle } from './style-tokens.js';

/** A picture on a contact sheet. */
export interface SheetPicture {
  /** Said below it. */
  readonly path: string;
  /** What is said of it beside its path. */
  readonly caption?: string | undefined;
  /** `data:image/png;base64,...`; empty where it cannot be shown. */
  readonly picture: string;
}

/** Pictures that are looked at together: one, a pair, an image and what was made of it. */
export interface SheetItem {
  readonly pictures: readonly SheetPicture[];
  /** What is said of them together. */
  readonly caption?: string | undefined;
}

/** Pictures of one kind. */
export interface SheetSection {
  readonly heading: string;
  /** How many there are in all, where not all are shown. */
  readonly total?: number | undefined;
  readonly lead?: string | undefined;
  readonly items: readonly SheetItem[];
}

/** Pictures to look at. */
export interface ContactSheet {
  readonly title: string;
  /** What the pictures are of, in a sentence or two. */
  readonly summary: readonly string[];
  readonly sections: readonly SheetSection[];
  readonly softwareVersion: string;
}

const style = tokenStyle + layoutStyle + mediaStyle + contactSheetStyle;

/** Renders pictures to look at as one HTML file that loads nothing. */
export function renderContactSheet(sheet: ContactSheet): string {
  const { title, summary, sections, softwareVersion } = sheet;
  const main = html`<section aria-labelledby="title">
      <h1 id="title"><span class="title">${title}</span></h1>
      ${summary.map((sentence) => html`<p>${sentence}</p>`)}
    </section>
    ${sections.map(renderSheetSection)}`;
  return renderStaticPage({ title, style, main, softwareVersion });
}

function renderSheetSection(section: SheetSection, index: number): Markup {
  const { heading, total, lead, items } = section;
  const shown =
    total === undefined || total === items.length
      ? `${items.length}`
      : `${items.length} of ${total}`;
  const id = `section-${index}`;
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${heading} <small>${shown}</small></h2>
    ${lead !== undefined && html`<p class="lead">${lead}</p>`}
    <ul class="sheet">${items.map(renderItem)}</ul>
  </section>`;
}

function renderItem({ pictures, caption }: SheetItem): Markup {
  return html`<li>
    ${pictures.map(renderPicture)}
    ${caption !== undefined && html`<p class="said">${caption}</p>`}
  </li>`;
}

function renderPicture({ path, caption, picture }: SheetPicture): Markup {
  // What the caption says is not said twice.
  return html`<figure>
    ${renderThumbnail({ path: '', thumbnail: picture })}
    <figcaption>${caption !== undefined && html`<b>${caption}</b> `}${path}</figcaption>
  </figure>`;
}
