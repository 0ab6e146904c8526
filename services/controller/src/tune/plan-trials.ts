import { Fault } from '@holdfast/fault';
import { type Plan, trainsOnFeatures, weighsByCoefficient } from '@holdfast/plan';

/** What a trial changes in a plan. */
export interface TrialSettings {
  readonly learningRate: number;
  readonly shift: number;
  readonly penaltyCoefficient: number;
}

/** Trials of one length, of which the best third goes on. */
export interface Rung {
  readonly trials: number;
  readonly steps: number;
}

/** Factors on the plan's own number, which is the middle one. */
const factors = [1 / 3, 1, 3] as const;
/** Shares of the image's side; the middle one is the plan's. */
const shiftsBeside = [0, 0.03125, 0.0625] as const;
/** Below so many steps, half of them warm-up, a trial says nothing. */
const trialStepsMin = 20;

/**
 * The settings to try, the plan's own first: an orthogonal array of three levels each, in which every pair
 * of values of any two settings occurs once (9 of 27 combinations). What does not act in the plan is not varied.
 */
export function listTrialSettings(plan: Plan): TrialSettings[] {
  const { learningRate, augmentation } = plan.training;
  const { penaltyCoefficient } = plan.constraints;
  const isShifted = !trainsOnFeatures(plan);
  const others = shiftsBeside.filter((share) => share !== augmentation.shift);
  const shifts = [others[0]!, augmentation.shift, others[1]!];
  const isPenalised = weighsByCoefficient(plan.constraints) && penaltyCoefficient > 0;
  const level = [0, 1, 2] as const;
  const settings = level.flatMap((i) =>
    level.map((j) => {
      const k = isShifted && isPenalised ? (i + j + 2) % 3 : j;
      return {
        learningRate: round(learningRate * factors[i]!),
        shift: isShifted ? shifts[j]! : augmentation.shift,
        penaltyCoefficient: isPenalised
          ? round(penaltyCoefficient * factors[k]!)
          : penaltyCoefficient,
      };
    }),
  );
  const distinct = new Map(settings.map((entry) => [JSON.stringify(entry), entry]));
  const own = { learningRate: round(learningRate), shift: augmentation.shift };
  const isOwn = (entry: TrialSettings) =>
    entry.learningRate === own.learningRate &&
    entry.shift === own.shift &&
    entry.penaltyCoefficient === (isPenalised ? round(penaltyCoefficient) : penaltyCoefficient);
  return [...distinct.values()].sort((a, b) => Number(isOwn(b)) - Number(isOwn(a)));
}

/**
 * Successive halving by thirds: all settings for r steps, the best third for 3 r, and so on until at most
 * three ran together; r is what the budget allows.
 *
 * @param budget steps of all trials together
 * @throws Fault `invalid` if the budget is too small for trials that say anything
 */
export function planRungs(settings: number, budget: number): Rung[] {
  const shares: { trials: number; factor: number }[] = [];
  for (let trials = settings, factor = 1; trials > 1; trials = Math.ceil(trials / 3), factor *= 3) {
    shares.push({ trials, factor });
  }
  const cost = shares.reduce((sum, { trials, factor }) => sum + trials * factor, 0);
  const steps = Math.floor(budget / cost);
  if (steps < trialStepsMin) {
    const least = cost * trialStepsMin;
    throw new Fault('invalid', `--budget: ${budget} steps are too few; give ${least} or more`);
  }
  return shares.map(({ trials, factor }) => ({ trials, steps: steps * factor }));
}

/** Steps that rungs take in all. */
export function countBudget(rungs: readonly Rung[]): number {
  return rungs.reduce((sum, { trials, steps }) => sum + trials * steps, 0);
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
