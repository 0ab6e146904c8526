export type { Augmentation } from './augmentation.js';
export { type ChannelTriple, hashPreprocessing, type Preprocessing } from './preprocessing.js';
