/** Keys and indices from the top of a plan down to a field. */
export type FieldPath = readonly (string | number)[];

const plainKey = /^[A-Za-z_][\w-]*$/;

/** A path as text: `protected[2].tolerance`, `prompts.classNames["no. 5"]`. */
export function formatFieldPath(path: FieldPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (!plainKey.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** The path that {@link formatFieldPath} wrote; a path that nobody wrote gives as much as it can. */
export function parseFieldPath(text: string): FieldPath {
  const steps = text.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g);
  return [...steps].map(([, index, quoted, plain]) => {
    if (index !== undefined) return Number(index);
    return quoted === undefined ? plain! : unquote(quoted);
  });
}

function unquote(quoted: string): string {
  try {
    return JSON.parse(`"${quoted}"`);
  } catch {
    return quoted;
  }
}
