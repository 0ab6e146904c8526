import { type Logger, pino } from 'pino';
import { findTracing } from './tracing.js';

export type { Logger } from 'pino';

/** Levels of a logger, from most to least said. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** How much a logger says. */
export type LogLevel = (typeof logLevels)[number];

/**
 * One JSON line per event on stdout: `time`, `level`, `service`, `event` and the event's own fields; inside a span, its
 * `traceId`.
 */
export function createLogger(name: string, level: LogLevel = 'info'): Logger {
  return pino({
    level,
    base: { service: name },
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: () => {
      const traceId = findTracing()?.traceId();
      return traceId === undefined ? {} : { traceId };
    },
    formatters: { level: (label) => ({ level: label }) },
  });
}
