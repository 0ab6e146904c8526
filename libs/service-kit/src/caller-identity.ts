import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import type { CallContext } from 'nice-grpc';
import { parseAllowedIdentities } from './allowed-identities.js';
import { listIdentities } from './require-identity.js';

/** Metadata that say a client's name to handlers, which see no certificate. What a client sends under it is dropped. */
const nameKey = 'holdfast-certified-name-bin';

/**
 * Tells handlers by which name of its certificate a client calls: the first that is allowed, or the first where all are.
 *
 * @param entries as of `createIdentityInterceptor`; absent: every name is allowed
 */
export function createIdentityTeller(entries?: readonly string[]): ServerInterceptor {
  const allowed = entries && parseAllowedIdentities(entries);
  return (_, call) => {
    const names = listIdentities(call.getAuthContext().sslPeerCertificate);
    const name = names.find((each) => allowed?.has(each) ?? true);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, proceed) => {
            metadata.remove(nameKey);
            if (name !== undefined) metadata.set(nameKey, Buffer.from(name));
            proceed(metadata);
          },
        }),
    });
  };
}

/** The name in the certificate of whoever calls, which an authority has signed; undefined where there is none. */
export function findCertifiedName({ metadata }: Pick<CallContext, 'metadata'>): string | undefined {
  const name = metadata.get(nameKey);
  return name && Buffer.from(name).toString('utf8');
}
