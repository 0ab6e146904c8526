import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./hold-lease.mjs', import.meta.url));

/** What such a process says of the lease. */
export interface LeaseAnswer {
  readonly term?: number;
  /** As it sees itself: 1 where it is the first of its namespace. */
  readonly processId?: number;
  /** Who holds it. */
  readonly refused?: string;
  readonly held?: boolean;
  /** Why it does not hold it any more. */
  readonly message?: string;
}

/** A process that took a lease, or was refused it. */
export interface LeaseProcess {
  readonly taken: LeaseAnswer;
  ask(): Promise<LeaseAnswer>;
  kill(signal: NodeJS.Signals): void;
  /** kill -9: resolves when it is gone. */
  end(): Promise<void>;
}

/** Whether this machine lets this user make namespaces of process numbers. */
export function hasNamespaces(): boolean {
  try {
    execFileSync('unshare', ['-pf', '--mount-proc', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Starts a process that takes a lease, if asked in a namespace of process numbers of its own, as a container has. */
export async function startLeaseProcess(
  path: string,
  { lengthMs, isContained = false }: { readonly lengthMs: number; readonly isContained?: boolean },
): Promise<LeaseProcess> {
  const command = [process.execPath, script, path, String(lengthMs)];
  const contained = ['unshare', '-pf', '--mount-proc', '--kill-child', ...command];
  const [program, ...parameters] = isContained ? contained : command;
  const child: ChildProcess = spawn(program!, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const read = async () => JSON.parse((await lines.next()).value as string) as LeaseAnswer;
  return {
    taken: await read(),
    ask() {
      child.stdin!.write('\n');
      return read();
    },
    kill: (signal) => void child.kill(signal),
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
