import { createTermService } from '@holdfast/constraint';
import { TermServiceDefinition } from '@holdfast/proto/holdfast/term/v1/term';
import { createInProcessClient } from '@holdfast/service-kit';
import type { HostedServices } from './hosted-services.js';

/** Hosts the service of users' modules alone, in this process: without an engine. */
export function hostTerms(): Pick<HostedServices, 'terms' | 'close'> {
  const { implementation, close } = createTermService({ allowModules: true });
  return { terms: createInProcessClient(TermServiceDefinition, implementation), close };
}
