// A service in a process of its own that can be killed, stopped and started again at its address.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../..');

/**
 * Starts a service as it is built. Its log goes on in one file from process to process.
 *
 * @param name of its own; `encoder-2` is a second encoder
 */
export async function startService(name, { settings, logFolder }) {
  const program = name.replace(/-\d+$/, '');
  const log = createWriteStream(join(logFolder, `${name}.log`), { flags: 'a' });
  let child;
  let port = '0';

  async function start() {
    const prefix = `HOLDFAST_${program.toUpperCase()}_`;
    const named = Object.entries({ ...settings, LISTEN_PORT: port });
    const environment = Object.fromEntries(named.map(([key, value]) => [prefix + key, value]));
    const started = spawn(process.execPath, [join(root, `services/${program}/dist/main.js`)], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    started.stderr.pipe(log, { end: false });
    for await (const line of createInterface({ input: started.stdout })) {
      log.write(`${line}\n`);
      const { event, address } = JSON.parse(line);
      if (event !== 'server.listening') continue;
      port = address.split(':').at(-1);
      started.stdout.pipe(log, { end: false });
      return address;
    }
    throw new Error(`${name} ended and did not listen; see ${logFolder}`);
  }

  // Nothing stays behind, however the harness ends.
  process.on('exit', () => child?.kill('SIGKILL'));
  const address = await start();
  return {
    name,
    address,
    pid: () => child.pid,
    start,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    /** kill -9: resolves when the process is gone. */
    async kill() {
      if (this.hasEnded()) {
        throw new Error(`${name} ended by itself; see ${logFolder}`);
      }
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    },
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
  };
}
