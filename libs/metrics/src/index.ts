export { accuracy, type LabelledPredictions } from './accuracy.js';
export { averageClassifier } from './average-classifier.js';
export { type CalibrationInput, calibrationBins, calibrationError } from './calibration-error.js';
export {
  comparePaired,
  type GroupFlips,
  type MissingExamples,
  type PairedComparison,
  type PairedInput,
} from './compare-paired.js';
export { confusionMatrix } from './confusion-matrix.js';
export { devSafetyAccuracy, devSafetyLoss, retentionRatio } from './dev-safety.js';
export type { Embeddings } from './embeddings.js';
export { exchangeModels } from './exchange-models.js';
export { type CrossEntropyInput, meanCrossEntropy } from './mean-cross-entropy.js';
export { predictClasses } from './predict-classes.js';
export { type ConfidenceInput, softmaxConfidences } from './softmax-confidences.js';
export { targetChange } from './target-change.js';
