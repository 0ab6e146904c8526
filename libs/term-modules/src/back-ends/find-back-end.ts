import { isFault } from '@holdfast/fault';
import { awaitAnswer } from '../await-answer.js';
import { limits } from '../limits.js';
import { startIsolate } from '../start-isolate.js';
import { type BackEnd, type BackEndName, type BackEndTrial, backEndNames } from './back-end.js';

/** The back end that is taken. */
export interface FoundBackEnd {
  readonly backEnd: BackEnd;
  /** Those that were tried, the last one with success. */
  readonly trials: readonly BackEndTrial[];
}

/** Loads a back end apart, in a thread or a process of its own, lets it compute, and ends that. */
export async function tryBackEnd(name: BackEndName): Promise<BackEndTrial> {
  const worker = startIsolate('thread/trial-thread.js', { backEnd: name });
  const timeLimitMs = limits.backEndMsMax;
  try {
    return await awaitAnswer<BackEndTrial>(worker, { name, activity: 'loading', timeLimitMs });
  } catch (error) {
    if (!isFault(error)) throw error;
    return { name, works: false, reason: error.message };
  } finally {
    await worker.terminate();
  }
}

/**
 * The best back end that loads and computes what is right: tfjs-node-gpu, tfjs-node, wasm, cpu.
 *
 * @throws Error if none does, which JavaScript alone never refuses.
 */
export async function findBackEnd(
  tryOne: (name: BackEndName) => Promise<BackEndTrial> = tryBackEnd,
): Promise<FoundBackEnd> {
  const trials: BackEndTrial[] = [];
  for (const name of backEndNames) {
    const trial = await tryOne(name);
    trials.push(trial);
    if (trial.works) return { backEnd: trial.backEnd, trials };
  }
  throw new Error(`no back end of TensorFlow.js computes: ${JSON.stringify(trials)}`);
}
