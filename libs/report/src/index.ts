export { renderReport } from './page/render-report.js';
export type { LedgerReport, ProtectedTaskResult, RunReport, TaskResult } from './run-report.js';
