import type { PeerCertificate } from 'node:tls';
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { Fault } from '@holdfast/fault';
import { mayCall, parseAllowedIdentities } from './allowed-identities.js';
import { isPublic, refuseCall } from './refuse-call.js';

/**
 * Refuses calls of clients whose certificate has none of the given names among its subject alternative names (SAN), and calls
 * that none of its names may make, before any of their messages is read. That the certificate is sound and signed by the
 * authority, TLS has checked.
 *
 * @param entries names as `controller.example` (DNS), `spiffe://cluster/controller` (URI), addresses or e-mail addresses, each
 *   perhaps with `=` and what it may call
 * @throws Fault `invalid` as {@link parseAllowedIdentities} says.
 */
export function createIdentityInterceptor(entries: readonly string[]): ServerInterceptor {
  const allowed = parseAllowedIdentities(entries);
  return ({ path }, call) => {
    if (isPublic(path)) return new ServerInterceptingCall(call);
    const identities = listIdentities(call.getAuthContext().sslPeerCertificate);
    const known = identities.filter((identity) => allowed.has(identity));
    const method = path.slice(1);
    if (known.some((identity) => mayCall(allowed.get(identity)!, method)))
      return new ServerInterceptingCall(call);
    return refuseCall(call, known.length > 0 ? forbid(known, method) : refuse(identities), path);
  };
}

function refuse(identities: readonly string[]): Fault {
  const message = `the certificate of the client names ${identities.join(', ') || 'nobody'}, and this server answers others (--allowed-identities)`;
  return new Fault('unauthenticated', message);
}

function forbid(identities: readonly string[], method: string): Fault {
  const message = `${identities.join(', ')} may not call ${method} here (--allowed-identities)`;
  return new Fault('forbidden', message);
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
