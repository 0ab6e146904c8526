import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { experimental } from '@grpc/grpc-js';

/** Certificates of one side of a connection, PEM. */
export interface Certificates {
  /** Authority that signed those of the other side. */
  readonly authority?: Buffer | undefined;
  readonly certificate?: Buffer | undefined;
  readonly privateKey?: Buffer | undefined;
}

/** How often a provider asks for changes. */
const pollMs = 1000;

/**
 * Gives grpc-js the certificates of now: new connections use them, those that stand keep theirs. grpc-js's own provider
 * has none at all while files do not fit one another; `read` goes on with the last ones.
 */
export function createCertificateProvider(
  read: () => Certificates,
): experimental.CertificateProvider {
  const listeners = new Map<unknown, () => void>();
  let timer: NodeJS.Timeout | undefined;
  let last = read();

  function poll(): void {
    const now = read();
    if (now === last) return;
    last = now;
    for (const listener of listeners.values()) listener();
  }

  function add(key: unknown, listener: () => void): void {
    listeners.set(key, listener);
    timer ??= setInterval(poll, pollMs).unref();
    // Later: grpc-js listens first, and then makes what listens to it.
    process.nextTick(() => listeners.get(key)?.());
  }

  function remove(key: unknown): void {
    listeners.delete(key);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    addCaCertificateListener: (listener) =>
      // Without an authority of its own Node takes the system's, for which grpc-js has no word.
      add(listener, () => listener({ caCertificate: last.authority as Buffer })),
    removeCaCertificateListener: remove,
    addIdentityCertificateListener: (listener) =>
      add(listener, () => {
        const { certificate, privateKey } = last;
        listener(certificate && privateKey ? { certificate, privateKey } : null);
      }),
    removeIdentityCertificateListener: remove,
  };
}

/**
 * Checks that certificates can be used and that key and certificate are a pair.
 *
 * @throws Error as OpenSSL says it, or that says what is wrong with the authority
 */
export function checkCertificates({ authority, certificate, privateKey }: Certificates): void {
  createSecureContext({ ca: authority, cert: certificate, key: privateKey });
  if (authority !== undefined) checkAuthority(authority);
}

const certificateStart = /(?=-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----)/;

/** OpenSSL takes a file without any certificate as an authority, and of one that is torn what stands before. */
function checkAuthority(authority: Buffer): void {
  const blocks = authority.toString('latin1').split(certificateStart);
  if (!certificateStart.test(blocks[0]!)) blocks.shift();
  if (blocks.length === 0) throw new Error('the authority has no certificate (PEM)');
  for (const [i, block] of blocks.entries()) {
    try {
      new X509Certificate(block);
    } catch (cause) {
      const which = `certificate ${i + 1} of ${blocks.length}`;
      const message = `${which} of the authority is damaged: ${(cause as Error).message}`;
      throw new Error(message, { cause });
    }
  }
}
