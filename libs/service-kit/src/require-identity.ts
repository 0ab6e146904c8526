import type { PeerCertificate } from 'node:tls';
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { Fault } from '@holdfast/fault';
import { isPublic, refuseCall } from './refuse-call.js';

/**
 * Refuses calls of clients whose certificate has none of the given names among its subject alternative names (SAN), before any
 * of their messages is read. That the certificate is sound and signed by the authority, TLS has checked.
 *
 * @param allowed names as `controller.example` (DNS), `spiffe://cluster/controller` (URI), addresses or e-mail addresses
 */
export function createIdentityInterceptor(allowed: readonly string[]): ServerInterceptor {
  const names = new Set(allowed);
  return ({ path }, call) => {
    if (isPublic(path)) return new ServerInterceptingCall(call);
    const identities = listIdentities(call.getAuthContext().sslPeerCertificate);
    if (identities.some((identity) => names.has(identity))) return new ServerInterceptingCall(call);
    const message = `the certificate of the client names ${identities.join(', ') || 'nobody'}, and this server answers others (--allowed-identities)`;
    return refuseCall(call, new Fault('unauthenticated', message), path);
  };
}

/** The names in a certificate's SAN: `DNS:a.example, URI:spiffe://b` as `a.example` and `spiffe://b`. */
export function listIdentities(certificate: PeerCertificate | undefined): string[] {
  // Node puts a name that could be read as several into quotes, as JSON. It is left out: it can be nobody's.
  const names = (certificate?.subjectaltname ?? '').replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
  return names
    .split(', ')
    .map((entry) => entry.replace(/^(DNS|URI|email|IP Address):/, ''))
    .filter((name) => name !== '');
}
