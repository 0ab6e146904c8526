import { Fault } from '@holdfast/fault';
import {
  HealthDefinition,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '@holdfast/proto/grpc/health/v1/health';
import { createRemoteClient, type RemoteClientOptions } from './create-remote-client.js';
import type { Dependency } from './readiness.js';

/** A service elsewhere that another one calls. */
export interface ServiceDependencyOptions
  extends Omit<RemoteClientOptions, 'deadlineMs' | 'connectWaitMs' | 'attemptsMax'> {
  /** For people: `encoder`. */
  readonly role: string;
  /** Its full name, `holdfast.encoder.v1.EncoderService`. */
  readonly serviceName: string;
}

/** A probe has little time: the caller's patience with calls is not for it. */
const patience = { connectWaitMs: 1000, deadlineMs: 2000, attemptsMax: 1 };

/** Asks a service's own health whether it serves. */
export function createServiceDependency({
  role,
  serviceName,
  ...at
}: ServiceDependencyOptions): Dependency & { close(): void } {
  const { client, close } = createRemoteClient(HealthDefinition, { ...at, ...patience });
  return {
    name: `${role} at ${at.address}`,
    close,
    async check() {
      const { status } = await client.check({ service: serviceName });
      if (status === ServingStatus.SERVING) return;
      throw new Fault('unavailable', `${serviceName} does not serve there`);
    },
  };
}
