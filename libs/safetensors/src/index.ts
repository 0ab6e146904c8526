export { fromFloat32, isReadableAsFloat32, type TensorData, toFloat32 } from './convert.js';
export { bytesPerElement, countElements, type ElementType } from './element-type.js';
export { findNotFinite } from './find-not-finite.js';
export {
  headerLengthBytes,
  parseHeader,
  readHeaderLength,
  type SafetensorsHeader,
  type TensorLocation,
} from './header.js';
export { parseSafetensors, type Safetensors, type SafetensorsTensor } from './parse-safetensors.js';
export { SafetensorsError, type TensorViolation } from './safetensors-error.js';
export {
  layOutSafetensors,
  type SafetensorsLayout,
  serializeSafetensors,
  type TensorDescription,
} from './serialize-safetensors.js';
