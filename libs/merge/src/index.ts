export {
  type MergeMethod,
  type MergeRecord,
  mergeRecordSchema,
  modelsMax,
} from './merge-record.js';
export { type MergeSettings, type MergeSource, mergeModels } from './models/merge-models.js';
