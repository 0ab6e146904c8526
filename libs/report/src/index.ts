export { renderReport } from './page/render-report.js';
export type { ProtectedTaskResult, RunReport, TaskResult } from './run-report.js';
