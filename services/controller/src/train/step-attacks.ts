import { type Attack, isAttack } from '@holdfast/corruption';
import { divideByAttack, toAttack } from '@holdfast/evaluation';
import type { Attack as AttackMessage } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { type Matrix, selectRows } from '@holdfast/tensor';
import type { OpenRun } from '../run/open-run.js';
import { createCaptionList } from '../terms/caption-list.js';
import { classOf, placeOf } from '../terms/class-of.js';
import type { Caption } from '../terms/term.js';

/** The part of a run that says which of a step's images are attacked, and against what. */
export type AttackedRun = Pick<OpenRun, 'plan' | 'dataset' | 'tasks' | 'prompts' | 'headOf'>;

/** Attacks of a batch's images, each by the loss among the classes of a label space. */
export interface StepAttacks {
  /** The classes' prompts: what is embedded before images are attacked. */
  readonly texts: readonly Caption[];
  /** What is asked of the encoder, given the embeddings of `texts` by the very weights that are attacked. */
  toMessages(texts: Matrix): AttackMessage[];
}

interface PlacedAttack {
  readonly attack: Attack;
  readonly rows: readonly number[];
  readonly labels: readonly number[];
  /** Rows of its classes among the texts. */
  readonly textRows: readonly number[];
}

/**
 * The attacks of a batch; undefined where none of its images is attacked. The loss is that of the constraint: the cross-entropy
 * among the class prompts of the image's label space at `constraints.constraintTemperature`.
 */
export function listStepAttacks(
  run: AttackedRun,
  samples: readonly number[],
): StepAttacks | undefined {
  const { dataset, tasks, prompts, headOf } = run;
  const attacked = [...samples.keys()].filter((row) =>
    isAttack(dataset.samples[samples[row]!]?.corruption),
  );
  if (attacked.length === 0) return undefined;
  const spaceOf = (row: number) => {
    const index = classOf(run, samples[row]!);
    return tasks.spaces.findIndex(({ classes }) => classes.includes(index));
  };
  const texts = createCaptionList();
  const divisions = divideByAttack(
    attacked.map((row) => dataset.samples[samples[row]!]!),
    (i) => spaceOf(attacked[i]!),
  );
  const placed = divisions.map((division): PlacedAttack => {
    const rows = division.rows.map((i) => attacked[i]!);
    const { classes } = tasks.spaces[spaceOf(rows[0]!)]!;
    return {
      attack: division.attack!,
      rows,
      labels: rows.map((row) => placeOf(run, samples[row]!)),
      textRows: classes.map((index) =>
        texts.add({ text: prompts.classPrompts[index]!, head: headOf(index) }),
      ),
    };
  });
  const temperature = run.plan.constraints.constraintTemperature;
  return {
    texts: texts.captions,
    toMessages: (embeddings) =>
      placed.map(({ attack, rows, labels, textRows }) => {
        const classes = selectRows(embeddings, textRows);
        return { ...toAttack(attack, { classes, labels, temperature }), rows: [...rows] };
      }),
  };
}
