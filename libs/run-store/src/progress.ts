import { z } from 'zod';

const change = z.number().describe('Change of accuracy, new minus old, in [-1, 1].');

/** A version of the parameters that may be released, as steering data show it. */
const candidateSchema = z.object({
  step: z.int().describe('Steps taken by its checkpoint.'),
  average: z.boolean().describe('The moving average of the weights instead of the last ones.'),
  alpha: z.number().describe('alpha of w_old + alpha (w - w_old), in (0, 1].'),
  targetChange: change,
  tasks: z
    .array(
      z
        .object({
          change,
          groups: z.number(),
          groupVariance: z.number().describe('Variance that one group contributes.'),
          regressionPValue: z
            .number()
            .describe('One-sided p-value of "it fell by no more than is allowed".'),
        })
        .nullable(),
    )
    .readonly()
    .describe('Each protected task, in plan order; null where no steering image shows it.'),
  images: z.number().describe('Steering images that it was measured on.'),
});

/** A measurement in training on steering data: of the weights' average, where the plan averages. */
const measurementSchema = z.object({
  step: z.int(),
  targetChange: change,
  accuracyChanges: z.array(change).readonly().describe('Each protected task, in plan order.'),
});

/** `progress.json` of a checkpoint: what the controller itself knows of a run. */
export const progressSchema = z.object({
  stepsTaken: z.int(),
  candidates: z.array(candidateSchema).readonly(),
  leaders: z
    .array(z.int())
    .readonly()
    .describe(
      'Steps of the leading checkpoints, best first: the only ones that may be released, and kept.',
    ),
  measurements: z.array(measurementSchema).readonly(),
});

export type Candidate = z.infer<typeof candidateSchema>;
export type SteeringMeasurement = z.infer<typeof measurementSchema>;
export type RunProgress = z.infer<typeof progressSchema>;

/** The progress of a run that has not begun. */
export const noProgress: RunProgress = {
  stepsTaken: 0,
  candidates: [],
  leaders: [],
  measurements: [],
};

/** A candidate's name, for a person: "step 400, averaged weights, alpha 0.9". */
export function describeCandidate({
  step,
  average,
  alpha,
}: Pick<Candidate, 'step' | 'average' | 'alpha'>): string {
  return `step ${step}, ${average ? 'averaged weights' : 'last weights'}${alpha === 1 ? '' : `, alpha ${alpha}`}`;
}
