import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { locateBuilt } from '../locate-built.js';
import type { Accelerator } from '../runtime/execution-provider.js';
import type { ProviderTrial, TryProvider } from './choose-provider.js';
import { hasDevice } from './describe-adapter.js';
import type { TrialOutcome, TrialRequest } from './measure-trial.js';

const trialTimeoutMs = 60_000;

const remedies: Record<Accelerator, string> = {
  webgpu:
    process.platform === 'linux'
      ? "Install a Vulkan driver for the GPU, its loader, and the libraries through which NVIDIA's is found (Debian: libvulkan1, libegl1, libgl1, and the vendor's driver or mesa-vulkan-drivers)"
      : "Update the GPU's driver",
  cuda: 'It needs an NVIDIA driver, CUDA and cuDNN where the loader finds them (LD_LIBRARY_PATH): install them',
};

const inexactRemedies: Record<Accelerator, string> = {
  webgpu: "Update the GPU's driver",
  cuda: 'Unset NVIDIA_TF32_OVERRIDE where it is set to 1, or update the driver',
};

/** What would help a provider that failed to be tried. */
export function findRemedy(provider: Accelerator, isInexact = false): string {
  return (isInexact ? inexactRemedies : remedies)[provider];
}

/** How providers are tried. */
export interface TryOptions {
  /** Of the processor, where it is compared. */
  readonly threads: number;
  /** Variables of the process that tries; default: this process's. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** Makes a try of providers, each in a process of its own: a driver may crash. */
export function createTryProvider({ threads, env = process.env }: TryOptions): TryProvider {
  return async (provider, { measureSpeed }) => {
    if (provider === 'cuda') {
      const missing = findMissingCuda();
      if (missing !== undefined) return missing;
    }
    const outcome = await runTrial({ provider, threads, measureSpeed }, env);
    if ('error' in outcome) {
      const remedy = findRemedy(provider, outcome.isInexact);
      const reason = shortenError(outcome.error);
      return { works: false, hasDevice: hasDevice(provider), reason, remedy };
    }
    const { adapter, speedup } = outcome;
    const { name, isSoftware } = adapter;
    return { works: true, adapter: name, isSoftware, ...(speedup && { speedup }) };
  };
}

/** Where onnxruntime-node looks for the libraries of its providers. */
export function findProviderFolder(): string {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  return join(dirname(main), 'bin', 'napi-v6', process.platform, process.arch);
}

function findMissingCuda(): ProviderTrial | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const reason = 'onnxruntime-node has it for Linux on x64 only';
    return { works: false, hasDevice: false, reason, remedy: 'Use another machine' };
  }
  if (existsSync(join(findProviderFolder(), 'libonnxruntime_providers_cuda.so'))) return undefined;
  const reason = 'it is not installed';
  return {
    works: false,
    hasDevice: hasDevice('cuda'),
    reason,
    remedy: 'Install it with: npm run install-cuda',
  };
}

async function runTrial(request: TrialRequest, env: NodeJS.ProcessEnv): Promise<TrialOutcome> {
  const child = fork(locateBuilt('provider/trial-process.js'), {
    env,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: trialTimeoutMs,
  });
  const complaints = text(child.stderr!);
  const outcome = await new Promise<TrialOutcome>((resolve) => {
    child.once('message', (message) => resolve(message as TrialOutcome));
    child.once('error', ({ message }) => resolve({ error: message }));
    child.once('exit', (code, signal) =>
      resolve({ error: `the process that tried it ended with ${signal ?? `code ${code}`}` }),
    );
    child.send(request);
  });
  // Which library is missing is said there alone.
  const detail = /with error: (.*)/.exec(await complaints)?.[1];
  if (!('error' in outcome) || detail === undefined) return outcome;
  return { error: detail };
}

/** The last part of a native error, without source positions and the condition in C++. */
function shortenError(message: string): string {
  const line = message.trim().split('\n')[0]!;
  const said = /was false\. (.*)$/.exec(line)?.[1] ?? line.replace(/^\/\S+ /, '');
  return said.trim().replace(/\.$/, '');
}
