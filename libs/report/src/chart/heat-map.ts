import { shortenText } from '../format/shorten-text.js';
import { html, type Markup } from '../markup/markup.js';
import { formatCoordinate, formatPercentage } from './coordinate.js';

export interface HeatMapCell {
  /** Class of the cell's colour. */
  readonly className: string;
  /** Strength of the colour, 0 to 1. */
  readonly strength: number;
  readonly text: string;
  readonly title: string;
}

export interface HeatMap {
  readonly title: string;
  /** Names of the rows; columns are numbered like them. */
  readonly labels: readonly string[];
  /** Indices of labels to set in bold. */
  readonly emphasis?: readonly number[];
  /** [row][column]; undefined is an empty cell. */
  readonly cells: readonly (readonly (HeatMapCell | undefined)[])[];
}

// Numbers fit into cells up to this many rows and columns.
const textSizeMax = 12;
const labelLengthMax = 20;

/** Draws a square matrix; rows are named, columns carry the rows' numbers. */
export function drawHeatMap(map: HeatMap): Markup {
  const size = map.labels.length;
  const side = 100 / Math.max(1, size);
  return html`<svg class="chart heat ${chooseLabelClass(map.labels)} ${size > textSizeMax && 'dense'}" role="img"><title>${map.title}</title>
    <rect class="ground" width="100%" height="100%"/>
    ${map.labels.map((_, index) => drawLabels(map, index, side))}
    ${map.cells.map((row, rowIndex) =>
      row.map((cell, columnIndex) =>
        cell ? drawCell(cell, rowIndex * side, columnIndex * side, side, size) : undefined,
      ),
    )}
    ${drawDiagonal(size, side)}
  </svg>`;
}

/** Room for the longest label. */
function chooseLabelClass(labels: readonly string[]): string {
  const longest = Math.min(labelLengthMax, Math.max(0, ...labels.map((label) => label.length)));
  if (longest <= 6) return 'labels-short';
  return longest <= 12 ? 'labels-medium' : 'labels-long';
}

function drawLabels(map: HeatMap, index: number, side: number): Markup {
  const at = formatPercentage((index + 0.5) * side);
  const label = map.labels[index] ?? '';
  const bold = map.emphasis?.includes(index) && 'bold';
  const dense = map.labels.length > textSizeMax;
  return html`<text class="end ${bold}" x="-24" y="${at}" dy=".35em">${shortenText(label, labelLengthMax)}<title>${label}</title></text>
    <text class="end index ${bold}" x="-6" y="${at}" dy=".35em">${index + 1}</text>
    ${
      (!dense || bold || isLandmark(index)) &&
      html`<text class="middle index ${bold}" x="${at}" y="-6">${index + 1}<title>${label}</title></text>`
    }`;
}

/** Narrow columns have room for every fifth number. */
function isLandmark(index: number): boolean {
  return index % 5 === 0;
}

function drawCell(cell: HeatMapCell, y: number, x: number, side: number, size: number): Markup {
  const length = formatPercentage(side);
  const strength = Math.min(1, Math.max(0, cell.strength));
  return html`<rect class="cell ${cell.className}" x="${formatPercentage(x)}" y="${formatPercentage(y)}" width="${length}" height="${length}" fill-opacity="${formatCoordinate(strength)}"><title>${cell.title}</title></rect>${
    size <= textSizeMax &&
    html`<text class="middle value ${strength > 0.7 && 'inverse'}" x="${formatPercentage(x + side / 2)}" y="${formatPercentage(y + side / 2)}" dy=".35em">${cell.text}</text>`
  }`;
}

/** Frames the diagonal: what is right. */
function drawDiagonal(size: number, side: number): Markup {
  const length = formatPercentage(side);
  return html`${Array.from({ length: size }, (_, index) => {
    const at = formatPercentage(index * side);
    return html`<rect class="frame" x="${at}" y="${at}" width="${length}" height="${length}"/>`;
  })}`;
}
