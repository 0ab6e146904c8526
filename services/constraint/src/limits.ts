import { stepLimits, taskLimits } from '@holdfast/service-kit';

/** What one run may hold. */
export const limits = { ...taskLimits, ...stepLimits } as const;
