import { html, type Markup } from '../markup/markup.js';
import { getOutcomeStyle, type Outcome } from '../section/outcome-style.js';

const colors: Readonly<Record<Outcome, string>> = {
  RETAINED: '#00705a',
  REGRESSED: '#d1401a',
  UNDECIDED: '#b27400',
  NO_FEASIBLE_CANDIDATE: '#68717d',
};

/** The verdict as the tab's icon, inside the file. */
export function renderFavicon(outcome: Outcome): Markup {
  const color = colors[outcome];
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><style>.shape{fill:${color}}.ring{fill:none;stroke:${color};stroke-width:6}.sign{fill:none;stroke:#fff;stroke-width:6;stroke-linecap:round}.ring~.sign{stroke:${color}}</style>${getOutcomeStyle(outcome).icon.source}</svg>`;
  return html`<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(drawing)}"/>`;
}
