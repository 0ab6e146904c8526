import { hostEncoder, hostInProcess } from '@holdfast/host';
import type { Replica } from '../replicas/replica.js';
import { addController, type TestHost } from './host.js';

/** Services with several encoders, each with an engine of its own. */
export interface ReplicaHost extends TestHost {
  /** Those that the controller sees; a test may add and take away. */
  readonly listed: Replica[];
  /** All that there are. */
  readonly all: readonly Replica[];
}

/** What several encoders are made of. */
export interface HostReplicasOptions {
  /** Encoders beside the trainer's. */
  readonly count: number;
  /** The first one shares the optimizer's engine. */
  readonly trainer?: boolean;
  /** Puts a test between the controller and an encoder. */
  readonly watch?: (replica: Replica, index: number) => Partial<Replica>;
}

/** Hosts several encoders in this process; between their engines bytes move. */
export async function hostReplicas({
  count,
  trainer = false,
  watch = () => ({}),
}: HostReplicasOptions): Promise<ReplicaHost> {
  const served = new Map<string, Replica['tensors']>();
  const createPeers = (name: string) => ({
    address: () => name,
    connect: (address: string) => served.get(address)!,
  });
  const limits = { threads: 1, imageWorkers: 0 };
  const services = await hostInProcess(limits, createPeers('trainer'));
  served.set('trainer', services.optimizerTensors);
  const encoders = await Promise.all(
    Array.from({ length: count }, (_, i) => hostEncoder({ ...limits, peers: createPeers(`${i}`) })),
  );
  const hosted = [
    ...(trainer ? [{ encoder: services.encoder, tensors: services.encoderTensors }] : []),
    ...encoders,
  ];
  const all = hosted.map(({ encoder, tensors }, i) => {
    const replica = { address: `encoder-${i}:1`, encoder, tensors };
    return { ...replica, ...watch(replica, i) };
  });
  for (const [i, { tensors }] of all.slice(-count).entries()) served.set(`${i}`, tensors);
  const listed = [...all];
  const host = addController({ ...services, replicas: { list: () => [...listed] } });
  return {
    ...host,
    listed,
    all,
    async close() {
      await host.close();
      await Promise.all(encoders.map(({ close }) => close()));
    },
  };
}
