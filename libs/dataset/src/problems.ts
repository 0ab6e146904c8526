import { Fault, type FaultKind, type FieldViolation } from '@holdfast/fault';

/** Collects what is wrong, so that a person can mend all of it at once. */
export interface Problems {
  add(field: string, description: string): void;
  /** @throws Fault if anything was added; its message spells out the first twenty. */
  throwIfAny(summary: string): void;
}

const listedMax = 20;

/** Makes an empty collection whose Fault has this kind. */
export function createProblems(kind: FaultKind = 'invalid'): Problems {
  const listed: FieldViolation[] = [];
  let count = 0;
  return {
    add(field, description) {
      count += 1;
      // A manifest of a million wrong rows must not become a message of a million lines.
      if (listed.length < listedMax) listed.push({ field, description });
    },
    throwIfAny(summary) {
      if (count === 0) return;
      const lines = listed.map(({ field, description }) => `  ${field}: ${description}`);
      if (count > listed.length) lines.push(`  and ${count - listed.length} more`);
      throw new Fault(kind, `${summary}\n${lines.join('\n')}`, { violations: listed });
    },
  };
}
