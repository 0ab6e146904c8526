import { describe, expect, it } from 'vitest';
import { thinSeries } from './thin-series.js';

describe('thinSeries', () => {
  it('keeps a lone peak and a lone trough, in order, within the limit', () => {
    const points = Array.from({ length: 1000 }, (_, x) => ({ x, y: 0.001 * (x % 7) }));
    points[333] = { x: 333, y: 9 };
    points[334] = { x: 334, y: -9 };
    const thinned = thinSeries(points, 100);
    expect(thinned.length).toBeLessThanOrEqual(100);
    expect(thinned).toContainEqual({ x: 333, y: 9 });
    expect(thinned).toContainEqual({ x: 334, y: -9 });
    expect(thinned.map((p) => p.x)).toEqual(thinned.map((p) => p.x).sort((a, b) => a - b));
  });

  it('keeps gaps as gaps', () => {
    const points = Array.from({ length: 100 }, (_, x) => ({ x, y: x < 50 ? null : 1 }));
    const thinned = thinSeries(points, 10);
    expect(thinned.filter((p) => p.y === null).every((p) => p.x < 50)).toBe(true);
    expect(thinned.some((p) => p.y === null)).toBe(true);
  });

  it('leaves a short series alone', () => {
    const points = [{ x: 0, y: 1 }];
    expect(thinSeries(points, 10)).toBe(points);
  });
});
