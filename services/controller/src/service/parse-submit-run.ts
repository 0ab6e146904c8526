import { sha256 } from '@holdfast/artifacts';
import { type PlanDraft, parsePlan, withPlanLines } from '@holdfast/plan';
import type { SubmitRunRequest } from '@holdfast/proto/holdfast/controller/v1/controller';
import { confineUri } from '@holdfast/run-kit';
import { collectViolations } from '@holdfast/service-kit';
import { checkLabels } from './check-labels.js';
import { confinePlan } from './confine-plan.js';

const requestIdPattern = /^[\w-]{1,64}$/;
const planBytesMax = 1024 * 1024;
const planNameLengthMax = 1000;
const priorityMax = 1000;
const callerLengthMax = 256;

/** A request for a run that may be started. */
export interface ParsedSubmit {
  readonly plan: PlanDraft;
  /** Real path of the folder that relative paths of the plan start from. */
  readonly basePath: string;
  /** Real path of the run's folder; absent where the controller is to name it. */
  readonly runPath: string | undefined;
}

/** @throws Fault `invalid` naming every field that is wrong, or, where none is, every problem of the plan. */
export async function parseSubmitRun(
  request: SubmitRunRequest,
  roots: readonly string[],
): Promise<ParsedSubmit> {
  const { requestId, planYaml, planName = '', baseUri, runUri, labels } = request;
  const { priority, caller } = request;
  const violations = collectViolations('SubmitRun');
  const { require } = violations;
  const rule = 'is required: 1 to 64 of A-Z, a-z, 0-9, "-" and "_", as a random UUID';
  require(requestIdPattern.test(requestId), 'request_id', rule);
  require(planYaml !== '', 'plan_yaml', 'is required');
  require(Buffer.byteLength(planYaml) <= planBytesMax, 'plan_yaml', 'must have at most 1 MiB');
  const isShort = planName.length <= planNameLengthMax;
  require(isShort, 'plan_name', `must have at most ${planNameLengthMax} characters`);
  const place = { roots, violations };
  const runPath = runUri === undefined ? undefined : await confineUri(runUri, 'run_uri', place);
  const basePath = await confineUri(baseUri, 'base_uri', place);
  checkLabels(labels, violations);
  const isInRange = Math.abs(priority) <= priorityMax;
  require(isInRange, 'priority', `must be between -${priorityMax} and ${priorityMax}`);
  const isName = caller.length <= callerLengthMax && !/\p{Cc}/u.test(caller);
  const callerRule = `must have at most ${callerLengthMax} characters, none of them a control character`;
  require(isName, 'caller', callerRule);
  violations.throwIfAny();
  const plan = parsePlan(planYaml, planName);
  await withPlanLines({ name: planName, text: planYaml }, () => confinePlan(plan, basePath, roots));
  return { plan, basePath, runPath };
}

/** sha256 of everything that a request asks for, whoever asks, to tell a repetition from another request of the same name. */
export function hashRequest({ requestId: _, labels, ...request }: SubmitRunRequest): string {
  const { planYaml, planName, baseUri, runUri, priority } = request;
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  // Without one as before there were any, so that a repetition finds a run of an earlier version.
  const added = priority === 0 ? [] : [priority];
  return sha256(JSON.stringify([planYaml, planName, baseUri, runUri, sorted, ...added]));
}
