import { measureTrial, type TrialRequest } from './measure-trial.js';

// The entry of the process that tries a provider: what crashes there crashes alone.
process.once('message', async (request: TrialRequest) => {
  process.send!(await measureTrial(request), () => process.exit());
});
