import type { FieldReader } from './field-reader.js';

/**
 * Refuses fields that are not known and not null, false, 0 or empty: what they would change cannot be
 * judged.
 *
 * @param reasons why a field is not supported, by its name, where that is known
 */
export function refuseUnknownFields(
  reader: FieldReader,
  known: readonly string[],
  reasons: Readonly<Record<string, string>> = {},
): void {
  for (const name of reader.names()) {
    const value = reader.raw(name);
    if (known.includes(name) || isNeutral(value)) continue;
    const why = Object.hasOwn(reasons, name) ? reasons[name] : 'Holdfast does not know';
    reader.refuse(name, `is ${JSON.stringify(value)}, which ${why}: it is not supported`);
  }
}

function isNeutral(value: unknown): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0);
}
