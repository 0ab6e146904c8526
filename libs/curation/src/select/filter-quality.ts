import { type DataTable, isSound } from '../table/data-table.js';

/** What an image must have to be taken; what is absent is not asked. Units as in `data inspect`. */
export interface QualityLimits {
  readonly sharpnessMin?: number | undefined;
  readonly brightnessMin?: number | undefined;
  readonly brightnessMax?: number | undefined;
  readonly contrastMin?: number | undefined;
  /** Of the shorter side, in pixels. */
  readonly sideMin?: number | undefined;
}

/** Rows that can be used and meet the limits, and how many do not, by what they lack. */
export interface FilteredRows {
  readonly rows: readonly number[];
  readonly leftOut: Readonly<Record<'sharpness' | 'brightness' | 'contrast' | 'side', number>>;
}

/** Leaves out images of bad quality; one that lacks several things is counted for the first of them. */
export function filterQuality(table: DataTable, limits: QualityLimits): FilteredRows {
  const { sharpness, brightness, contrast, sizes } = table.traits!;
  const { sharpnessMin = 0, contrastMin = 0, sideMin = 0 } = limits;
  const { brightnessMin = 0, brightnessMax = 255 } = limits;
  const leftOut = { sharpness: 0, brightness: 0, contrast: 0, side: 0 };
  const rows: number[] = [];
  for (let row = 0; row < table.rows; row += 1) {
    if (!isSound(table, row)) continue;
    if (sharpness[row]! < sharpnessMin) leftOut.sharpness += 1;
    else if (brightness[row]! < brightnessMin || brightness[row]! > brightnessMax) {
      leftOut.brightness += 1;
    } else if (contrast[row]! < contrastMin) leftOut.contrast += 1;
    else if (Math.min(sizes[2 * row]!, sizes[2 * row + 1]!) < sideMin) leftOut.side += 1;
    else rows.push(row);
  }
  return { rows, leftOut };
}
