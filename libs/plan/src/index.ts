export { trainsImages, trainsOnFeatures } from './apply-scope.js';
export { deriveTemperature, type PlanFacts } from './derive-defaults.js';
export { describeMethod } from './describe-method.js';
export { describeScope } from './describe-scope.js';
export { editPlan, type PlanEdit } from './edit-plan.js';
export { formatFieldPath } from './field-path.js';
export { fillTemplate } from './fill-template.js';
export { formatPlan } from './format-plan.js';
export { listTargets, nameTargets, targetPath } from './list-targets.js';
export { findNearestName } from './nearest-name.js';
export { type NextRound, nextPlan } from './next-plan.js';
export { noteIdleFields, weighsByCoefficient } from './note-idle-fields.js';
export { parsePlan } from './parse-plan.js';
export { planMaxBytes } from './plan-document.js';
export { planLocation } from './plan-location.js';
export { listModules, type PlannedModule } from './plan-modules.js';
export { type PlanTemplateSettings, planTemplate } from './plan-template.js';
export {
  attacksImages,
  type Condition,
  listProtectedEntries,
  nameTask,
  type ProtectedEntry,
  protectLabel,
} from './protected-entries.js';
export {
  listRestored,
  type Resolution,
  type ResolvedField,
  resolvedFields,
  resolvePlan,
  restorePlan,
} from './resolve-plan.js';
export { threadsMax } from './schema/fields.js';
export { claimSizes, type Plan, type PlanDraft, type PlanInput, planSchema } from './schema.js';
export { limitTrainingImages } from './training-images.js';
export { isPlanFault, type NamedPlan, withPlanLines } from './with-plan-lines.js';
