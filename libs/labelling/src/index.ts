export {
  type ClassCount,
  type CountedImage,
  type CountSettings,
  countLabels,
  type PoolCount,
} from './count-labels.js';
export { isAgreed, noClass, type PoolImage, type PoolLabel } from './pool-image.js';
export { type LabelReason, type QueuedImage, queueLabels } from './queue-labels.js';
