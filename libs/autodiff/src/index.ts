export {
  accumulatorName,
  type BackwardOptions,
  cotangentName,
  differentiateGraph,
  gradientName,
} from './build-backward.js';
export { type DifferentiateOptions, differentiate } from './differentiate.js';
export { type SavedValue, type SplitGraphs, splitForBackward } from './split-for-backward.js';
