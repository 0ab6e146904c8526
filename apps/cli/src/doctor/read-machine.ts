import { readFile, statfs } from 'node:fs/promises';
import { arch, cpus, freemem, loadavg, platform, totalmem } from 'node:os';
import type { Machine } from './machine.js';

/** Reads a file of the system; undefined where there is none. */
export type ReadSystemFile = (path: string) => Promise<string | undefined>;

const readSystemFile: ReadSystemFile = (path) => readFile(path, 'utf8').catch(() => undefined);

/** Reads what this machine is. */
export async function readMachine(workingFolder: string): Promise<Machine> {
  const [info, cpuMax, cfs, meminfo] = await Promise.all([
    readSystemFile('/proc/cpuinfo'),
    readSystemFile('/sys/fs/cgroup/cpu.max'),
    readCfs(readSystemFile),
    readSystemFile('/proc/meminfo'),
  ]);
  const processorQuota = parseQuota(cpuMax ?? cfs);
  const simd = info === undefined ? undefined : parseSimd(info);
  const limitBytes = process.constrainedMemory();
  const { bavail, bsize } = await statfs(workingFolder);
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(meminfo ?? '')?.[1];
  const availableBytes = available === undefined ? freemem() : Number(available) * 1024;
  const isLimited = limitBytes > 0 && limitBytes < totalmem();
  return {
    node: process.versions.node,
    platform: `${platform()} ${arch()}`,
    processor: cpus()[0]?.model.trim() || 'unknown',
    processors: cpus().length,
    processorQuota,
    load: loadavg()[0]!,
    simd,
    hasWasmSimd: WebAssembly.validate(simdModule),
    memory: {
      totalBytes: totalmem(),
      availableBytes: isLimited ? Math.min(availableBytes, limitBytes) : availableBytes,
      limitBytes: isLimited ? limitBytes : undefined,
    },
    disk: { path: workingFolder, freeBytes: bavail * bsize },
  };
}

/** The quota of the first version of cgroups in the words of the second. */
async function readCfs(read: ReadSystemFile): Promise<string | undefined> {
  const folder = '/sys/fs/cgroup/cpu';
  const quota = await read(`${folder}/cpu.cfs_quota_us`);
  const period = await read(`${folder}/cpu.cfs_period_us`);
  return quota && period && `${quota.trim()} ${period.trim()}`;
}

/** Processors of `150000 100000`: microseconds in each period. `max` and -1 are no quota. */
export function parseQuota(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').trim().split(/\s+/).map(Number);
  return quota! > 0 && period! > 0 ? quota! / period! : undefined;
}

const known = ['asimd', 'sse4_2', 'avx', 'avx2', 'fma', 'avx512f', 'amx_tile'];

/** Of /proc/cpuinfo, the instructions that count here, in the order of {@link known}. */
export function parseSimd(cpuinfo: string): readonly string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  const flags = new Set(line.trim().split(/\s+/));
  return known.filter((flag) => flags.has(flag));
}

/** A function () -> v128. */
const simdModule = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x0a, 0x01, 0x08, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0xfd, 0x62, 0x0b],
);
