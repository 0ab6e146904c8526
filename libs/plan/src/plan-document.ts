import { Fault, type FieldViolation } from '@holdfast/fault';
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { FieldPath } from './field-path.js';
import { isNestedDeeper } from './is-nested-deeper.js';
import { keepWrittenTexts } from './keep-written-texts.js';
import { planSchema } from './schema.js';

/** The text of a plan as YAML with positions. */
export interface PlanDocument {
  /** Plain data, texts as they were written; undefined if the text is not YAML. */
  readonly value: unknown;
  /** What is wrong with the YAML itself, lines included. */
  readonly violations: readonly FieldViolation[];
  /** Line of a field, or of its nearest ancestor that is there; counted from 1. */
  lineOf(path: FieldPath): number;
}

/** Plans are written by people; 256 KiB is thousands of lines. */
export const planMaxBytes = 256 * 1024;

const aliasesMax = 100;

/** A plan is six deep. */
const depthMax = 64;

/**
 * Reads a plan's text.
 *
 * @throws Fault `invalid` if it is larger than {@link planMaxBytes} or nested too deeply to read.
 */
export function readPlanDocument(yaml: string): PlanDocument {
  if (Buffer.byteLength(yaml) > planMaxBytes) {
    const limit = `${planMaxBytes / 1024} KiB`;
    throw new Fault(
      'invalid',
      `the plan is larger than ${limit}; it should name data, not hold it`,
    );
  }
  if (isNestedDeeper(yaml, depthMax)) throw refuseDepth();
  const lines = new LineCounter();
  try {
    const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
    const problems = [...document.errors, ...document.warnings];
    const violations = problems.map(({ message, pos }) => ({
      field: '',
      description: `line ${lines.linePos(pos[0]).line}: ${describeProblem(message)}`,
    }));
    // A key given twice still leaves a plan whose other problems can be named.
    const isReadable = document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
    return {
      value: isReadable
        ? keepWrittenTexts(document, document.toJS({ maxAliasCount: aliasesMax }), planSchema)
        : undefined,
      violations,
      lineOf: (path) => findLine(document, lines, path),
    };
  } catch (cause) {
    // The yaml package throws for too many aliases.
    throw refuseDepth(cause);
  }
}

function refuseDepth(cause?: unknown): Fault {
  const message = 'the plan is nested too deeply or repeats itself too often to be read';
  return new Fault('invalid', message, { cause });
}

function describeProblem(message: string): string {
  return message === 'Map keys must be unique'
    ? 'this key was given before'
    : `not YAML: ${message}`;
}

function findLine(document: Document, lines: LineCounter, path: FieldPath): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of path) {
    const found = findChild(node, step);
    if (found === undefined) break;
    offset = found.offset ?? offset;
    node = found.node;
  }
  return lines.linePos(offset).line || 1;
}

/** A child of a node, and where its key or item starts. */
function findChild(
  node: unknown,
  step: string | number,
): { readonly node: unknown; readonly offset: number | undefined } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return item === undefined ? undefined : { node: item, offset: startOf(item) };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(
    ({ key }) => isScalar(key) && [String(key.value), key.source].includes(String(step)),
  );
  return pair && { node: pair.value, offset: startOf(pair.key) };
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] | null } | null)?.range?.[0];
}
