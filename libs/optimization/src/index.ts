export { type AdamwSettings, type AdamwState, createAdamwState, stepAdamw } from './adamw.js';
export { type LearningRateSchedule, learningRateAt } from './learning-rate.js';
