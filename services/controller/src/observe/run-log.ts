import { type Run, RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import type { JournalEntry } from '@holdfast/run-store';
import type { ServiceContext } from '@holdfast/service-kit';
import type { RunEvent } from '../run/run-feed.js';
import type { RunObserver } from '../run/run-observer.js';
import { nameOutcome, nameState } from './names.js';

type Logger = ServiceContext['logger'];

/** Characters of a message: a refusal may list a thousand fields, and the run's journal has them all. */
const messageMax = 2000;

/** Entries of a run's journal that are logged as they are, and how loud. */
const recorded: Partial<Record<JournalEntry['event'], 'info' | 'warn'>> = {
  'run.queued': 'info',
  'run.resumed': 'info',
  'run.recovered': 'warn',
  'checkpoint.damaged': 'warn',
  'training.completed': 'info',
  'candidate.judged': 'info',
};

/** Logs every run's life, a line an event, each with `runId`: accepted, states, recoveries, verdict, end; steps at `debug`. */
export function createRunLog(logger: Logger): RunObserver {
  return {
    onEvent: (run, event) => logEvent(logger, run, event),
    onLeft: (runId) => logger.info({ event: 'run.left', runId }),
    onRecord(runId, entry) {
      const level = recorded[entry.event];
      if (level !== undefined) logger[level]({ ...entry, runId });
    },
  };
}

function logEvent(logger: Logger, run: Run, event: RunEvent): void {
  const { runId } = run;
  switch (event.$case) {
    case 'stateChanged': {
      const { state } = event.value;
      const isNew = state === RunState.RUN_STATE_QUEUED && run.startTime === undefined;
      if (isNew) logger.info({ event: 'run.submitted', runId, runUri: run.runUri });
      else logger.info({ event: 'run.state', runId, state: nameState(state), ...readStep(run) });
      return;
    }
    case 'stepApplied': {
      const { step, objective, penalty } = event.value;
      logger.debug({ event: 'step.applied', runId, step, objective, penalty });
      return;
    }
    case 'noted':
      logger.info({ event: 'run.noted', runId, note: cut(event.value.message) });
      return;
    case 'ended':
      logEnd(logger, run);
  }
}

function logEnd(logger: Logger, run: Run): void {
  const { runId, runUri, reason, failure } = run;
  const end = { event: 'run.ended', runId, runUri, state: nameState(run.state), ...readStep(run) };
  if (failure !== undefined) {
    logger.error({ ...end, code: failure.code, reason: cut(failure.message) });
  } else if (run.state === RunState.RUN_STATE_COMPLETED) {
    logger.info({ ...end, outcome: nameOutcome(run.outcome), reason: cut(reason ?? '') });
  } else {
    logger.info({ ...end, reason: cut(reason ?? '') });
  }
}

function readStep({ progress }: Run): { step: number } {
  return { step: progress?.step ?? 0 };
}

function cut(text: string): string {
  return text.length <= messageMax ? text : `${text.slice(0, messageMax)}...`;
}
