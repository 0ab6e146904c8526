import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Levels of a logger, from most to least said. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** How much a logger says. */
export type LogLevel = (typeof logLevels)[number];

/** One JSON line per event on stdout: `time`, `level`, `service`, `event` and the event's own fields. */
export function createLogger(name: string, level: LogLevel = 'info'): Logger {
  return pino({
    level,
    base: { service: name },
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
