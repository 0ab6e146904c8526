import { type FieldViolation, isFault } from './fault.js';

/** A model of the wrong size has hundreds of wrong tensors: the first ones say enough. */
const linesMax = 20;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controlCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * Whatever was thrown as lines for a person: its message and, of a fault, the violations that the
 * message does not say already, `  field: description`, at most twenty and a count of the others.
 *
 * Control characters become U+FFFD: a name from a stranger's file must not steer a terminal.
 */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const violations = isFault(error) ? error.violations : [];
  const unsaid = violations.filter((violation) => !isSaid(violation, message));
  const lines = unsaid
    .slice(0, linesMax)
    .map(({ field, description }) => (field === '' ? description : `${field}: ${description}`));
  if (unsaid.length > linesMax) lines.push(`and ${unsaid.length - linesMax} more`);
  const text = [message, ...lines.map((line) => `  ${line}`)].join('\n');
  return text.replaceAll(controlCharacters, '\ufffd');
}

/** Whether a message has a violation, as `field description` or `field: description`. */
function isSaid({ field, description }: FieldViolation, message: string): boolean {
  const text = description.replace(/^line \d+: /, '');
  if (field === '') return message.includes(text);
  return [`${field} ${text}`, `${field}: ${text}`, `${field}: ${description}`].some((said) =>
    message.includes(said),
  );
}
