import { html, type Markup } from '../markup/markup.js';

const thumbnailLengthMax = 200_000;
const thumbnailPattern = /^data:image\/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}$/;

/** A picture of a modest size, or a word where there is none that may be shown. */
export function renderThumbnail(picture: {
  readonly path: string;
  readonly thumbnail: string;
}): Markup {
  const usable =
    picture.thumbnail.length <= thumbnailLengthMax && thumbnailPattern.test(picture.thumbnail);
  if (!usable) return html`<span class="thumbnail missing">no picture</span>`;
  return html`<img class="thumbnail" src="${picture.thumbnail}" alt="${picture.path}" width="96" height="96" decoding="async"/>`;
}
