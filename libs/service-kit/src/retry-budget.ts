/** Limits how much a client adds to the load of a service that already refuses calls. */
export interface RetryBudget {
  /** A call was answered. */
  succeed(): void;
  /** A call was refused. Answers whether it may be sent again. */
  fail(): boolean;
}

const tokensMax = 10;
const tokensPerSuccess = 0.1;

/**
 * The token bucket of gRPC's `retryThrottling` (gRFC A6): a refusal takes a token, an answer gives a tenth back,
 * and calls are repeated while more than half of ten are there.
 */
export function createRetryBudget(): RetryBudget {
  let tokens = tokensMax;
  return {
    succeed() {
      tokens = Math.min(tokens + tokensPerSuccess, tokensMax);
    },
    fail() {
      tokens = Math.max(tokens - 1, 0);
      return tokens > tokensMax / 2;
    },
  };
}
