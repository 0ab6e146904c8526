import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The program as npm links it: built, in a process of its own. */
export const programPath = fileURLToPath(new URL('../../bin/holdfast.mjs', import.meta.url));

/** How the program ended. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program while it runs. */
export interface Started {
  readonly child: ChildProcess;
  /** What it has written to the error stream. */
  readonly progress: () => string;
  readonly finished: Promise<Finished>;
}

/** Starts the program in a folder as npx does, without colours. */
export function startProgram(
  cwd: string,
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Started {
  const child = spawn(process.execPath, [programPath, ...argv], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', npm_command: 'exec', ...environment },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, progress: () => stderr, finished };
}
