export { findCertifiedName } from './caller-identity.js';
export {
  type AccessFiles,
  type AccessSettings,
  accessShape,
  type ClientAccess,
  readClientAccess,
  toAccessFiles,
} from './client-access.js';
export { collectSeldom } from './collect-seldom.js';
export { collectViolations, type ViolationCollector } from './collect-violations.js';
export { confineField } from './confine-field.js';
export { connectPeers, type PeerSettings, type Peers, peerShape } from './connect-peers.js';
export { createInProcessClient } from './create-in-process-client.js';
export { createLogger, type Logger, type LogLevel } from './create-logger.js';
export {
  type Counter,
  createCounter,
  createGauge,
  createHistogram,
  type Gauge,
  type GaugeSettings,
  type Histogram,
  type HistogramSettings,
  type MetricSettings,
  Registry,
} from './create-metrics.js';
export {
  type ClientTls,
  createRemoteClient,
  type RemoteClient,
  type RemoteClientOptions,
} from './create-remote-client.js';
export { drawBackoff } from './draw-backoff.js';
export { fromDuration, toDuration } from './durations.js';
export { createLearnedDeadlines, type LearnedDeadlines } from './learn-deadlines.js';
export type { MessageLimits } from './message-limits.js';
export type { SettingsShape } from './read-settings.js';
export type { Dependency } from './readiness.js';
export {
  runServer,
  type ServerProgram,
  type ServiceContext,
  type StartedService,
} from './run-server.js';
export { folderList, type ServerSettings } from './server-settings.js';
export { createServiceDependency, type ServiceDependencyOptions } from './service-dependency.js';
export {
  defineService,
  type RunningServer,
  type ServedService,
  type ServerOptions,
  type ServerTls,
  startServer,
} from './start-server.js';
export { startTracing } from './start-tracing.js';
export { createStreamFaults, type DescribeStreamFault } from './stream-faults.js';
export { stepLimits, taskLimits, textLengthMax } from './task-limits.js';
export { fromTimestamp, toTimestamp } from './timestamps.js';
export { toFault } from './to-fault.js';
export { toRpcStatus } from './to-rpc-status.js';
export { withoutSpan, withSpan } from './tracing.js';
