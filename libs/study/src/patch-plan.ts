import { Fault } from '@holdfast/fault';
import { type Document, isMap, parseDocument } from 'yaml';
import type { Patch } from './study-schema.js';

/**
 * The text of a plan with other values in some fields, as a JSON merge patch has them (RFC 7396): mappings are merged; lists and
 * scalars take the place of what was there; null takes a field away. What is not named stays as it was written.
 *
 * @param patches the last one wins
 * @throws Fault `invalid` where an alias of the plan is left without what it repeats.
 */
export function patchPlan(yaml: string, patches: readonly Patch[]): string {
  // Every scalar is a text here and is written as it was: as a number, the class 007 would become 7.
  const document = parseDocument(yaml, { schema: 'failsafe' });
  for (const patch of patches) merge(document, [], patch);
  try {
    return document.toString({ lineWidth: 0 });
  } catch (cause) {
    const message =
      'changes a field that the plan repeats elsewhere by an alias; write it out there';
    throw new Fault('invalid', message, { cause });
  }
}

function merge(document: Document, path: readonly string[], patch: Patch): void {
  for (const [key, value] of Object.entries(patch)) {
    const at = [...path, key];
    if (value === null) document.deleteIn(at);
    else if (isMapping(value)) {
      if (!isMap(document.getIn(at))) document.setIn(at, document.createNode({}));
      merge(document, at, value);
    } else document.setIn(at, document.createNode(value));
  }
}

/** A field that a patch takes away and a plan does not have: its name may be misspelt; undefined: there is none. */
export function findAbsent(yaml: string, patch: Patch): string[] | undefined {
  const nulls = listNulls(patch);
  if (nulls.length === 0) return undefined;
  const document = parseDocument(yaml, { schema: 'failsafe' });
  return nulls.find((path) => !document.hasIn(path));
}

function listNulls(patch: Patch): string[][] {
  return Object.entries(patch).flatMap(([key, value]) => {
    if (value === null) return [[key]];
    return isMapping(value) ? listNulls(value).map((path) => [key, ...path]) : [];
  });
}

function isMapping(value: unknown): value is Patch {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first field that two patches both change, at which only one of them can count; undefined: there is none. */
export function findShared(one: Patch, other: Patch): string[] | undefined {
  for (const [key, value] of Object.entries(one)) {
    if (!Object.hasOwn(other, key)) continue;
    const against = other[key];
    if (!isMapping(value) || !isMapping(against)) return [key];
    const inside = findShared(value, against);
    if (inside !== undefined) return [key, ...inside];
  }
  return undefined;
}
