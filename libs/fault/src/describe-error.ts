import { isFault } from './fault.js';

/**
 * Whatever was thrown as lines for a person: its message and, of a fault, every violation that the
 * message does not say already, `  field: description`.
 */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const violations = isFault(error) ? error.violations : [];
  const unsaid = violations.filter(
    ({ description }) => !message.includes(description.replace(/^line \d+: /, '')),
  );
  const lines = unsaid.map(({ field, description }) =>
    field === '' ? `  ${description}` : `  ${field}: ${description}`,
  );
  return [message, ...lines].join('\n');
}
