import type { VerdictFile } from '@holdfast/run-store';
import { stringify } from 'yaml';
import { renderTable } from './render-table.js';
import { type ModelCard, splitCard } from './split-card.js';

/** What a card tells of a candidate. */
export interface CardFacts {
  readonly verdict: VerdictFile['verdict'];
  readonly planName: string;
  /** Name of the study that the run is one of, which releases nothing. */
  readonly study?: string | undefined;
  readonly softwareVersion: string;
  /** What loads the candidate, as the hub names it. */
  readonly library: 'transformers' | 'open_clip';
  /** `openai/clip-vit-base-patch32`, where the model's configuration names it. */
  readonly baseModel?: string | undefined;
}

/** Begins the card of the model before, in the card of the new one. */
const divider = '<!-- holdfast: what follows is the card of the model before -->';

/**
 * The model card of a candidate, `README.md` as the Hugging Face hub reads it: the verdict in words, each task in a table, and
 * its accuracies as `model-index`. License, language and tags are those of the model before, whose card follows; its results
 * are not, for they are not those of these weights.
 *
 * @param before the card in the candidate's folder: of the model before, or an earlier one of this kind
 */
export function renderModelCard(facts: CardFacts, before: string): string {
  const card = splitCard(before.trim());
  const previous = findPrevious(card.body);
  const metadata = { ...card.metadata, ...describeModel(facts, card) };
  const parts = [
    `---\n${stringify(metadata, { lineWidth: 0 })}---`,
    renderVerdict(facts),
    ...(previous === '' ? [] : [divider, previous]),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** The card of the model before: behind the divider of an earlier card, or all of it. */
function findPrevious(body: string): string {
  const at = body.indexOf(divider);
  if (at !== -1) return body.slice(at + divider.length).trim();
  return body.trim().startsWith(title) ? '' : body.trim();
}

const title = '# Fine-tuned with Holdfast';

function describeModel(facts: CardFacts, { metadata }: ModelCard): Record<string, unknown> {
  const { verdict, planName, library, baseModel } = facts;
  const base = metadata['base_model'] ?? baseModel;
  const tags = Array.isArray(metadata['tags']) ? metadata['tags'] : [];
  return {
    library_name: library,
    pipeline_tag: 'zero-shot-image-classification',
    tags: [...new Set([...tags, 'clip', 'holdfast'])],
    ...(base === undefined ? {} : { base_model: base, base_model_relation: 'finetune' }),
    'model-index': [{ name: planName, results: listResults(verdict) }],
  };
}

/** An entry of `model-index` for each task, of validation and of test images. */
function listResults(verdict: VerdictFile['verdict']) {
  const validated = [...verdict.target, ...verdict.protected].map((task) => ({
    ...task,
    split: 'validation',
  }));
  const tested = (verdict.test?.tasks ?? []).map((task) => ({ ...task, split: 'test' }));
  return [...validated, ...tested].map(({ task, split, candidateAccuracy }) => ({
    task: { type: 'zero-shot-image-classification' },
    dataset: { type: 'holdfast-plan', name: task, split },
    metrics: [{ type: 'accuracy', value: candidateAccuracy }],
  }));
}

function renderVerdict({ verdict, planName, study, softwareVersion }: CardFacts): string {
  const released = verdict.outcome === 'RETAINED' && study === undefined;
  const where = study === undefined ? '' : ` in the study ${study}, which releases nothing`;
  const lines = [
    title,
    `**${released ? 'Released' : 'Not released'}** (${verdict.outcome}${where}). ${verdict.reason}`,
    renderTable(verdict.target, verdict.protected),
    'Accuracy of zero-shot classification on validation images, old and new model on the same ones; the bound is one-sided. What no image shows is not protected.',
    `Weights: sha256 \`${verdict.candidate.sha256}\` (${verdict.candidate.version}). Plan: \`${planName}\`. Holdfast ${softwareVersion}; \`verdict.json\` beside this file has everything.`,
  ];
  return lines.join('\n\n');
}
