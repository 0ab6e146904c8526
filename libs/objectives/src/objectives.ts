import type { ObjectiveEstimate, ObjectiveSettings } from './contrastive-batch.js';
import { contrastiveObjective, type TargetBatch } from './contrastive-objective.js';
import { jointObjective } from './joint-objective.js';
import type { NormalizerState } from './normalizers.js';
import { weightedObjective } from './weighted-objective.js';

/** An objective that a plan can name. */
export interface Objective {
  /** Whether it tells target pairs from negatives. */
  readonly usesPositives: boolean;
  /** What a batch lacks to be contrasted; undefined: nothing. */
  describeLack(
    batch: Pick<TargetBatch, 'captions' | 'positives' | 'protectedPairs'>,
    settings: ObjectiveSettings,
  ):
    | {
        readonly field: 'captions' | 'positives' | 'protected_pairs';
        readonly description: string;
      }
    | undefined;
  /** F and its gradient. */
  estimate(
    batch: TargetBatch,
    state: NormalizerState,
    settings: ObjectiveSettings,
  ): ObjectiveEstimate;
}

/** F = 1/|Pos| sum_{i in Pos} [ t log mean_{j in Neg} exp((s_ij - s_ii)/t) + the same with s_ji ]: {@link contrastiveObjective}. */
const target: Objective = {
  usesPositives: true,
  describeLack({ positives }) {
    const given = Array.from(positives);
    if (given.includes(true) && given.includes(false)) return undefined;
    const description = 'must name at least one target pair and one negative';
    return { field: 'positives', description };
  },
  estimate: contrastiveObjective,
};

/** F = 1/B sum_i [ t log 1/(B-1) sum_{j != i} exp((s_ij - s_ii)/t) + the same with s_ji ]: {@link jointObjective}. */
const joint: Objective = {
  usesPositives: false,
  describeLack({ captions }, { excludeSameCaption }) {
    if (captions.length < 2) {
      return { field: 'captions', description: 'must name at least two pairs' };
    }
    if (!excludeSameCaption || new Set(Array.from(captions)).size >= 2) return undefined;
    const description = 'are all the same, so that no pair has a negative';
    return { field: 'captions', description };
  },
  estimate: jointObjective,
};

/** F = (1-a) F_target + a F_joint over the protected pairs: {@link weightedObjective}. */
const weighted: Objective = {
  usesPositives: true,
  describeLack({ captions, positives, protectedPairs = 0 }, settings) {
    const first = captions.length - protectedPairs;
    if (protectedPairs < 2 || first < 0) {
      const description = `is ${protectedPairs} of ${captions.length} pairs: at least two protected pairs are contrasted with one another`;
      return { field: 'protected_pairs', description };
    }
    const ofTargets = { captions, positives: Array.from(positives).slice(0, first) };
    return target.describeLack(ofTargets, settings);
  },
  estimate: weightedObjective,
};

/** The objectives by their names in plans; `OBJECTIVE_JOINT` on the wire is `joint` (docs/algorithm/objective.md). */
export const objectives = { target, joint, weighted } as const satisfies Record<string, Objective>;

export type ObjectiveName = keyof typeof objectives;

/** The names in {@link objectives}. */
export const objectiveNames = Object.keys(objectives) as ObjectiveName[];
