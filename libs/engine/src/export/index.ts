export {
  type ClassifierPrompts,
  exportOnnx,
  type OnnxExportSettings,
  type OnnxFile,
} from './export-onnx.js';
export type { WeightType } from './write-onnx-file.js';
