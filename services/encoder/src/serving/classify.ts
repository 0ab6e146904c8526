import type {
  ClassifyRequest,
  ClassifyResponse,
} from '@holdfast/proto/holdfast/serving/v1/serving';
import { collectViolations } from '@holdfast/service-kit';
import type { AskedVersion } from './asked-version.js';
import { describeTimings, embedInput, type ServingContext, weighRequest } from './embed.js';
import { embedClasses, weighClasses } from './embed-classes.js';
import { parseClasses } from './parse-classes.js';
import { parseImages } from './parse-images.js';
import { rankClasses } from './rank-classes.js';
import type { ServedClass } from './served-model.js';
import { type AskShadow, countAgreeing } from './shadow.js';

/** Says which class each image shows. */
export function createClassify(context: ServingContext, askShadow: AskShadow) {
  return async (
    request: ClassifyRequest,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<ClassifyResponse> => {
    const { served, alias } = context.registry.resolve(request.model, request.version);
    const ask = (asked: ClassifyRequest, version: AskedVersion) =>
      context.registry.use(version.served, () => classifyWith(context, version, asked));
    const response = await ask(request, { served, signal, queue: context.queue });
    if (alias?.shadow) {
      // Both are asked for the classes that the caller's model had.
      const classes = request.classes.length > 0 ? request.classes : copyClasses(served.classes);
      const images = response.classifications.length;
      askShadow(alias, {
        images,
        ask: (shadow) => ask({ ...request, classes }, shadow),
        compare(beside, { onShadow }) {
          const agreed = countAgreeing(response, beside);
          onShadow(alias.alias, 'agreed', agreed);
          onShadow(alias.alias, 'disagreed', images - agreed);
        },
      });
    }
    return response;
  };
}

async function classifyWith(
  context: ServingContext,
  { served, signal, queue }: AskedVersion,
  request: ClassifyRequest,
): Promise<ClassifyResponse> {
  const { images, pixelValues, top = 1 } = request;
  const violations = collectViolations('Classify');
  const classes = parseClasses(request.classes, served, violations);
  const isSomething = images.length + (pixelValues?.shape[0] ?? 0) > 0;
  violations.require(isSomething, 'images', 'are missing');
  violations.require(top >= 1, 'top', 'is 0: at least the best class is answered');
  violations.throwIfAny();
  const parse = async () => {
    const input = { directory: served.directory, roots: context.roots, violations };
    const parsed = await parseImages(images, pixelValues, input);
    violations.throwIfAny();
    return { images: parsed, texts: undefined };
  };
  const load = weighRequest({ images, pixelValues, texts: undefined, tokenIds: [] }, served);
  const tokens = load.tokens + weighClasses(served, classes);
  const { classifier, embedded } = await queue.admit({ ...load, tokens }, async () => ({
    classifier: await embedClasses(queue, { served, classes, signal }),
    embedded: await embedInput({ ...context, queue }, { served, signal, parse }),
  }));
  return {
    model: served.model,
    version: served.version,
    classifications: rankClasses(embedded.images, classifier, {
      names: classes.map(({ name }) => name),
      scale: Math.exp(served.directory.logitScale),
      top,
    }),
    timings: describeTimings(embedded),
  };
}

function copyClasses(classes: readonly ServedClass[]) {
  return classes.map(({ name, prompts }) => ({ name, prompts: [...prompts] }));
}
