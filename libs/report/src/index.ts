export { describeWatched } from './describe-watched.js';
export {
  type ContactSheet,
  renderContactSheet,
  type SheetItem,
  type SheetPicture,
  type SheetSection,
} from './page/render-contact-sheet.js';
export {
  type LabellingItem,
  type LabellingPage,
  renderLabelling,
} from './page/render-labelling.js';
export { renderReport } from './page/render-report.js';
export { renderSealed, type SealedReport } from './page/render-sealed.js';
export { renderStudy } from './page/render-study.js';
export type {
  ClaimResult,
  DriftReport,
  LedgerReport,
  ProtectedTaskResult,
  RunReport,
  TaskResult,
} from './run-report.js';
export { noteResumed } from './study/note-resumed.js';
export type { StudyReport } from './study-report.js';
