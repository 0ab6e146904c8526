import { Fault } from '@holdfast/fault';
import type {
  Accelerator,
  ChosenProvider,
  ProviderRequest,
} from '../runtime/execution-provider.js';

/** What trying a provider found. */
export type ProviderTrial =
  | {
      readonly works: true;
      /** What computes: a driver's name. */
      readonly adapter: string;
      /** Whether a program on the processor stands in for a GPU. */
      readonly isSoftware: boolean;
      /** Rate over the processor's, of a chain of matrix products; absent if not measured. */
      readonly speedup?: number;
    }
  | {
      readonly works: false;
      /** Whether the machine shows a device for it. */
      readonly hasDevice: boolean;
      /** What is wrong, without a full stop. */
      readonly reason: string;
      /** What would help, without a full stop. */
      readonly remedy: string;
    };

/** Tries a provider on this machine; measures its speed where asked to. */
export type TryProvider = (
  provider: Accelerator,
  options: { readonly measureSpeed: boolean },
) => Promise<ProviderTrial>;

/** The most capable first. */
const accelerators: readonly Accelerator[] = ['cuda', 'webgpu'];

/**
 * Resolves what was asked for to what runs.
 *
 * A provider asked for by name runs or is an error: nothing falls back in silence. `auto` takes the
 * first accelerator that works, is hardware and is faster than the processor, and says of each that
 * it passes over why.
 *
 * @throws Fault `precondition` if a provider that was asked for does not work here.
 */
export async function chooseProvider(
  request: ProviderRequest,
  tryProvider: TryProvider,
): Promise<ChosenProvider> {
  if (request === 'cpu') return { executionProvider: 'cpu', providerReason: 'asked for' };
  if (request !== 'auto') return requireProvider(request, tryProvider);
  const objections: string[] = [];
  for (const provider of accelerators) {
    const trial = await tryProvider(provider, { measureSpeed: true });
    const objection = findObjection(trial);
    if (objection === undefined && trial.works) {
      const why = `works, and computes faster than the processor (${trial.adapter})`;
      const providerReason = ['auto:', ...objections.map((text) => `${text};`), provider, why];
      return { executionProvider: provider, providerReason: providerReason.join(' ') };
    }
    objections.push(`${provider} ${objection}`);
  }
  return { executionProvider: 'cpu', providerReason: `auto: ${objections.join('; ')}` };
}

async function requireProvider(
  provider: Accelerator,
  tryProvider: TryProvider,
): Promise<ChosenProvider> {
  const trial = await tryProvider(provider, { measureSpeed: false });
  if (!trial.works) {
    throw new Fault(
      'precondition',
      `the execution provider ${provider} does not work here: ${trial.reason}. ` +
        `${trial.remedy}, or ask for cpu or auto.`,
    );
  }
  const { adapter, isSoftware } = trial;
  const behind = isSoftware ? `${adapter}, software on the processor: slow` : adapter;
  return { executionProvider: provider, providerReason: `asked for (${behind})` };
}

/** Why `auto` does not take a provider; undefined if it does. */
function findObjection(trial: ProviderTrial): string | undefined {
  if (!trial.works) return `does not work here (${trial.reason})`;
  if (trial.isSoftware) return `has only a software adapter (${trial.adapter})`;
  if ((trial.speedup ?? 0) > 1) return undefined;
  return `is not faster than the processor (${trial.adapter})`;
}
