export { renderReport } from './page/render-report.js';
export type {
  DriftReport,
  LedgerReport,
  ProtectedTaskResult,
  RunReport,
  TaskResult,
} from './run-report.js';
