export type { ArchiveColumns } from './archives/archive-index.js';
export type { ArchivePattern, ArchiveSettings } from './archives/archive-settings.js';
export { checkData, type DataCheck } from './check-data.js';
export { compareText, listSome } from './compare-text.js';
export {
  addCorrupted,
  type CorruptedCopy,
  identifyContent,
  withoutCorrupted,
} from './corrupted-samples.js';
export { formatCells } from './csv-cell.js';
export { createFileFinder, type FileFinder } from './find-file.js';
export { hashFiles } from './hash-files.js';
export { loadDataset } from './load-dataset.js';
export type {
  ChosenLabels,
  LoadPurpose,
  LoadSettings,
  NamedSource,
  SplitSettings,
} from './load-settings.js';
export { type LocatedFile, resolveRoot } from './locate-files.js';
export type { ManifestColumns, OtherColumn } from './manifest-columns.js';
export { isMissing } from './missing-value.js';
export { cellLengthMax } from './parse-row.js';
export { listPartitions, type Partition } from './partition.js';
export { openPixelSource, type PixelReader, type PixelSource } from './pixel-source.js';
export type { BadImage } from './pixel-store.js';
export {
  type BadImagePolicy,
  type PreparedImages,
  type PrepareSettings,
  prepareImages,
} from './prepare-images.js';
export { type PrepareSample, prepareSample, type SampleRequest } from './prepare-sample.js';
export type { OnProgress, Progress } from './progress.js';
export { type ColumnRow, readColumns } from './read-columns.js';
export { listClasses, readImageFolder } from './read-image-folder.js';
export { type LabelScope, readLabels } from './read-labels.js';
export { createSampleThumbnail, readSampleImageSync } from './read-sample-image.js';
export {
  noLabel,
  readUnlabelledImages,
  type UnlabelledImages,
  type UnlabelledSettings,
} from './read-unlabelled-images.js';
export { type RowSource, rowsMax } from './row.js';
export {
  type Dataset,
  parseRoles,
  type Role,
  roleNames,
  type Sample,
  samplesWithRole,
} from './sample.js';
export { readSampleTable, type SampleTable, writeSampleTable } from './sample-table.js';
export { parseSplit, type Split } from './split.js';
export {
  type ManifestHeader,
  readManifestHeader,
  type StreamedRow,
  type StreamOptions,
  streamManifest,
} from './stream-manifest.js';
export { listSynthetic } from './synthetic-samples.js';
export type { DroppedImage } from './without-copies.js';
