import { describe, expect, it } from 'vitest';
import { drawHeatMap } from './heat-map.js';
import { drawIntervalRow } from './interval-row.js';
import { drawLineChart } from './line-chart.js';
import { createScale } from './scale.js';

describe('drawIntervalRow', () => {
  const scale = createScale([-10, 10]);
  const row = { title: 'a', kind: 'RETAINED' as const, estimate: 0, lower: -5, upper: 5 };

  it('spans its interval from bound to bound', () => {
    expect(drawIntervalRow(row, scale).source).toContain('x1="25%" x2="75%" y1="50%"');
  });

  it('ends in an arrow where the wider interval leaves the plot', () => {
    const arrows = (lower: number, upper: number) =>
      drawIntervalRow({ ...row, outerLower: lower, outerUpper: upper }, scale).source.split(
        'class="arrow"',
      ).length - 1;
    expect([arrows(-9, 9), arrows(-11, 9), arrows(-11, 11)]).toEqual([0, 1, 2]);
  });

  it('shades what lies below the tolerance', () => {
    const { source } = drawIntervalRow({ ...row, limit: -5 }, scale);
    expect(source).toContain('<rect class="intolerable" height="100%" width="25%"/>');
    expect(drawIntervalRow(row, scale).source).not.toContain('intolerable');
  });

  it('draws the estimate alone where there are no bounds', () => {
    const { source } = drawIntervalRow({ ...row, lower: undefined, upper: Number.NaN }, scale);
    expect(source).not.toContain('class="span');
    expect(source).toContain('class="mark retained"');
  });
});

describe('drawLineChart', () => {
  const scale = createScale([0, 10]);
  const draw = (ys: readonly (number | null)[], shadeAbove?: number) =>
    drawLineChart({
      title: 'curve',
      heightPixels: 100,
      x: scale,
      y: scale,
      series: [
        {
          className: 'a',
          title: 'a',
          points: ys.map((y, x) => ({ x, y })),
          ...(shadeAbove !== undefined && { shadeAbove }),
        },
      ],
    }).source;

  it('breaks the line where nothing was measured', () => {
    expect(draw([1, 2, null, Number.NaN, 4, 5])).toContain('d="M0 900L100 800M400 600L500 500"');
  });

  it('shows a single point', () => {
    expect(draw([null, 5])).toContain('d="M100 500h.1"');
  });

  it('shades between the line and the floor only where the line lies above it', () => {
    expect(draw([2, 8], 5)).toContain('d="M0 500L100 200L100 500L0 500Z"');
  });

  it('draws no line without a value', () => {
    expect(draw([null, null])).toContain('class="line a" d=""');
  });
});

describe('drawHeatMap', () => {
  const cell = { className: 'share', strength: 2, text: '77', title: 'seven' };

  it('places a cell by row and column and holds its strength below one', () => {
    const { source } = drawHeatMap({
      title: 'm',
      labels: ['a', 'b'],
      cells: [[undefined, cell], []],
    });
    expect(source).toContain('x="50%" y="0%" width="50%" height="50%" fill-opacity="1"');
    expect(source).toContain('>77</text>');
  });

  it('leaves out the numbers where cells are too small for them', () => {
    const labels = Array.from({ length: 30 }, (_, index) => `class ${index}`);
    const { source } = drawHeatMap({ title: 'm', labels, cells: [[cell]] });
    expect(source).not.toContain('>77</text>');
    expect(source).toContain('<title>seven</title>');
  });
});
