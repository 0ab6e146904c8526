import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether an S3 server is installed here; where `HOLDFAST_REQUIRE_TOOLS` is set, tests fail without instead of skipping. */
export const hasS3Server =
  spawnSync('versitygw', ['--version']).status === 0 || 'HOLDFAST_REQUIRE_TOOLS' in process.env;

/** A real S3 server of its own process over a folder. */
export interface S3Server {
  readonly port: number;
  /** Where the server keeps what buckets hold: `bucket/key`. */
  readonly folder: string;
  /** What a client needs in its environment, a cache of its own for the name. */
  environment(cache?: string): Record<string, string>;
  /** Makes a bucket. */
  addBucket(name: string): Promise<void>;
  close(): Promise<void>;
}

async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts versitygw (Apache-2.0) over a fresh folder. */
export async function startS3Server(): Promise<S3Server> {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-s3-'));
  const [folder, sidecar] = [join(home, 'buckets'), join(home, 'sidecar')];
  for (const path of [folder, sidecar]) await mkdir(path);
  const port = await findPort();
  const [access, secret] = ['holdfast', 'holdfast-secret'];
  const argv = ['--access', access, '--secret', secret, '--port', `127.0.0.1:${port}`, '--quiet'];
  const child = spawn('versitygw', [...argv, 'posix', '--sidecar', sidecar, folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  const endpoint = `http://127.0.0.1:${port}`;
  for (let answered = false; !answered; ) {
    if (child.exitCode !== null) throw new Error(`versitygw ended: ${said}`);
    answered = await fetch(endpoint).then(
      () => true,
      () => sleep(50).then(() => false),
    );
  }
  return {
    port,
    folder,
    environment: (cache = 'cache') => ({
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: access,
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_REGION: 'us-east-1',
      HOLDFAST_S3_CACHE: join(home, cache),
    }),
    addBucket: (name) => mkdir(join(folder, name)).then(() => {}),
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      await rm(home, { recursive: true, force: true });
    },
  };
}
