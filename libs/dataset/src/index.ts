export type { LoadSettings, SplitSettings } from './load-settings.js';
export type { OnProgress, Progress } from './progress.js';
export { type Dataset, type Role, roleNames, type Sample, samplesWithRole } from './sample.js';
