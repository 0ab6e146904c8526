export { describeSchedule, noteSchedule, scheduleRun } from './choose/schedule-run.js';
export type { ServiceClients } from './clients.js';
export { type ControllerSettings, controllerProgram } from './program.js';
export type { ControllerOptions } from './service/controller-options.js';
export { createControllerService } from './service/create-controller-service.js';
export { tryModules } from './terms/modules/try-modules.js';
export { toAugmentation } from './train/to-augmentation.js';
export { countBudget, type Rung, type TrialSettings } from './tune/plan-trials.js';
export { prepareTuning, rankTrials, type Trial, type Tuning, tunePlan } from './tune/tune-plan.js';
