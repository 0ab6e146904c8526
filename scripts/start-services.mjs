// Serves services in a process of their own, for what checks and measures them from outside.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../apps/cli/bin/holdfast.mjs', import.meta.url));

/**
 * Starts services in one process on a free port of loopback, and says where they listen.
 *
 * @param names as `holdfast serve` takes them
 * @param flags of these services
 * @param options of the process, such as its `cwd`
 * @returns {Promise<{ child: import('node:child_process').ChildProcess, address: string }>}
 * @throws {Error} with what they said, if they end before they listen
 */
export async function startServices(names, flags, options = {}) {
  const common = ['--listen-port', '0', '--log-level', 'error'];
  const argv = [program, 'serve', ...names, ...common, ...flags];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'], ...options });
  let said = '';
  for await (const data of child.stderr) {
    said += data;
    const [, address] = /^Serving .* at ([\d.:]+)\./m.exec(said) ?? [];
    if (address !== undefined) return { child, address };
  }
  throw new Error(said);
}
