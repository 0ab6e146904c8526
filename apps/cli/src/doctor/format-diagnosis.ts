import { type BackEndTrial, describeBackEnd } from '@holdfast/term-modules';
import { formatTable } from '../terminal/format-table.js';
import type { Colors } from '../terminal/terminal.js';
import { type Advice, countThreads, formatGib } from './advise.js';
import type { Diagnosis, ProviderState } from './diagnosis.js';

/** A diagnosis for a person. */
export function formatDiagnosis(
  diagnosis: Diagnosis,
  { broken, changes }: Advice,
  colors: Colors,
): string {
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [colors.bold(title), ...lines, ''];
  return [
    ...section('Machine', formatRows(listFacts(diagnosis))),
    ...section('Providers of onnxruntime', formatRows(diagnosis.providers.map(describeProvider))),
    ...section(
      'Back ends of TensorFlow.js, for objectives and constraints of your own',
      formatRows(diagnosis.tfjs.map(describeTrial)),
    ),
    ...section('Measured', formatMeasurements(diagnosis)),
    ...section(colors.red('Broken'), formatList(broken)),
    ...section('What to change to be faster', formatList(changes)),
    ...(broken.length + changes.length === 0 ? ['Nothing to change was found.', ''] : []),
  ]
    .slice(0, -1)
    .concat('')
    .join('\n');
}

function formatRows(rows: readonly (readonly string[])[]): string[] {
  return formatTable([{ title: '' }, { title: '' }], rows)
    .slice(1)
    .map((line) => `  ${line}`);
}

const formatList = (lines: readonly string[]) => lines.map((line) => `  - ${line}`);

function listFacts({ machine, onnxruntime, defaultThreads }: Diagnosis): string[][] {
  const { memory, disk, simd, processorQuota } = machine;
  const quota =
    processorQuota === undefined ? '' : `, of which a container may use ${processorQuota}`;
  const taken =
    defaultThreads === undefined
      ? ''
      : `; the engine takes ${countThreads(defaultThreads)} by default`;
  const limit =
    memory.limitBytes === undefined
      ? ''
      : `, a container's limit of ${formatGib(memory.limitBytes)}`;
  return [
    ['Node', machine.node],
    ['platform', machine.platform],
    ['processor', machine.processor],
    ['processors', `${machine.processors}${quota}${taken}; load ${machine.load.toFixed(1)}`],
    [
      'SIMD',
      `${simd?.join(' ') ?? 'not told by this system'}; WebAssembly: ${machine.hasWasmSimd ? 'yes' : 'no'}`,
    ],
    [
      'memory',
      `${formatGib(memory.totalBytes)}, ${formatGib(memory.availableBytes)} available${limit}`,
    ],
    ['disk', `${formatGib(disk.freeBytes)} free in ${disk.path}`],
    ['onnxruntime', onnxruntime ?? 'does not load'],
  ];
}

const states = { works: 'works', software: 'software only', broken: 'broken', absent: 'not here' };

/** The last one is taken; those before say why not. */
function describeTrial(trial: BackEndTrial): string[] {
  if (trial.works) return [trial.name, `taken: ${describeBackEnd(trial.backEnd)}`];
  const remedy = trial.name === 'tfjs-node-gpu' ? ' (npm run install-tfjs)' : '';
  return [trial.name, `not taken: ${trial.reason}${remedy}`];
}

function describeProvider({ provider, state, detail, speedup }: ProviderState): string[] {
  const rate = speedup === undefined ? '' : `, ${speedup.toFixed(1)} times the processor`;
  return [provider, `${states[state]}: ${detail}${rate}`];
}

function formatMeasurements({ measurements }: Diagnosis): string[] {
  if (measurements === undefined) return [];
  const { products, training } = measurements;
  return formatRows([
    ...products.map((rate) => [
      `matrix products, ${countThreads(rate.threads)}`,
      `${rate.gflops.toFixed(0)} GFLOP/s at the sizes of ViT-B/16`,
    ]),
    [
      `training step, ${countThreads(training.threads)}`,
      `${training.imagesPerSecond.toFixed(1)} images/s (${training.model}): ${training.gflops.toFixed(0)} GFLOP/s, ` +
        `${(training.shareOfProducts * 100).toFixed(0)} % of the products' rate`,
    ],
  ]);
}
