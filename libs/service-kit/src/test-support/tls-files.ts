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

/** An authority that signs certificates, PEM, by openssl. */
export interface TestAuthority {
  readonly authority: Buffer;
  /**
   * A certificate and its key.
   *
   * @param names its subject alternative names, as openssl writes them
   * @param days for which it is valid; -1: it has expired
   */
  issue(names?: string, days?: number): Record<'certificate' | 'privateKey', Buffer>;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Makes an authority. */
export function createTestAuthority(): TestAuthority {
  const key = inFolder({}, (run, read) => {
    run(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      'key',
      '-out',
      'pem',
      '-subj',
      '/CN=test',
      '-days',
      '2',
    );
    return { 'ca.key': read('key'), 'ca.pem': read('pem') };
  });
  return {
    authority: key['ca.pem'],
    issue: (names = 'DNS:localhost', days = 2) =>
      inFolder({ ...key, san: `subjectAltName=${names}\n` }, (run, read) => {
        run('req', ...newKey, '-keyout', 'key', '-out', 'csr', '-subj', '/CN=one');
        const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'san'];
        run('x509', '-req', '-in', 'csr', '-out', 'pem', '-days', String(days), ...by);
        return { certificate: read('pem'), privateKey: read('key') };
      }),
  };
}

/** An authority, and a certificate for localhost that it signed. */
export function writeTestCertificates(): Record<
  'authority' | 'certificate' | 'privateKey',
  Buffer
> {
  const { authority, issue } = createTestAuthority();
  return { authority, ...issue() };
}

/** Runs openssl in a folder that has some files and is gone afterwards. */
function inFolder<Result>(
  files: Readonly<Record<string, string | Buffer>>,
  work: (run: (...args: string[]) => void, read: (name: string) => Buffer) => Result,
): Result {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const run = (...args: string[]) =>
      void execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    return work(run, (name) => readFileSync(join(folder, name)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
