import { type DataTable, isSound, type TableTraits } from '../table/data-table.js';
import { describeMeasure, type Measure } from './describe-measure.js';

/** Longer side over shorter beyond which a centre crop keeps less than a third of an image. */
export const aspectMax = 3;
const listedMax = 50;

/** What is measured of a table's images. */
export interface TableQuality {
  readonly measures: readonly Measure[];
  /** Images whose longer side is more than three times the shorter one. */
  readonly elongated: { readonly count: number; readonly listed: readonly number[] };
}

/** Describes sharpness, brightness, contrast and size of the readable images, and which of them stand out. */
export function measureTable(table: DataTable, traits: TableTraits): TableQuality {
  const { sharpness, brightness, contrast, sizes } = traits;
  const rows: number[] = [];
  for (let row = 0; row < table.rows; row += 1) if (isSound(table, row)) rows.push(row);
  const sides = (row: number) => [sizes[2 * row]!, sizes[2 * row + 1]!] as const;
  const measure = (
    name: string,
    unit: string,
    read: (row: number) => number,
    shape: { sides: 'low' | 'both'; isLogarithmic: boolean },
  ) => describeMeasure(rows, { name, unit, read, ...shape });
  const elongated = rows.filter((row) => {
    const [height, width] = sides(row);
    return Math.max(height, width) > aspectMax * Math.min(height, width);
  });
  return {
    measures: [
      measure('sharpness', 'variance of the Laplacian', (row) => sharpness[row]!, {
        sides: 'low',
        isLogarithmic: true,
      }),
      measure('brightness', 'mean luma, 0 to 255', (row) => brightness[row]!, {
        sides: 'both',
        isLogarithmic: false,
      }),
      measure('contrast', 'deviation of luma', (row) => contrast[row]!, {
        sides: 'low',
        isLogarithmic: true,
      }),
      measure('shorter side', 'px', (row) => Math.min(...sides(row)), {
        sides: 'both',
        isLogarithmic: true,
      }),
    ],
    elongated: { count: elongated.length, listed: elongated.slice(0, listedMax) },
  };
}
