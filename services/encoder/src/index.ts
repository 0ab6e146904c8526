export { createEncoderService, type EncoderServiceOptions } from './create-encoder-service.js';
export {
  createImagePool,
  defaultImageWorkers,
  type ImagePool,
} from './images/create-image-pool.js';
export {
  type EncoderSettings,
  encoderProgram,
  type StartedEncoder,
} from './program.js';
