export {
  createStepSampler,
  type StepDraw,
  type StepSampler,
  type StepSamplerOptions,
  type TaskDraw,
} from './step-sampler.js';
