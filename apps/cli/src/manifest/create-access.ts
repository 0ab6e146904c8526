import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '@holdfast/fault';

/** What the pods of a run know one another by, PEM. */
export interface Access {
  readonly certificate: string;
  readonly privateKey: string;
  /** Bearer token of every call. */
  readonly token: string;
}

/** Longer than a run and its wait in a queue. */
const days = 365;

/**
 * Draws a token, and has openssl make a certificate that signs itself.
 *
 * @param hosts names that it is for
 * @throws Fault `precondition` without openssl.
 */
export function createAccess(hosts: readonly string[]): Access {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-access-'));
  const [key, certificate] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
  try {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
        ...['-days', String(days), '-subj', '/CN=holdfast', '-keyout', key, '-out', certificate],
        ...['-addext', `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}`],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
    );
    return {
      certificate: readFileSync(certificate, 'utf8'),
      privateKey: readFileSync(key, 'utf8'),
      token: randomBytes(32).toString('base64url'),
    };
  } catch (cause) {
    const { code, stderr } = cause as NodeJS.ErrnoException & { readonly stderr?: string };
    const reason = code === 'ENOENT' ? 'openssl is not installed' : (stderr ?? '').trim();
    throw new Fault(
      'precondition',
      `the certificate of the pods cannot be made: ${reason}; name a Secret that has one with --secret`,
      { cause },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
