export { hashDistanceMax } from './duplicates/visit-near-hashes.js';
export type {
  EmbeddedImages,
  EmbedImages,
  EmbedSettings,
} from './embed/embed-rows.js';
export { type Inspected, type InspectSettings, inspectData } from './inspect/inspect-data.js';
export {
  type Counted,
  countLeaks,
  type Inspection,
  type NamedImage,
  type NamedPair,
  type NamedProblem,
} from './inspect/inspection.js';
export { hasPairLabels, type ImportedPairs, importPairs } from './mine/import-pairs.js';
export { type Mined, type MineSettings, mineData } from './mine/mine-data.js';
export { writeMined } from './mine/write-mined.js';
export type { QualityLimits } from './select/filter-quality.js';
export { type Selection, type SelectSettings, selectData } from './select/select-data.js';
export { planInspectionSheet } from './sheet/plan-inspection-sheet.js';
export {
  type PlannedSection,
  type PlannedSheet,
  picturesMax,
  writeContactSheet,
} from './sheet/write-contact-sheet.js';
export { type DataSource, openDataSource, type SourceSettings } from './source/data-source.js';
export { writeRows } from './source/write-rows.js';
export type { SplitBalance } from './split/describe-balance.js';
export {
  type SplitData,
  type SplitDataSettings,
  splitData,
  splitParts,
} from './split/split-data.js';
export { writeSplit } from './split/write-split.js';
export { type NamedRow, readRows } from './table/read-rows.js';
export type { InspectImage } from './table/read-table.js';
