export { catchFault, refusalOf } from './catch-fault.js';

export { differentiateCentrally } from './differentiate-centrally.js';
export { encodePng, encodePngChunk } from './encode-png.js';
export {
  type FaultyProxy,
  type HeldAnswer,
  type StoreFault,
  startFaultyProxy,
} from './faulty-proxy.js';
export { type GoldenTensor, listGolden, loadGolden } from './load-golden.js';
export { packTar } from './pack-tar.js';
export { checkMetrics, hasPromtool, runPromtool } from './promtool.js';
export { type ReceivedSpan, receiveTraces, type TraceReceiver } from './receive-traces.js';
export { hasS3Server, type S3Server, startS3Server } from './s3-server.js';
export { compareAllclose, type Tolerance } from './to-be-allclose.js';
