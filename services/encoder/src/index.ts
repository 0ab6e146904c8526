export { createEncoderService, type EncoderServiceOptions } from './create-encoder-service.js';
