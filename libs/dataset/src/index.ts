export { checkData, type DataCheck } from './check-data.js';
export { formatCells } from './csv-cell.js';
export { loadDataset } from './load-dataset.js';
export type { LoadPurpose, LoadSettings, SplitSettings } from './load-settings.js';
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
export { listClasses } from './read-image-folder.js';
export { type LabelScope, readLabels } from './read-labels.js';
export {
  noLabel,
  readUnlabelledImages,
  type UnlabelledImages,
  type UnlabelledSettings,
} from './read-unlabelled-images.js';
export { type Dataset, type Role, roleNames, type Sample, samplesWithRole } from './sample.js';
export { readSampleTable, type SampleTable, writeSampleTable } from './sample-table.js';
export type { DroppedImage } from './without-copies.js';
