import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Whether tests that need certificates run: with openssl, or where tools are required, so that a
 * machine that must run them all fails without it.
 */
export const canWriteCertificates =
  spawnSync('openssl', ['version']).status === 0 || 'HOLDFAST_REQUIRE_TOOLS' in process.env;

/** An authority, and a certificate for localhost that it signed; PEM, made by openssl. */
export function writeTestCertificates(): Record<
  'authority' | 'certificate' | 'privateKey',
  Buffer
> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-'));
  const run = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  try {
    run(
      'req',
      '-x509',
      ...key,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=test',
      '-days',
      '2',
    );
    run('req', ...key, '-keyout', 'key.pem', '-out', 'csr.pem', '-subj', '/CN=localhost');
    writeFileSync(join(folder, 'san'), 'subjectAltName=DNS:localhost\n');
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'san'];
    run('x509', '-req', '-in', 'csr.pem', '-out', 'cert.pem', '-days', '2', ...by);
    return {
      authority: readFileSync(join(folder, 'ca.pem')),
      certificate: readFileSync(join(folder, 'cert.pem')),
      privateKey: readFileSync(join(folder, 'key.pem')),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
