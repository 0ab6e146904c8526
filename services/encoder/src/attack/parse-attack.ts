import { attackStepsMax } from '@holdfast/corruption';
import type { Attack as AttackMessage } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { toMatrix } from '@holdfast/run-kit';
import { taskLimits } from '@holdfast/service-kit';
import type { ParseContext } from '../check-augmentation.js';
import { takesFeatures } from '../encoder-run.js';
import type { ImageRequest } from '../images/fill-pixels.js';
import type { ImageAttack, RowsAttack } from './image-attack.js';

const classesMax = 65_536;
/** A run has no more tasks. */
const attacksMax = taskLimits.tasksMax;
/** Below it logits of unit vectors leave what float64 tells apart. */
const temperatureMin = 1e-6;
/** Units of an 8-bit pixel in [0, 1]. */
const units = 255;

/** Notes what is wrong with an attack of all images; undefined if anything is. */
export function parseAttack(
  message: AttackMessage,
  { images, retain }: { readonly images: ImageRequest | undefined; readonly retain: boolean },
  context: ParseContext,
): ImageAttack | undefined {
  const { violations } = context;
  violations.require(
    !retain,
    'attack',
    'cannot be had with retain, whose batch it takes the place of: name the rows in attacks',
  );
  requirePixels('attack', context);
  violations.require(
    images?.augmentedCount === 0,
    'attack',
    'is of plain images: give some, and no augmented_count',
  );
  violations.require(
    message.rows.length === 0,
    'attack.rows',
    'are given, but it is of every image: attacks are of some',
  );
  return parseNumbers(message, 'attack', images?.samples.length ?? 0, context);
}

/** Notes what is wrong with attacks of some images each; undefined if anything is. */
export function parseAttacks(
  messages: readonly AttackMessage[],
  { images, attack }: { readonly images: ImageRequest | undefined; readonly attack: boolean },
  context: ParseContext,
): RowsAttack[] | undefined {
  const { violations } = context;
  violations.require(!attack, 'attacks', 'cannot be had beside attack, which is of every image');
  violations.require(
    messages.length <= attacksMax,
    'attacks',
    `has ${messages.length}, more than ${attacksMax}`,
  );
  requirePixels('attacks', context);
  const count = images?.samples.length ?? 0;
  const taken = new Set<number>();
  const attacks = messages.slice(0, attacksMax).map((message, i) => {
    const field = `attacks[${i}]`;
    const { rows } = message;
    violations.require(rows.length > 0, `${field}.rows`, 'is empty; name the images attacked');
    const wrong = rows.findIndex((row, at) => row >= count || (at > 0 && row <= rows[at - 1]!));
    violations.require(
      wrong < 0,
      `${field}.rows[${wrong}]`,
      `is ${rows[wrong]}; rows ascend, below ${count}, the number of images`,
    );
    const again = rows.findIndex((row) => taken.has(row));
    violations.require(
      again < 0,
      `${field}.rows[${again}]`,
      `is ${rows[again]}, which is attacked already`,
    );
    for (const row of rows) taken.add(row);
    const parsed = parseNumbers(message, field, rows.length, context);
    return parsed && { ...parsed, rows };
  });
  return attacks.every((parsed) => parsed !== undefined) ? attacks : undefined;
}

function requirePixels(field: string, { run, violations }: ParseContext): void {
  const { scope } = run.settings.trainable;
  violations.require(
    !takesFeatures(run),
    field,
    `cannot be had under the scope ${scope}: features stand in for the pixels`,
  );
}

/** What an attack of so many images is made of. */
function parseNumbers(
  { epsilon, stepSize, steps, randomStart, classes, labels, temperature }: AttackMessage,
  name: string,
  count: number,
  { run, violations }: ParseContext,
): ImageAttack | undefined {
  const isWithin = (value: number) => value >= 0 && value <= 1;
  const check = (isFine: boolean, field: string, why: string) =>
    violations.require(isFine, `${name}${field}`, why);
  check(isWithin(epsilon), '.epsilon', `is ${epsilon}, not in [0, 1]`);
  check(isWithin(stepSize), '.step_size', `is ${stepSize}, not in [0, 1]`);
  check(steps >= 1 && steps <= attackStepsMax, '.steps', `is ${steps}, not 1 to ${attackStepsMax}`);
  check(
    temperature >= temperatureMin && temperature < Number.POSITIVE_INFINITY,
    '.temperature',
    `is ${temperature}, not a number of at least ${temperatureMin}`,
  );
  const matrix = violations.attempt(() => toMatrix(classes, `${name}.classes`));
  if (matrix === undefined) return undefined;
  const { rows, columns, data } = matrix;
  const { projectionSize } = run.directory.config;
  const fits = rows >= 2 && rows <= classesMax && columns === projectionSize;
  check(
    fits && data.every(Number.isFinite),
    '.classes',
    `is [${rows}, ${columns}]; it needs finite rows of ${projectionSize}, 2 to ${classesMax} of them`,
  );
  check(labels.length === count, '.labels', `has ${labels.length} of ${count} images`);
  const wrong = labels.findIndex((label) => label >= rows);
  if (wrong >= 0) check(false, `.labels[${wrong}]`, `is ${labels[wrong]} of ${rows} classes`);
  return {
    ...{ classes: matrix, labels, temperature, steps, startsAtRandom: randomStart },
    ...{ epsilon: epsilon * units, stepSize: stepSize * units },
  };
}
