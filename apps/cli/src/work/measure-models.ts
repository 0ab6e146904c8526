import type { ProviderRequest } from '@holdfast/engine';
import {
  type MeasuredPair,
  type MeasureOptions,
  type ModelPair,
  measurePair,
  openPair,
} from '@holdfast/evaluation';
import type { HostedServices } from '@holdfast/host';
import type { Terminal } from '../terminal/terminal.js';
import { withProgress, withServices } from './with-work.js';

/** Two models that a command names, and what computes. */
export interface NamedPair extends ModelPair {
  readonly executionProvider?: ProviderRequest | undefined;
}

/** Measures two models with the services of this process, and lets `judge` use them. */
export function measureModels<T>(
  terminal: Terminal,
  { executionProvider, ...pair }: NamedPair,
  judge: (services: HostedServices, measured: MeasuredPair, options: MeasureOptions) => Promise<T>,
): Promise<T> {
  return withProgress(terminal, async (options) => {
    const opened = await openPair(pair, terminal.cwd);
    const limits = { threads: pair.file.plan.engine.threads, executionProvider };
    return withServices(terminal, limits, (services) =>
      measurePair(services.encoder, opened, options, (measured) =>
        judge(services, measured, options),
      ),
    );
  });
}
