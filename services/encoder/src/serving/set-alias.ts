import type {
  DeleteAliasRequest,
  DeleteAliasResponse,
  SetAliasRequest,
  SetAliasResponse,
} from '@holdfast/proto/holdfast/serving/v1/serving';
import { collectViolations } from '@holdfast/service-kit';
import type { Alias, ModelRegistry } from './model-registry.js';
import { requireServedName } from './served-name.js';

/** Makes or moves an alias, with its shadow, at once. */
export function createSetAlias(registry: ModelRegistry) {
  return async (request: SetAliasRequest): Promise<SetAliasResponse> => {
    registry.setAlias(parseAlias(request));
    return {};
  };
}

/** Removes an alias. @param forget told its name */
export function createDeleteAlias(registry: ModelRegistry, forget: (alias: string) => void) {
  return async ({ alias }: DeleteAliasRequest): Promise<DeleteAliasResponse> => {
    registry.deleteAlias(alias);
    forget(alias);
    return {};
  };
}

/** @throws Fault `invalid` that names every field that is wrong. */
function parseAlias({ alias }: SetAliasRequest): Alias {
  const violations = collectViolations('SetAlias');
  const { alias: name = '', model = '', version = '', shadow } = alias ?? {};
  requireServedName(name, 'alias.alias', violations);
  requireServedName(model, 'alias.model', violations);
  requireServedName(version, 'alias.version', violations);
  const share = shadow?.share ?? 1;
  if (shadow) {
    requireServedName(shadow.model, 'alias.shadow.model', violations);
    requireServedName(shadow.version, 'alias.shadow.version', violations);
    const isShare = share > 0 && share <= 1;
    violations.require(isShare, 'alias.shadow.share', `is ${share}, not above 0 and up to 1`);
  }
  violations.throwIfAny();
  const beside = shadow && { model: shadow.model, version: shadow.version, share };
  return { alias: name, model, version, shadow: beside };
}
