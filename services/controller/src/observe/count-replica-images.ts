import type { EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { createCounter, type ServiceContext } from '@holdfast/service-kit';

/** Replicas with a count of their own; addresses of pods come and go. */
const replicasMax = 256;

/** Gives encoders a count of the images that each one embedded, by its name: `holdfast_replica_images_total`. */
export function createReplicaCounter(
  registry: ServiceContext['registry'],
): (encoder: EncoderServiceClient, replica: string) => EncoderServiceClient {
  const counter = createCounter(registry, {
    name: 'holdfast_replica_images_total',
    help: 'Images that an encoder embedded for this controller.',
    labels: ['replica'],
  });
  const known = new Set<string>();
  return (encoder, name) => {
    const replica = known.has(name) || known.size < replicasMax ? name : 'other';
    known.add(replica);
    counter.inc({ replica }, 0);
    return {
      ...encoder,
      async encode(request, options) {
        const response = await encoder.encode(request, options);
        counter.inc({ replica }, request.images?.samples?.length ?? 0);
        return response;
      },
    };
  };
}
