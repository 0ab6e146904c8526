import { html, type Markup } from '../markup/markup.js';

/** Shapes around the origin, in the order in which methods take them. */
const shapes: readonly (readonly [tag: 'circle' | 'path', shape: string])[] = [
  ['circle', '5'],
  ['path', 'M-5-5h10v10h-10z'],
  ['path', 'M0-6.5 6.5 5h-13z'],
  ['path', 'M0-7 6 0 0 7-6 0z'],
  ['path', 'M0 6.5-6.5-5h13z'],
  ['path', 'M-2-6h4v4h4v4h-4v4h-4v-4h-4v-4h4z'],
];

/** Colours; with six shapes no pair repeats before the thirtieth method. */
const colorCount = 5;

/**
 * The mark of the nth method: shape and colour both tell it apart, as far as they go.
 *
 * @param size `mean` stands out from the `run`s that it is of
 */
export function drawMethodMark(index: number, size: 'mean' | 'run'): Markup {
  const [tag, shape] = shapes[index % shapes.length]!;
  const name = `method-mark ${size} method-${index % colorCount}`;
  return tag === 'circle'
    ? html`<circle class="${name}" r="${shape}"/>`
    : html`<path class="${name}" d="${shape}"/>`;
}

/** The mark beside a method's name. */
export function drawMethodKey(index: number): Markup {
  return html`<svg class="inline-mark" viewBox="-9 -9 18 18" width="15" height="15" aria-hidden="true">${drawMethodMark(index, 'mean')}</svg>`;
}
