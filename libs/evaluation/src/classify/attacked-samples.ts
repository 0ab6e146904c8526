import { type Attack, formatCorruption, isAttack } from '@holdfast/corruption';
import type { Sample } from '@holdfast/dataset';
import type { Attack as AttackMessage } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { fromMatrix } from '@holdfast/run-kit';
import type { Matrix } from '@holdfast/tensor';

/** Rows of a list of samples that are embedded alike. */
export interface SampleDivision {
  readonly rows: readonly number[];
  /** Absent: they are embedded as they are. */
  readonly attack?: Attack | undefined;
}

/** The samples that no model attacks, then those of each attack, each label space apart: an attack is against its classes. */
export function divideByAttack(
  samples: readonly Pick<Sample, 'corruption'>[],
  placeOf: (row: number) => number,
): SampleDivision[] {
  const divisions = new Map<string, { rows: number[]; attack?: Attack }>();
  for (const [row, { corruption }] of samples.entries()) {
    const isAttacked = isAttack(corruption);
    const key = isAttacked ? `${placeOf(row)} ${formatCorruption(corruption)}` : '';
    const known = divisions.get(key);
    if (known !== undefined) known.rows.push(row);
    else divisions.set(key, { rows: [row], ...(isAttacked && { attack: corruption }) });
  }
  return [...divisions.values()];
}

/** Units of an 8-bit pixel in [0, 1]. */
const units = 255;

/** An attack of images against the classes that they are told apart among. */
export function toAttack(
  { epsilon, stepSize, steps, start }: Attack,
  against: {
    /** [classes, d]. */
    readonly classes: Matrix;
    /** Row of each image's class. */
    readonly labels: readonly number[];
    readonly temperature: number;
  },
): AttackMessage {
  return {
    epsilon: epsilon / units,
    stepSize: stepSize / units,
    steps,
    randomStart: start === 'random',
    classes: fromMatrix(against.classes),
    labels: [...against.labels],
    temperature: against.temperature,
    rows: [],
  };
}
