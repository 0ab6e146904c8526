import {
  type OpenEncoderOptions,
  type OpenEncoderRequest,
  openEncoder,
} from '@holdfast/evaluation';
import type { Member } from './open-replicas.js';
import type { Replica } from './replica.js';

/** Opens a run in an encoder as if for the first time: what it may hold of the run is that of another time. */
export async function openReplica(
  { encoder, tensors }: Replica,
  request: OpenEncoderRequest,
  options: OpenEncoderOptions,
): Promise<Pick<Member, 'opened' | 'layout'>> {
  const { runId, leaseTerm } = request;
  const { signal } = options;
  await encoder.unloadModel({ runId, leaseTerm }, { signal });
  const opened = await openEncoder(encoder, request, options);
  return { opened, layout: await tensors.describe({ runId }, { signal }) };
}
