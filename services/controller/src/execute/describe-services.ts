import { describeEnvironment } from '@holdfast/evaluation';
import type { PlanDraft } from '@holdfast/plan';
import type { ServiceClients } from '../clients.js';
import { askAny } from '../replicas/ask-any.js';
import type { ExecuteRunOptions } from '../run/execute-run-options.js';
import { describeModuleEnvironment } from '../terms/modules/describe-back-end.js';

/** What a run runs on: everything that its bits or its speed depend on, by name. */
export async function describeServices(
  { clients, signal }: ExecuteRunOptions,
  plan: PlanDraft,
): Promise<Record<string, string>> {
  return {
    ...(await describeEncoders(clients, signal)),
    ...(await describeModuleEnvironment(clients.terms, plan)),
  };
}

/** Of several encoders, what the first one that answers runs on, and how many there are. */
async function describeEncoders(
  clients: ServiceClients,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  if (clients.replicas === undefined) return describeEnvironment(clients.encoder);
  const { answer, count } = await askAny(clients.replicas, describeEnvironment, signal);
  return { ...answer, encoders: String(count) };
}
