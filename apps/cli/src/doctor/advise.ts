import type { Diagnosis, ProductRate } from './diagnosis.js';

/** What doctor concludes. */
export interface Advice {
  /** What does not work and must. */
  readonly broken: readonly string[];
  /** What would make runs faster, or possible. */
  readonly changes: readonly string[];
}

const gib = 2 ** 30;

/**
 * Memory for a ViT-B/16 of 150 million parameters, all trained: seven arrays of 0.6 GB, and
 * activations. A run of 127 million took 5.5 GB.
 */
const vitB16Bytes = 6 * gib;

/**
 * Concludes from what was found; every line says what was found and what to do. As long as the engine
 * does not load, nothing makes it faster.
 */
export function advise(diagnosis: Diagnosis): Advice {
  const broken = findBroken(diagnosis);
  if (diagnosis.onnxruntime === null) return { broken, changes: [] };
  return {
    broken,
    changes: [
      ...adviseOnProcessors(diagnosis),
      ...adviseOnInstructions(diagnosis),
      ...adviseOnProviders(diagnosis),
      ...adviseOnRoom(diagnosis),
      ...adviseOnEngine(diagnosis),
    ],
  };
}

function findBroken({ machine, onnxruntime }: Diagnosis): string[] {
  const broken: string[] = [];
  const [major, minor] = machine.node.split('.').map(Number) as [number, number];
  if (major < 20 || (major === 20 && minor < 19)) {
    broken.push(`Node ${machine.node} is too old: Holdfast needs 20.19 or newer.`);
  }
  if (onnxruntime === null) {
    broken.push(
      'onnxruntime-node does not load: run npm run setup, on a platform that it supports.',
    );
  }
  if (!machine.hasWasmSimd) {
    broken.push(
      'WebAssembly has no SIMD here, which the optimizer needs: use another build of Node.',
    );
  }
  return broken;
}

/** Processors that may be used: a quota of 1.5 is good for two threads at most. */
function countUsable({ machine }: Diagnosis): number {
  const { processors, processorQuota } = machine;
  return Math.min(processors, Math.ceil(processorQuota ?? processors));
}

function adviseOnProcessors(diagnosis: Diagnosis): string[] {
  const { machine, defaultThreads = 1 } = diagnosis;
  const { processors, processorQuota, load } = machine;
  const usable = countUsable(diagnosis);
  const changes: string[] = [];
  if (usable < defaultThreads) {
    changes.push(
      `The container may use ${processorQuota} of ${processors} processors, but the engine takes ${countThreads(defaultThreads)} by default: ` +
        `run with --threads ${usable}, or raise the quota.`,
    );
  }
  if (load > processors) {
    changes.push(
      `${load.toFixed(1)} processes want to run on ${processors} processors: stop what else runs, and measure again.`,
    );
  }
  const gain = compareThreads(diagnosis.measurements?.products ?? [], usable, defaultThreads);
  if (usable > defaultThreads && (gain ?? 2) > 1.15) {
    const measured =
      gain === undefined ? '' : ` (matrix products ran ${gain.toFixed(1)} times as fast)`;
    changes.push(
      `The engine takes ${countThreads(defaultThreads)} by default: try --threads ${usable}${measured}. ` +
        'A run must be resumed with the threads that it began with to end with the same bits.',
    );
  }
  return changes;
}

/** Rate with `more` threads over that with `fewer`, if both were measured. */
function compareThreads(
  rates: readonly ProductRate[],
  more: number,
  fewer: number,
): number | undefined {
  const rateOf = (threads: number) => rates.find((rate) => rate.threads === threads)?.gflops;
  const [high, low] = [rateOf(more), rateOf(fewer)];
  return high === undefined || low === undefined ? undefined : high / low;
}

function adviseOnInstructions({ machine: { simd, platform } }: Diagnosis): string[] {
  if (simd === undefined || !platform.endsWith('x64') || simd.includes('avx512f')) return [];
  if (simd.includes('avx2') && simd.includes('fma')) {
    return ['The processor has AVX2 but no AVX-512, which doubles the width of a matrix product.'];
  }
  return [
    'The processor shows no AVX2 and FMA, without which matrix products crawl: if this is a virtual machine, let it show those of its host.',
  ];
}

function adviseOnProviders({ providers }: Diagnosis): string[] {
  return providers.flatMap(({ provider, state, detail, speedup }) => {
    if (state === 'works' && provider !== 'cpu' && speedup !== undefined) {
      const rate = `runs matrix products ${speedup.toFixed(1)} times as fast as the processor`;
      return speedup > 1
        ? [`${provider} (${detail}) ${rate}: try --execution-provider ${provider}.`]
        : [`${provider} (${detail}) works but ${rate}: stay with cpu.`];
    }
    if (state === 'broken')
      return [`There is a device for ${provider}, which does not work: ${detail}.`];
    return [];
  });
}

function adviseOnRoom({ machine: { memory, disk } }: Diagnosis): string[] {
  const changes: string[] = [];
  const { availableBytes } = memory;
  if (availableBytes < vitB16Bytes) {
    changes.push(
      `${formatGib(availableBytes)} of memory are free; a ViT-B/16 trained whole takes about ${formatGib(vitB16Bytes)}: free some, or train adapters, projections or heads alone (training.scope).`,
    );
  }
  if (disk.freeBytes < 5 * gib) {
    changes.push(
      `${formatGib(disk.freeBytes)} are free where runs are written; a checkpoint takes about four times the weights: make room.`,
    );
  }
  return changes;
}

function adviseOnEngine({ measurements, machine }: Diagnosis): string[] {
  const training = measurements?.training;
  // On a busier machine the measurement says nothing, and other advice comes first.
  if (training === undefined || training.shareOfProducts > 0.6) return [];
  if (machine.load > machine.processors) return [];
  const cause =
    machine.load > machine.processors / 2
      ? 'measure again when the machine is idle'
      : 'memory may be slow, or processors shared with other virtual machines';
  return [
    `A training step reaches ${Math.round(training.shareOfProducts * 100)} % of the rate of its matrix products: ${cause}.`,
  ];
}

/** `1 thread`, `2 threads` */
export function countThreads(count: number): string {
  return `${count} ${count === 1 ? 'thread' : 'threads'}`;
}

/** `5.0 GiB` */
export function formatGib(bytes: number): string {
  return `${(bytes / gib).toFixed(1)} GiB`;
}
