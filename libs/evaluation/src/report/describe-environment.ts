import { arch, cpus, platform } from 'node:os';
import {
  type EncoderServiceClient,
  ExecutionProvider,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { providerReason } from '@holdfast/run-store';

const { EXECUTION_PROVIDER_CPU, EXECUTION_PROVIDER_WEBGPU, EXECUTION_PROVIDER_CUDA } =
  ExecutionProvider;

const providers: ReadonlyMap<ExecutionProvider, string> = new Map([
  [EXECUTION_PROVIDER_CPU, 'cpu'],
  [EXECUTION_PROVIDER_WEBGPU, 'webgpu'],
  [EXECUTION_PROVIDER_CUDA, 'cuda'],
]);

/** What a run ran on: everything that bits or speed depend on, by name. */
export async function describeEnvironment(
  encoder: Pick<EncoderServiceClient, 'getInfo'>,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const info = await encoder.getInfo({}, signal === undefined ? {} : { signal });
  return {
    node: process.versions.node,
    onnxruntime: info.runtimeVersion,
    'execution provider': providers.get(info.executionProvider) ?? 'unknown',
    [providerReason]: info.providerReason,
    threads: String(info.threads),
    platform: `${platform()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
  };
}
