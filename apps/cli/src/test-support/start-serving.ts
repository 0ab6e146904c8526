import { setTimeout as sleep } from 'node:timers/promises';
import { type Started, startProgram } from './start-program.js';

/** Services in a process of their own. */
export interface Serving extends Started {
  readonly address: string;
}

/** Starts `holdfast serve` in a folder and waits until it listens. */
export async function startServing(
  cwd: string,
  argv: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<Serving> {
  const started = startProgram(cwd, ['serve', ...argv], environment);
  for (;;) {
    const [, address] = /^Serving .* at ([\d.:]+)\./m.exec(started.progress()) ?? [];
    if (address !== undefined) return { ...started, address };
    if (started.child.exitCode !== null) throw new Error(started.progress());
    await sleep(20);
  }
}
