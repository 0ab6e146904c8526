import './without-telemetry.js';

export { InferenceSession, Tensor } from 'onnxruntime-node';
