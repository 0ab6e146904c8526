import { parseDocument } from 'yaml';
import type { FieldPath } from './field-path.js';

/**
 * The text of a plan with other values in some fields. Comments, order and everything else stay as
 * they were written; a field that was not there is added.
 */
export function editPlan(
  yaml: string,
  edits: readonly { readonly path: FieldPath; readonly value: number }[],
): string {
  // Every scalar is a text here and is written as it was: as a number, the class 007 would become 7.
  const document = parseDocument(yaml, { schema: 'failsafe' });
  for (const { path, value } of edits) {
    // A section without content is there, and no map.
    for (let depth = 1; depth < path.length; depth += 1) {
      const parent = path.slice(0, depth);
      const section = document.getIn(parent);
      if (section == null || section === '') document.setIn(parent, document.createNode({}));
    }
    document.setIn(path, String(value));
  }
  return document.toString({ lineWidth: 0 });
}
