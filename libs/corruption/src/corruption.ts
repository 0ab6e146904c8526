import { type Attack, countAttackForwards, formatAttack, parseAttack } from './attack.js';
import type { Synthetic } from './synthetic.js';

/** Kinds of corruption, as a plan names them. A new one goes to the end: the place of a name is the stream that its noise is drawn from. */
export const corruptionNames = [
  'gaussianNoise',
  'shotNoise',
  'impulseNoise',
  'gaussianBlur',
  'defocusBlur',
  'fog',
  'brightness',
  'contrast',
  'pixelate',
  'motionBlur',
  'snow',
  'zoomBlur',
  'glassBlur',
  'elasticTransform',
] as const;
export type CorruptionName = (typeof corruptionNames)[number];

/** The hardest of the severities 1, 2, ... */
export const severityMax = 5;

/** One of ImageNet-C's corruptions: an image's pixels decide what it makes of them. */
export interface PixelCorruption {
  readonly name: CorruptionName;
  /** An integer from 1 to {@link severityMax}. */
  readonly severity: number;
}

/** What is done to an image's pixels before any model looks at it. */
export type PixelChange = PixelCorruption | Synthetic;

/** What is done to an image: to its pixels alone, or by whichever model looks at it. */
export type Corruption = PixelChange | Attack;

/** Whether a model's gradient decides what is done. */
export function isAttack(corruption: Corruption | undefined): corruption is Attack {
  return corruption?.name === 'pgd';
}

/** Whether an image shows nothing of what its file shows. */
export function isSynthetic(corruption: Corruption | undefined): corruption is Synthetic {
  return corruption?.name === 'synthetic';
}

/** What is done to an image's pixels before any model looks at it; undefined: nothing. */
export function pixelCorruption(corruption: Corruption | undefined): PixelChange | undefined {
  return isAttack(corruption) ? undefined : corruption;
}

/** Images as they are that cost a tower as much as one of these. */
export function countForwards(corruption: Corruption | undefined): number {
  return isAttack(corruption) ? countAttackForwards(corruption) : 1;
}

/** `fog 3`, `synthetic 17`; an attack as {@link formatAttack} says it. */
export function formatCorruption(corruption: Corruption): string {
  if (isAttack(corruption)) return formatAttack(corruption);
  if (isSynthetic(corruption)) return `${corruption.name} ${corruption.number}`;
  return `${corruption.name} ${corruption.severity}`;
}

/** Reads what {@link formatCorruption} wrote; undefined if it is something else. */
export function parseCorruption(text: string): Corruption | undefined {
  const corruption = parsePixelChange(text) ?? parseAttack(text);
  return corruption && formatCorruption(corruption) === text ? corruption : undefined;
}

function parsePixelChange(text: string): PixelChange | undefined {
  const [written, digits = ''] = text.split(' ');
  const number = Number(digits);
  const isWithin = (least: number, most: number) =>
    Number.isInteger(number) && number >= least && number <= most;
  if (written === 'synthetic' && isWithin(0, 2 ** 32 - 1)) return { name: written, number };
  const name = corruptionNames.find((known) => known === written);
  return name && isWithin(1, severityMax) ? { name, severity: number } : undefined;
}
