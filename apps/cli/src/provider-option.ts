import type { EngineDescription, ProviderRequest } from '@holdfast/engine';
import { Option } from 'commander';
import type { Terminal } from './terminal/terminal.js';

const requests = ['auto', 'cpu', 'webgpu', 'cuda'] as const satisfies readonly ProviderRequest[];

/** The option that says what runs the graphs. */
export function createProviderOption(): Option {
  const description = 'what computes; auto takes the best that works, and says why (default: cpu)';
  return new Option('--execution-provider <name>', description).choices(requests);
}

/** Says what was chosen, and why, to whoever asked for something. */
export function noteProvider(
  { executionProvider, providerReason }: EngineDescription,
  request: ProviderRequest | undefined,
  { progress }: Pick<Terminal, 'progress'>,
): void {
  if (request === undefined) return;
  progress.write(`Computes on ${executionProvider}: ${providerReason}\n`);
}
