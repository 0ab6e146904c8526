import type { Run } from '@holdfast/proto/holdfast/controller/v1/controller';
import type { JournalEntry } from '@holdfast/run-store';
import { withSpan } from '@holdfast/service-kit';
import type { RunEvent } from './run-feed.js';

/** What a step does one after the other. */
export type StepPhase = 'encode' | 'estimate' | 'backpropagate' | 'update' | 'share';

/** Does a phase of a step, and takes its time. */
export type WatchPhase = <Result>(phase: StepPhase, work: () => Promise<Result>) => Promise<Result>;

/** Is told what happens to a controller's runs; never throws. */
export interface RunObserver {
  /** An event, and the run as it is after it. */
  onEvent?(run: Run, event: RunEvent): void;
  /** Another process works on a run that waited here. */
  onLeft?(runId: string): void;
  /** What a run wrote into its journal. */
  onRecord?(runId: string, entry: JournalEntry): void;
  /** A phase of a step that was done took so long. */
  onPhase?(phase: StepPhase, seconds: number): void;
}

/** Several observers as one. */
export function joinObservers(observers: readonly RunObserver[]): Required<RunObserver> {
  return {
    onEvent(run, event) {
      for (const observer of observers) observer.onEvent?.(run, event);
    },
    onLeft(runId) {
      for (const observer of observers) observer.onLeft?.(runId);
    },
    onRecord(runId, entry) {
      for (const observer of observers) observer.onRecord?.(runId, entry);
    },
    onPhase(phase, seconds) {
      for (const observer of observers) observer.onPhase?.(phase, seconds);
    },
  };
}

/** Takes the time of each phase for an observer, and makes a span of it. */
export function createPhaseWatch({ onPhase }: Pick<RunObserver, 'onPhase'>): WatchPhase {
  return async (phase, work) => {
    const startMs = performance.now();
    const result = await withSpan(`holdfast.step.${phase}`, {}, work);
    onPhase?.(phase, (performance.now() - startMs) / 1000);
    return result;
  };
}
