import { InvalidArgumentError } from 'commander';

/** `key=value` added to the labels before it; the controller says which are allowed. */
export function parseLabel(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write a label as key=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
