export type { ServiceClients } from './clients.js';
export { readDataset } from './run/read-dataset.js';
export { type NeededRole, requireImages } from './run/require-images.js';
export {
  createPrompts,
  type ProtectedTask,
  type RunPrompts,
  type RunTasks,
  resolveTasks,
  selectSamples,
} from './run/tasks.js';
export {
  type ControllerOptions,
  createControllerService,
} from './service/create-controller-service.js';
