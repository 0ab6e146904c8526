import { createHash } from 'node:crypto';
import {
  type OpenTermRequest,
  TermKind as TermKindMessage,
  type TermSizes as TermSizesMessage,
} from '@holdfast/proto/holdfast/term/v1/term';
import { requireRunId } from '@holdfast/run-kit';
import {
  collectViolations,
  fromDuration,
  taskLimits,
  type ViolationCollector,
} from '@holdfast/service-kit';
import {
  limits,
  type TermDescription,
  type TermKind,
  type TermSizes,
} from '@holdfast/term-modules';

const kinds: ReadonlyMap<TermKindMessage, TermKind> = new Map([
  [TermKindMessage.TERM_KIND_OBJECTIVE, 'objective'],
  [TermKindMessage.TERM_KIND_CONSTRAINT, 'constraint'],
]);

const sizesMax = { images: 65_536, texts: 100_000, columns: 65_536 } as const;
/** Elements of a batch's embeddings: with a constraint's reference they fit one message. */
const elementsMax = 8_000_000;

/**
 * Reads a request to open a term.
 *
 * @throws Fault `invalid` naming every bad field.
 */
export function parseOpenTerm(request: OpenTermRequest): {
  readonly description: TermDescription;
  readonly sizes: TermSizes;
} {
  const violations = collectViolations('OpenTerm');
  const { runId, name, temperature, options = {} } = request;
  const kind = kinds.get(request.kind);
  requireRunId(runId, violations);
  const isName = name !== '' && name.length <= taskLimits.nameLengthMax;
  const rule = `is required, at most ${taskLimits.nameLengthMax} characters`;
  violations.require(isName, 'name', rule);
  violations.require(kind !== undefined, 'kind', 'must be OBJECTIVE or CONSTRAINT');
  const isPositive = temperature > 0 && temperature < Infinity;
  violations.require(isPositive, 'temperature', `must be positive, is ${temperature}`);
  checkSizes(request.sizes, violations);
  const source = violations.attempt(() => readSource(request, violations));
  const timeLimitMs = readTimeLimit(request, violations);
  violations.throwIfAny();
  return {
    description: { name, kind: kind!, source: source!, options, temperature, timeLimitMs },
    sizes: request.sizes!,
  };
}

function checkSizes(sizes: TermSizesMessage | undefined, violations: ViolationCollector): void {
  if (sizes === undefined) {
    violations.add('sizes', 'is required');
    return;
  }
  for (const field of ['images', 'texts', 'columns'] as const) {
    const isSize = sizes[field] >= 1 && sizes[field] <= sizesMax[field];
    const description = `must be 1 to ${sizesMax[field]}, is ${sizes[field]}`;
    violations.require(isSize, `sizes.${field}`, description);
  }
  const elements = (sizes.images + sizes.texts) * sizes.columns;
  const description = `are ${elements} elements, more than the ${elementsMax} that a batch may have`;
  violations.require(elements <= elementsMax, 'sizes', description);
}

function readSource(
  { source, sourceSha256 }: OpenTermRequest,
  violations: ViolationCollector,
): string | undefined {
  const { byteLength } = source;
  const isSize = byteLength >= 1 && byteLength <= limits.sourceBytesMax;
  const rule = `must have 1 to ${limits.sourceBytesMax} bytes, has ${byteLength}`;
  if (!violations.require(isSize, 'source', rule)) return undefined;
  const found = createHash('sha256').update(source).digest('hex');
  violations.require(found === sourceSha256, 'source_sha256', `must be ${found} for this source`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(source);
  } catch {
    violations.add('source', 'is not UTF-8');
    return undefined;
  }
}

function readTimeLimit({ timeLimit }: OpenTermRequest, violations: ViolationCollector): number {
  if (timeLimit === undefined) return limits.timeLimitMsDefault;
  const ms = fromDuration(timeLimit);
  const isLimit = ms > 0 && ms <= limits.timeLimitMsMax;
  const rule = `must be more than 0 and at most ${limits.timeLimitMsMax / 1000} s, is ${ms / 1000} s`;
  violations.require(isLimit, 'time_limit', rule);
  return ms;
}
