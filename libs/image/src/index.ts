export { augmentAndNormalize } from './augment-and-normalize.js';
export type { Augmentation } from './augmentation.js';
export { type ChannelTriple, hashPreprocessing, type Preprocessing } from './preprocessing.js';
