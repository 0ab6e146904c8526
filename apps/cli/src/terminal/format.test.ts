import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatChange,
  formatDuration,
  formatPercent,
  formatSigned,
} from './format-number.js';
import { formatTable, visibleWidth } from './format-table.js';

describe('numbers', () => {
  it('are per cent, points with their sign, and durations', () => {
    expect(formatPercent(0.9123)).toBe('91.2 %');
    expect([0.012, -0.004, 0.0001, -0.0001, 0].map(formatChange)).toEqual([
      '+1.2',
      '-0.4',
      '0.0',
      '0.0',
      '0.0',
    ]);
    expect([0.01234, -0.5, -0.00001, 0.00001].map((x) => formatSigned(x))).toEqual([
      '+0.0123',
      '-0.5000',
      '0.0000',
      '0.0000',
    ]);
    expect([-1, 12.4, 89, 90, 3600, 5400, 11_000].map(formatDuration)).toEqual([
      '0 s',
      '12 s',
      '89 s',
      '2 min',
      '60 min',
      '1 h 30 min',
      '3 h 03 min',
    ]);
    expect([0, 1023, 1024, 1.5 * 2 ** 20, 3 * 2 ** 30, 2 ** 42].map(formatBytes)).toEqual([
      ...['0 B', '1023 B', '1.0 KiB', '1.5 MiB', '3.0 GiB', '4096.0 GiB'],
    ]);
  });
});

describe('formatTable', () => {
  it('aligns columns by what is seen, whatever colours and scripts', () => {
    const lines = formatTable(
      [{ title: 'task' }, { title: 'u', align: 'right' }],
      [
        ['\u001b[31mstop\u001b[39m', '-1'],
        ['雨', '+10'],
      ],
      (title) => `<${title}>`,
    );
    expect(lines).toEqual(['<task     u>', '\u001b[31mstop\u001b[39m    -1', '雨     +10']);
    expect(visibleWidth('雨')).toBe(2);
  });
});
