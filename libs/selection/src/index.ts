export { measureTask } from './measure-task.js';
export { type RankedVersion, rankVersions } from './rank-versions.js';
export type { GateDesign, MeasuredVersion, TaskDesign, TaskMeasurement } from './version.js';
