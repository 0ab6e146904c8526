import type {
  Accelerator,
  MeasureOptions,
  ProviderTrial,
  TrainingRate,
  TryProvider,
} from '@holdfast/engine/measure';
import type { BackEndTrial } from '@holdfast/term-modules';
import { countThreads } from './advise.js';
import type { Diagnosis, Measurements, ProviderState } from './diagnosis.js';
import type { Machine } from './machine.js';

/** What doctor needs of the engine; its native library may not load. */
export interface EngineTools {
  readonly runtimeVersion: string;
  readonly defaultThreads: number;
  readonly tryProvider: TryProvider;
  measureProducts(options: MeasureOptions): Promise<number>;
  measureTraining(options: MeasureOptions): Promise<TrainingRate>;
}

/** Where everything comes from, so that tests can stand in for a machine. */
export interface Sources {
  readMachine(): Promise<Machine>;
  /** Tries the back ends of TensorFlow.js until one works. */
  findTfjs(): Promise<readonly BackEndTrial[]>;
  loadEngine(): Promise<EngineTools>;
}

export interface DiagnoseOptions {
  readonly measure: boolean;
  /** Called before each part. */
  readonly onProgress: (activity: string) => void;
}

/** Seconds of each measurement: with loading, about 10 in all. */
const seconds = { products: 1.5, training: 3.5 };

/** Finds out what this machine can do. */
export async function diagnose(sources: Sources, options: DiagnoseOptions): Promise<Diagnosis> {
  const { measure, onProgress } = options;
  const machine = await sources.readMachine();
  onProgress('trying the back ends of TensorFlow.js');
  const common = { machine, tfjs: await sources.findTfjs() };
  onProgress('loading the engine');
  let tools: EngineTools;
  try {
    tools = await sources.loadEngine();
  } catch (error) {
    const detail = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    const cpu: ProviderState = { provider: 'cpu', state: 'broken', detail };
    return { ...common, onnxruntime: null, providers: [cpu] };
  }
  const { runtimeVersion: onnxruntime, defaultThreads, tryProvider } = tools;
  const providers: ProviderState[] = [
    { provider: 'cpu', state: 'works', detail: machine.processor },
  ];
  for (const provider of ['webgpu', 'cuda'] as const) {
    onProgress(`trying ${provider}`);
    providers.push(describeTrial(provider, await tryProvider(provider, { measureSpeed: measure })));
  }
  const found = { ...common, onnxruntime, defaultThreads, providers };
  if (!measure) return found;
  return { ...found, measurements: await takeMeasurements(tools, machine, onProgress) };
}

function describeTrial(provider: Accelerator, trial: ProviderTrial): ProviderState {
  if (!trial.works) {
    const state = trial.hasDevice ? 'broken' : 'absent';
    return { provider, state, detail: `${trial.reason}. ${trial.remedy}` };
  }
  const { adapter: detail, isSoftware, speedup } = trial;
  const state = isSoftware ? 'software' : 'works';
  return { provider, state, detail, speedup };
}

async function takeMeasurements(
  { defaultThreads, measureProducts, measureTraining }: EngineTools,
  { processors }: Machine,
  onProgress: (activity: string) => void,
): Promise<Measurements> {
  const products = [];
  for (const threads of new Set([1, defaultThreads, processors])) {
    onProgress(`measuring matrix products with ${countThreads(threads)}`);
    const rate = await measureProducts({ threads, seconds: seconds.products });
    products.push({ threads, gflops: rate / 1e9 });
  }
  onProgress('measuring a training step');
  const threads = defaultThreads;
  const training = await measureTraining({ threads, seconds: seconds.training });
  const gflops = training.operationsPerSecond / 1e9;
  const comparable = products.find((rate) => rate.threads === threads)!;
  const { model, imagesPerSecond } = training;
  const shareOfProducts = gflops / comparable.gflops;
  return { products, training: { model, threads, imagesPerSecond, gflops, shareOfProducts } };
}
