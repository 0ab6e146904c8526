/**
 * The bytes of an image's value: bytes, or `{bytes, path}`.
 *
 * @param refuse told why there are none
 */
export function readImageValue(
  value: unknown,
  refuse: (what: string) => void,
): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  const { bytes, path } = (value ?? {}) as { readonly bytes?: unknown; readonly path?: unknown };
  if (bytes instanceof Uint8Array) return bytes;
  refuse(
    typeof path === 'string'
      ? `only names the image ${path}, without its bytes; write the file with them, as push_to_hub of datasets does`
      : 'has no image; leave the row out',
  );
  return undefined;
}

/**
 * A value as a cell: a text as it is, a number in figures or, where it counts names, as its name. Empty where it is missing,
 * which is -1 among names.
 *
 * @param refuse told what is wrong
 */
export function formatCell(
  value: unknown,
  names: readonly string[] | undefined,
  refuse: (what: string) => void,
): string {
  if (value === undefined || value === null || Number.isNaN(value)) return '';
  if (!['string', 'number', 'bigint', 'boolean'].includes(typeof value)) {
    refuse('has a label, group, role or split that is neither a text nor a number');
    return '';
  }
  if (names === undefined || typeof value === 'string') return String(value);
  if (Number(value) === -1) return '';
  const name = names[Number(value)];
  if (name === undefined) refuse(`has the class ${value}, of ${names.length} that the file names`);
  return name ?? '';
}
