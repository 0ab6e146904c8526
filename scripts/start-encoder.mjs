// Serves an encoder in a process of its own, for what checks and measures it from outside.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../apps/cli/bin/holdfast.mjs', import.meta.url));

/**
 * Starts an encoder of one thread on a free port of loopback, and says where it listens.
 *
 * @param flags beside those, such as `--roots` and `--models`
 * @returns {Promise<{ child: import('node:child_process').ChildProcess, address: string }>}
 * @throws {Error} with what it said, if it ends before it listens
 */
export async function startEncoder(flags) {
  const common = ['--threads', '1', '--listen-port', '0', '--log-level', 'error'];
  const argv = [program, 'serve', 'encoder', ...common, ...flags];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  for await (const data of child.stderr) {
    said += data;
    const [, address] = /^Serving .* at ([\d.:]+)\./m.exec(said) ?? [];
    if (address !== undefined) return { child, address };
  }
  throw new Error(said);
}
