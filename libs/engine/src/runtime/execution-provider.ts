/** What can run the graphs, the processor first. */
export const executionProviders = ['cpu', 'webgpu', 'cuda'] as const;

/** One of {@link executionProviders}. */
export type ExecutionProvider = (typeof executionProviders)[number];

/** A provider other than the processor. */
export type Accelerator = Exclude<ExecutionProvider, 'cpu'>;

/** What may be asked for: a provider, or the best one that works. */
export const providerRequests = [...executionProviders, 'auto'] as const;

/** One of {@link providerRequests}. */
export type ProviderRequest = (typeof providerRequests)[number];

/** A provider and one sentence that says why it was chosen. */
export interface ChosenProvider {
  readonly executionProvider: ExecutionProvider;
  readonly providerReason: string;
}
