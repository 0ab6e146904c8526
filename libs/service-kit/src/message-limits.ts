/** Largest messages, in bytes; set on servers and clients alike, for grpc-js's defaults differ by side. */
export interface MessageLimits {
  /** Largest message that is accepted. Default 64 MiB. */
  readonly receiveMaxBytes?: number;
  /** Largest message that is sent. Default 64 MiB. */
  readonly sendMaxBytes?: number;
}

/** 64 MiB: 32 times an embedding batch of 1024 x 512 float32. Parameters travel in chunks of 1 MiB. */
export const messageMaxBytes = 64 * 1024 * 1024;

/** How long a silent connection is trusted before a ping tests it. */
const keepaliveTimeMs = 60_000;
const keepaliveTimeoutMs = 20_000;

/** What a stream may have on its way: with the 64 KiB of HTTP/2's default, an array on loopback waits for updates two thirds of its time. */
const windowBytes = 2 ** 20;

/** The channel options of grpc-js that both sides share. */
export function toChannelOptions(limits: MessageLimits = {}): Record<string, number> {
  return {
    'grpc.max_receive_message_length': limits.receiveMaxBytes ?? messageMaxBytes,
    'grpc.max_send_message_length': limits.sendMaxBytes ?? messageMaxBytes,
    'grpc-node.flow_control_window': windowBytes,
    'grpc.keepalive_time_ms': keepaliveTimeMs,
    'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
  };
}
