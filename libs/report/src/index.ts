export type { ProtectedTaskResult, RunReport, TaskResult } from './run-report.js';
