export { type HostedEncoder, hostEncoder } from './host-encoder.js';
export { hostInProcess } from './host-in-process.js';
export { hostOverGrpc } from './host-over-grpc.js';
export { hostTerms } from './host-terms.js';
export type { EngineLimits, HostedServices } from './hosted-services.js';
export { machineRoots } from './machine-roots.js';
