import { type Document, parse, parseDocument, Scalar } from 'yaml';
import type { FieldPath } from './field-path.js';

/** What a field of a plan becomes. */
export interface PlanEdit {
  /** The item after a list's last is added to it. */
  readonly path: FieldPath;
  /** Absent: the field is taken away, with the comment above it. */
  readonly value?: number | string | undefined;
}

/**
 * The text of a plan with other values in some fields. Comments, order and everything else stay as
 * they were written; a field that was not there is added. Edits are made in their order.
 */
export function editPlan(yaml: string, edits: readonly PlanEdit[]): string {
  // Every scalar is a text here and is written as it was: as a number, the class 007 would become 7.
  const document = parseDocument(yaml, { schema: 'failsafe' });
  for (const { path, value } of edits) {
    if (value !== undefined) setField(document, path, value);
    else if (document.hasIn(path)) document.deleteIn(path);
  }
  return document.toString({ lineWidth: 0 });
}

function setField(document: Document, path: FieldPath, value: number | string): void {
  // A section without content is there, and no map.
  for (let depth = 1; depth < path.length; depth += 1) {
    const parent = path.slice(0, depth);
    const section = document.getIn(parent);
    if (section == null || section === '') document.setIn(parent, document.createNode({}));
  }
  // What stood there may have been quoted, or lines of text; a comment beside it stays.
  const old = document.getIn(path, true);
  const node = typeof value === 'number' ? new Scalar(String(value)) : createText(value);
  if (old instanceof Scalar) {
    node.comment = old.comment ?? null;
    node.commentBefore = old.commentBefore ?? null;
    node.spaceBefore = old.spaceBefore ?? false;
  }
  document.setIn(path, node);
}

/** A text, in quotes where a reader of YAML would take it for something else. */
function createText(text: string): Scalar {
  const node = new Scalar(text);
  if (!isPlain(text)) node.type = Scalar.QUOTE_DOUBLE;
  return node;
}

function isPlain(text: string): boolean {
  try {
    return parse(text) === text;
  } catch {
    return false;
  }
}
