import { Fault } from '@holdfast/fault';
import { OpenTermRequest, type OpenTermResponse } from '@holdfast/proto/holdfast/term/v1/term';
import { fingerprintRun } from '@holdfast/run-kit';
import { toDuration } from '@holdfast/service-kit';
import { dryRun, openTerm } from '@holdfast/term-modules';
import { fromBackEnd } from './back-end-messages.js';
import { parseOpenTerm } from './parse-open-term.js';
import type { TermStore } from './term-store.js';

/** Loads a module and tries it; the same request again answers what was found, another one is refused. */
export function createOpenTerm(store: TermStore) {
  return async (request: OpenTermRequest): Promise<OpenTermResponse> => {
    if (!store.allowsModules) {
      throw new Fault(
        'precondition',
        `this service takes no modules, so not '${request.name}': it runs them only if started with --allow-modules true`,
      );
    }
    const { description, sizes } = parseOpenTerm(request);
    const fingerprint = fingerprintRun(OpenTermRequest, request);
    const { backEnd } = await store.findBackEnd();
    const { runId, name } = request;
    const { report } = await store.open(runId, name, fingerprint, async () => {
      const term = openTerm(description, backEnd.name);
      try {
        return { kind: description.kind, term, report: await dryRun(term, description, sizes) };
      } catch (error) {
        await term.close();
        throw error;
      }
    });
    return {
      value: report.value,
      dependsOnImages: report.differentiable.images,
      dependsOnTexts: report.differentiable.texts,
      duration: toDuration(report.durationMs),
      backEnd: fromBackEnd(backEnd),
    };
  };
}
