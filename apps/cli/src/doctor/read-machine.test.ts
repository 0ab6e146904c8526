import { describe, expect, it } from 'vitest';
import { parseQuota, parseSimd, readMachine } from './read-machine.js';

describe('what a machine is', () => {
  it.each([
    ['150000 100000\n', 1.5],
    ['max 100000\n', undefined],
    ['-1 100000', undefined],
    [undefined, undefined],
  ])('has, of a quota of %j, %j processors', (text, processors) => {
    expect(parseQuota(text)).toBe(processors);
  });

  it.each([
    [
      'processor\t: 0\nflags\t\t: fpu sse4_2 avx fma avx2 avx512f\nflags : x',
      ['sse4_2', 'avx', 'avx2', 'fma', 'avx512f'],
    ],
    ['Features\t: fp asimd evtstrm', ['asimd']],
    ['nothing', []],
  ])('has the instructions of %j', (cpuinfo, flags) => {
    expect(parseSimd(cpuinfo)).toEqual(flags);
  });

  it('is read from this one', async () => {
    const machine = await readMachine(process.cwd());
    expect(machine).toMatchObject({ node: process.versions.node, hasWasmSimd: true });
    expect(machine.processors).toBeGreaterThan(0);
    const { availableBytes, totalBytes } = machine.memory;
    expect(availableBytes).toBeGreaterThan(2 ** 20);
    expect(availableBytes).toBeLessThanOrEqual(totalBytes);
    expect(machine.disk.freeBytes).toBeGreaterThan(0);
  });
});
