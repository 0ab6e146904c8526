import { availableParallelism } from 'node:os';
import { defaultImageWorkers } from '@holdfast/encoder';
import { countDefaultThreads, defaultActivationBudget } from '@holdfast/engine/measure';
import type { EngineLimits } from '@holdfast/host';

/** The limits of each of some engines that share this machine: what nobody said is divided among them. */
export function divideLimits(limits: EngineLimits, engines: number): EngineLimits {
  const processors = Math.max(1, Math.floor(availableParallelism() / engines));
  return {
    threads: limits.threads ?? countDefaultThreads(processors),
    imageWorkers: limits.imageWorkers ?? defaultImageWorkers(processors),
    activationBudgetBytes:
      limits.activationBudgetBytes ?? Math.floor(defaultActivationBudget() / engines),
    executionProvider: limits.executionProvider,
  };
}
