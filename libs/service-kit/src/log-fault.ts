import type { Fault } from '@holdfast/fault';
import type { Logger } from './create-logger.js';

/** Logs a broken invariant, with its stack; a caller's own mistakes are not logged. */
export function logFault(logger: Logger, fault: Fault, path: string): void {
  if (fault.kind !== 'internal') return;
  logger.error({ event: 'call.failed', path, err: fault.cause ?? fault });
}
