import type {
  LoadModelRequest,
  LoadModelResponse,
} from '@holdfast/proto/holdfast/serving/v1/serving';
import { confineUri } from '@holdfast/run-kit';
import { collectViolations } from '@holdfast/service-kit';
import type { ServingContext } from './embed.js';
import { describeServed } from './list-models.js';
import { checkClasses } from './parse-classes.js';
import type { ServedModel, ServedModelSettings } from './served-model.js';
import { isServedName, requireServedName } from './served-name.js';

/** Loads a version, unless it is there. */
export type LoadServed = (settings: ServedModelSettings) => Promise<ServedModel>;

/** Loads what a request names. */
export function createLoadModel({ roots }: Pick<ServingContext, 'roots'>, load: LoadServed) {
  return async (request: LoadModelRequest): Promise<LoadModelResponse> => {
    const violations = collectViolations('LoadModel');
    const { model, version, modelUri: uri, classes } = request;
    requireServedName(model, 'model', violations);
    const isVersion = version === '' || isServedName(version);
    violations.require(isVersion, 'version', 'has other characters than names may have');
    checkClasses(classes, violations);
    const path = await confineUri(uri, 'model_uri', { roots, violations });
    violations.throwIfAny();
    return { model: describeServed(await load({ model, version, uri, path, classes })) };
  };
}
