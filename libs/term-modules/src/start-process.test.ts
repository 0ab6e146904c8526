import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it.runIf(process.platform !== 'win32')(
  'ends a process in an endless loop whose parent was killed',
  async () => {
    const script = fileURLToPath(new URL('./test-support/start-spinning.mjs', import.meta.url));
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = await once(parent.stdout, 'data');
    const processId = Number(said);
    expect(process.kill(processId, 0)).toBe(true);
    parent.kill('SIGKILL');
    const isThere = () => {
      try {
        return process.kill(processId, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(isThere, { timeout: 30_000, interval: 100 }).toBe(false);
  },
);
