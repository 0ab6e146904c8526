import { describe, expect, it } from 'vitest';
import type { Accelerator, ProviderRequest } from '../runtime/execution-provider.js';
import { chooseProvider, type ProviderTrial } from './choose-provider.js';

const broken: ProviderTrial = {
  works: false,
  hasDevice: false,
  reason: 'no library',
  remedy: 'Install it',
};
const fast: ProviderTrial = { works: true, adapter: 'Radeon', isSoftware: false, speedup: 9 };
const software: ProviderTrial = { works: true, adapter: 'SwiftShader', isSoftware: true };

function choose(request: ProviderRequest, trials: Partial<Record<Accelerator, ProviderTrial>>) {
  const tried: string[] = [];
  const chosen = chooseProvider(request, async (provider, { measureSpeed }) => {
    tried.push(measureSpeed ? `${provider}, timed` : provider);
    return trials[provider] ?? broken;
  });
  return { chosen, tried };
}

describe('chooseProvider', () => {
  it.each<[ProviderRequest, Partial<Record<Accelerator, ProviderTrial>>, string, string]>([
    ['cpu', { cuda: fast }, 'cpu', 'asked for'],
    ['webgpu', { webgpu: fast }, 'webgpu', 'asked for (Radeon)'],
    [
      'webgpu',
      { webgpu: software },
      'webgpu',
      'asked for (SwiftShader, software on the processor: slow)',
    ],
    [
      'auto',
      { cuda: fast, webgpu: fast },
      'cuda',
      'auto: cuda works, and computes faster than the processor (Radeon)',
    ],
    [
      'auto',
      { webgpu: fast },
      'webgpu',
      'auto: cuda does not work here (no library); webgpu works, and computes faster than the processor (Radeon)',
    ],
    [
      'auto',
      { webgpu: software },
      'cpu',
      'auto: cuda does not work here (no library); webgpu has only a software adapter (SwiftShader)',
    ],
    [
      'auto',
      { cuda: { ...fast, speedup: 0.9 } },
      'cpu',
      'auto: cuda is not faster than the processor (Radeon); webgpu does not work here (no library)',
    ],
  ])('resolves %s with %o to %s', async (request, trials, executionProvider, providerReason) => {
    await expect(choose(request, trials).chosen).resolves.toEqual({
      executionProvider,
      providerReason,
    });
  });

  it('tries nothing that it was not asked for, and times only what it compares', async () => {
    const outcomes = (['cpu', 'webgpu', 'auto'] as const).map((request) =>
      choose(request, { webgpu: software }),
    );
    await Promise.all(outcomes.map(({ chosen }) => chosen));
    expect(outcomes.map(({ tried }) => tried)).toEqual([
      [],
      ['webgpu'],
      ['cuda, timed', 'webgpu, timed'],
    ]);
  });

  it('refuses a provider that does not work, with what to do', async () => {
    await expect(choose('cuda', {}).chosen).rejects.toMatchObject({
      kind: 'precondition',
      message:
        'the execution provider cuda does not work here: no library. Install it, or ask for cpu or auto.',
    });
  });
});
