/** An attack by projected gradient ascent: what the attacked model's own gradient does to an image. */
export interface Attack {
  readonly name: 'pgd';
  /** Largest change of a value, in units of 1/255. */
  readonly epsilon: number;
  /** Change of a value in a step, in units of 1/255. */
  readonly stepSize: number;
  /** An integer from 1 to {@link attackStepsMax}. */
  readonly steps: number;
  /** The image itself, or one drawn uniformly from those within epsilon. */
  readonly start: 'image' | 'random';
}

/** Steps of an attack at the most. */
export const attackStepsMax = 50;

/** Values of an 8-bit pixel above 0. */
const unitsMax = 255;

/** `pgd 1/255 in 10 steps of 0.25/255`, and ` from random` where it does not start at the image. */
export function formatAttack({ epsilon, stepSize, steps, start }: Attack): string {
  const from = start === 'random' ? ' from random' : '';
  return `pgd ${epsilon}/255 in ${steps} steps of ${stepSize}/255${from}`;
}

const pattern = /^pgd ([\d.e+-]+)\/255 in (\d+) steps of ([\d.e+-]+)\/255( from random)?$/;

/** Reads what {@link formatAttack} wrote; undefined if it is something else. */
export function parseAttack(text: string): Attack | undefined {
  const [, epsilon, steps, stepSize, random] = pattern.exec(text) ?? [];
  const start = random === undefined ? 'image' : 'random';
  const numbers = { epsilon: Number(epsilon), stepSize: Number(stepSize), steps: Number(steps) };
  const attack: Attack = { name: 'pgd', ...numbers, start };
  return isAttackSound(attack) && formatAttack(attack) === text ? attack : undefined;
}

/** Images that cost as much to look at: forward and back in each step, where back costs two, and forward in the end. */
export function countAttackForwards({ steps }: Pick<Attack, 'steps'>): number {
  return 3 * steps + 1;
}

/** Whether every number is within its limits. */
export function isAttackSound({ epsilon, stepSize, steps }: Attack): boolean {
  const isSize = (value: number) => value >= 0 && value <= unitsMax;
  const isCount = Number.isInteger(steps) && steps >= 1 && steps <= attackStepsMax;
  return isSize(epsilon) && isSize(stepSize) && isCount;
}
