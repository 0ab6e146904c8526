import { Fault } from '@holdfast/fault';
import type { TensorServiceClient } from '@holdfast/proto/holdfast/tensor/v1/tensor';

/** The other services of this kind. */
export interface TensorPeers {
  /** `host:port` at which they reach this one; empty if nobody can. */
  address(): string;
  /** @throws Fault `invalid` for an address that is none of a peer. */
  connect(address: string): Pick<TensorServiceClient, 'read' | 'share'>;
  /** Folder in memory through which services of this machine hand arrays over; absent: by the network only. */
  readonly sharedFolder?: string | undefined;
}

/** Who has no peers. */
export const alone: TensorPeers = {
  address: () => '',
  connect(address) {
    throw new Fault('invalid', `${address} is not a peer: this service has none`);
  },
};
