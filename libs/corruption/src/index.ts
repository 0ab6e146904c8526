export {
  type AttackedImage,
  ascendPixels,
  type InputChannel,
  scatterPixels,
} from './ascend-pixels.js';
export { type Attack, attackStepsMax, countAttackForwards } from './attack.js';
export { corruptPixels, type Pixels } from './corrupt-pixels.js';
export {
  type Corruption,
  type CorruptionName,
  corruptionNames,
  countForwards,
  formatCorruption,
  isAttack,
  isSynthetic,
  type PixelChange,
  type PixelCorruption,
  parseCorruption,
  pixelCorruption,
  severityMax,
} from './corruption.js';
export type { Synthetic } from './synthetic.js';
