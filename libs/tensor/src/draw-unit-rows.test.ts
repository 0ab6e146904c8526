import { expect, it } from 'vitest';
import { drawUnitRows } from './draw-unit-rows.js';

it.each([0, 0.5])(
  'draws unit rows, the same for a seed and others for another, leaning by %s',
  (lean) => {
    const rows = drawUnitRows(200, 8, 7, lean);
    for (let i = 0; i < rows.rows; i += 1) {
      expect(Math.hypot(...rows.data.subarray(8 * i, 8 * (i + 1)))).toBeCloseTo(1, 6);
    }
    expect(drawUnitRows(200, 8, 7, lean)).toEqual(rows);
    expect(drawUnitRows(200, 8, 8, lean)).not.toEqual(rows);
    const mean = rows.data.reduce((sum, x) => sum + x, 0) / rows.data.length;
    // Of 1,600 elements of size 1/sqrt(8): 0.009 is one standard deviation.
    if (lean === 0) expect(Math.abs(mean)).toBeLessThan(0.05);
    else expect(mean).toBeGreaterThan(0.1);
  },
);
