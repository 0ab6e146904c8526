import type { GetInfoResponse } from '@holdfast/proto/holdfast/term/v1/term';
import { backEndNames, fromBackEnd } from './back-end-messages.js';
import type { TermStore } from './term-store.js';

/** Says which back end is taken, and why none of the faster ones. */
export function createGetInfo(store: TermStore) {
  return async (): Promise<GetInfoResponse> => {
    const { backEnd, trials } = await store.findBackEnd();
    return {
      allowsModules: store.allowsModules,
      backEnd: fromBackEnd(backEnd),
      refused: trials.flatMap((trial) =>
        trial.works ? [] : [{ name: backEndNames[trial.name], reason: trial.reason }],
      ),
    };
  };
}
