export type { BenchmarkNames } from './format-benchmark.js';
export { type Cell, type CellSource, listCells } from './list-cells.js';
export { measures } from './measures.js';
export { parseStudy } from './parse-study.js';
export { describeAim } from './reach-aim.js';
export { readCell } from './read-cell.js';
export { describeStudy, requireSameStudy, type StudySource, writeStudy } from './study-folder.js';
export {
  type AimResult,
  type CellRecord,
  type Conclusion,
  type MethodSummary,
  type StudyRecord,
  studyRecordSchema,
  type UndecidedTask,
} from './study-record.js';
export type { Study } from './study-schema.js';
