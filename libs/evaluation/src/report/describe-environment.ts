import { arch, cpus, platform } from 'node:os';
import type { EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { providerReason } from '@holdfast/run-store';

/** What a run ran on: everything that bits or speed depend on, by name. */
export async function describeEnvironment(
  encoder: Pick<EncoderServiceClient, 'getInfo'>,
): Promise<Readonly<Record<string, string>>> {
  const info = await encoder.getInfo({});
  return {
    node: process.versions.node,
    onnxruntime: info.runtimeVersion,
    'execution provider': info.executionProvider,
    [providerReason]: info.providerReason,
    threads: String(info.threads),
    platform: `${platform()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
  };
}
