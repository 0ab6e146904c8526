export { trainsImages, trainsOnFeatures } from './apply-scope.js';
export { formatPlan } from './format-plan.js';
export { findNearestName } from './nearest-name.js';
export { parsePlan } from './parse-plan.js';
export { planMaxBytes } from './plan-document.js';
export { planLocation } from './plan-location.js';
export { type PlanTemplateSettings, planTemplate } from './plan-template.js';
export { type Plan, type PlanInput, planSchema } from './schema.js';
export { type NamedPlan, withPlanLines } from './with-plan-lines.js';
