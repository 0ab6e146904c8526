import { type Fragment, html, type Markup } from '../markup/markup.js';

/** A section of the page with its heading and, above its content, what the reader sees and how to read it. */
export function renderSection(section: {
  readonly id: string;
  readonly heading: string;
  readonly lead?: Fragment;
  readonly content: Fragment;
}): Markup {
  return html`<section id="${section.id}" aria-labelledby="${section.id}-heading">
    <h2 id="${section.id}-heading">${section.heading}</h2>
    ${section.lead && html`<p class="lead">${section.lead}</p>`}
    ${section.content}
  </section>`;
}

/** A drawing with its caption. */
export function renderFigure(figure: {
  readonly heading: string;
  readonly content: Fragment;
  readonly caption?: Fragment;
}): Markup {
  return html`<figure>
    <h3>${figure.heading}</h3>
    ${figure.content}
    ${figure.caption && html`<figcaption>${figure.caption}</figcaption>`}
  </figure>`;
}

/** A table, or another wide thing, that scrolls inside the page where it does not fit. */
export function renderScrollable(label: string, content: Fragment): Markup {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${content}</div>`;
}
