import { sha256 } from '@holdfast/artifacts';
import { isReleased, type RunEnd } from '../run/run-end.js';
import type { RunFacts } from '../run/run-facts.js';

/** An event as of CloudEvents 1.0, in its JSON form (github.com/cloudevents/spec). */
export interface CloudEvent {
  readonly specversion: '1.0';
  /** With `source` it names the event: the same however often it is sent. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time?: string;
  readonly datacontenttype: 'application/json';
  readonly data: unknown;
}

export const verdictType = 'holdfast.verdict.v1';

/** The verdict on a run's candidate as an event; undefined of a run without one. */
export function describeVerdict(
  { origin }: RunFacts,
  { verdict: file, at }: RunEnd,
): CloudEvent | undefined {
  if (file === undefined) return undefined;
  const { verdict, text } = file;
  return {
    specversion: '1.0',
    id: sha256(text),
    source: `/holdfast/runs/${encodeURIComponent(origin.runId)}`,
    type: verdictType,
    subject: origin.planName,
    ...(at === undefined ? {} : { time: new Date(at).toISOString() }),
    datacontenttype: 'application/json',
    data: {
      runId: origin.runId,
      planName: origin.planName,
      labels: origin.labels ?? {},
      outcome: verdict.outcome,
      released: isReleased(verdict.outcome, origin),
      reason: verdict.reason,
      candidate: { sha256: verdict.candidate.sha256, version: verdict.candidate.version },
      smallestAccuracyChange: verdict.devSafetyAccuracy,
      target: verdict.target.map(describeTask),
      protected: verdict.protected.map((task) => ({
        ...describeTask(task),
        verdict: task.verdict,
      })),
    },
  };
}

function describeTask(task: {
  readonly task: string;
  readonly referenceAccuracy: number;
  readonly candidateAccuracy: number;
  readonly accuracyChange: number;
  readonly lowerBound: number;
  readonly upperBound: number;
  readonly ceiling?: boolean | undefined;
}) {
  const { task: name, referenceAccuracy, candidateAccuracy, accuracyChange, lowerBound } = task;
  const { ceiling, upperBound } = task;
  const known = { task: name, referenceAccuracy, candidateAccuracy, accuracyChange, lowerBound };
  // What must not grow is bounded from above.
  return ceiling ? { ...known, ceiling, upperBound } : known;
}
