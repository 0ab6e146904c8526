export { type Plan, type PlanInput, planSchema } from './schema.js';
