import { describe, expect, it } from 'vitest';
import {
  formatCount,
  formatCounted,
  formatPercent,
  formatPlainPoints,
  formatPoints,
  formatProbability,
  formatRange,
  formatShare,
  formatSigned,
  formatSignificant,
} from './format-number.js';
import { formatDuration, formatInstant } from './format-time.js';
import { shortenText } from './shorten-text.js';

describe('numbers', () => {
  it('are written in percent and in points with a real minus sign', () => {
    expect(formatPercent(0.9124)).toBe('91.2%');
    expect(formatPoints(-0.061)).toBe('−6.1');
    expect(formatPoints(0.5)).toBe('+50.0');
    expect(formatPlainPoints(0.05)).toBe('5');
    expect(formatPlainPoints(0.1)).toBe('10');
    expect(formatPlainPoints(0.025)).toBe('2.5');
    expect(formatPlainPoints(0)).toBe('0');
    expect(formatShare(1 - 2 * 0.05)).toBe('90%');
    expect(formatShare(1 - 2 * 0.0125)).toBe('97.5%');
  });

  it('have no sign where they round to zero', () => {
    expect(formatPoints(-0.0004)).toBe('0.0');
    expect(formatSigned(0.04, 1)).toBe('0.0');
    expect(formatPercent(-0.0001)).toBe('0.0%');
  });

  it('are a dash where they are missing or not finite', () => {
    const absent = [
      formatPercent(undefined),
      formatPoints(Number.NaN),
      formatPlainPoints(Number.NaN),
      formatShare(Number.NaN),
      formatSigned(Number.POSITIVE_INFINITY, 1),
      formatCount(Number.NaN),
      formatRange([]),
      formatSignificant(undefined),
      formatProbability(Number.NaN),
    ];
    expect(new Set(absent)).toEqual(new Set(['–']));
  });

  it('are counted with separators and the right noun', () => {
    expect(formatCount(1234567)).toBe('1,234,567');
    expect(formatCount(999)).toBe('999');
    expect(formatCounted(1, 'image')).toBe('1 image');
    expect(formatCounted(1200, 'image')).toBe('1,200 images');
    expect(formatRange([12, 8, 9])).toBe('8–12');
    expect(formatRange([9, 9])).toBe('9');
  });

  it('keep three digits at any size', () => {
    expect([0, 0.0003, 0.0123456, -12.345, 123456].map(formatSignificant)).toEqual([
      '0',
      '3.00e−4',
      '0.0123',
      '−12.3',
      '1.23e5',
    ]);
  });

  it('never claim a probability of zero', () => {
    expect(formatProbability(0)).toBe('<0.001');
    expect(formatProbability(0.0449)).toBe('0.045');
  });
});

describe('times', () => {
  it('are written in universal time without a locale', () => {
    expect(formatInstant('2026-11-24T08:03:11.123Z')).toBe('2026-11-24 08:03 UTC');
    expect(formatInstant('yesterday')).toBe('yesterday');
  });

  it('are as precise as a person needs', () => {
    expect([4.2, 96, 3600, 7384, -1].map(formatDuration)).toEqual([
      '4 s',
      '1 min 36 s',
      '1 h 00 min',
      '2 h 03 min',
      '–',
    ]);
  });
});

describe('shortenText', () => {
  it('cuts between characters, not inside them', () => {
    expect(shortenText('road work', 20)).toBe('road work');
    expect(shortenText('no passing for trucks', 12)).toBe('no passing…');
    expect(shortenText('🚗🚗🚗🚗', 3)).toBe('🚗🚗…');
  });
});
