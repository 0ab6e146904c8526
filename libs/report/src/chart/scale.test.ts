import { describe, expect, it } from 'vitest';
import { createScale } from './scale.js';

describe('createScale', () => {
  it('maps the domain to 0 to 100 percent and holds what lies outside at the ends', () => {
    const scale = createScale([0, 50, 200]);
    expect([0, 50, 200, -10, 1000].map(scale.position)).toEqual([0, 25, 100, 0, 100]);
  });

  it('has round ticks inside the domain, told apart by as few digits as possible', () => {
    expect(createScale([0, 1]).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(createScale([0, 1]).digits).toBe(1);
    expect(createScale([-17, 8]).ticks).toEqual([-15, -10, -5, 0, 5]);
    expect(createScale([-17, 8]).digits).toBe(0);
    expect(createScale([0, 0.0003], { tickCount: 3 }).digits).toBe(4);
  });

  it('widens to whole ticks, by a share, or to values it must hold', () => {
    const rounded = createScale([1, 47], { round: true, include: [0] });
    expect([rounded.min, rounded.max]).toEqual([0, 50]);
    const padded = createScale([0, 10], { pad: 0.1 });
    expect([padded.min, padded.max]).toEqual([-1, 11]);
  });

  it('spans something even around one value or none', () => {
    expect(createScale([5, 5]).position(5)).toBe(50);
    expect(createScale([0]).position(0)).toBe(50);
    const none = createScale([Number.NaN]);
    expect([none.min, none.max]).toEqual([0, 1]);
  });
});
