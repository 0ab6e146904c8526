import { nameObjects } from '@holdfast/artifacts';
import { describeError, isFault } from '@holdfast/fault';
import type { Terminal } from './terminal.js';

/** Exit codes of every command. */
export const exitCodes = {
  /** Done; of `run` and `gate`: released. */
  ok: 0,
  /** Wrong use, or a failure. */
  failure: 1,
  /** A verdict that does not release. */
  notReleased: 2,
  /** Interrupted, with everything saved. */
  interrupted: 130,
} as const;

/**
 * Says on the error stream what is wrong, where, and what to do.
 *
 * @returns the exit code
 */
export function reportError(error: unknown, terminal: Terminal): number {
  const { colors, write } = terminal.progress;
  const isCancelled = isFault(error) && error.kind === 'cancelled';
  const isDebugging = Boolean(terminal.environment.HOLDFAST_DEBUG);
  const said = nameObjects(describeError(error));
  const lines = [isFault(error) ? said : `unexpected: ${said}`];
  const isDefect = !isFault(error) || error.kind === 'internal';
  if (isDefect && !isDebugging) {
    lines.push('Run it again with HOLDFAST_DEBUG=1 for the stack, and report it with that.');
  }
  write(`${isCancelled ? '' : `${colors.red('error:')} `}${lines.join('\n')}\n`);
  if (isDebugging) write(`${formatStack(error)}\n`);
  return isCancelled ? exitCodes.interrupted : exitCodes.failure;
}

function formatStack(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by ${formatStack(error.cause)}`;
}
