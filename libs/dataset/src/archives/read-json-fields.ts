/**
 * The fields of a JSON object that are texts, numbers or true and false, as texts; without what is nested.
 *
 * @param refuse told what is wrong
 */
export function readJsonFields(
  text: string | undefined,
  refuse: (what: string) => void,
): Map<string, string> {
  const fields = new Map<string, string>();
  if (text === undefined) return fields;
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse('is no JSON object');
    return fields;
  }
  for (const [name, field] of Object.entries(value)) {
    if (['string', 'number', 'boolean'].includes(typeof field)) fields.set(name, String(field));
  }
  return fields;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
