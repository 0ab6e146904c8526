export { createEncoderService, type EncoderServiceOptions } from './create-encoder-service.js';
export {
  createImagePool,
  defaultImageWorkers,
  type ImagePool,
} from './images/create-image-pool.js';
