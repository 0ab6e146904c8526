import { basename, dirname, join } from 'node:path';
import { resolveName, writeFolderAtomic } from '@holdfast/artifacts';
import type { WeightType } from '@holdfast/engine/export';
import { Fault } from '@holdfast/fault';
import { writeModelCard } from '@holdfast/publish';
import { readOrigin, readVerdict, studyOf } from '@holdfast/run-store';
import { type Command, Option } from 'commander';
import { copyCandidate } from '../candidate/copy-candidate.js';
import { refuseExistingFolder } from '../candidate/refuse-existing-folder.js';
import { refuseStudyRun } from '../candidate/refuse-study-run.js';
import { nameCommand } from '../name-command.js';
import { readClassifier } from '../onnx/read-classifier.js';
import { type OnnxRequest, writeOnnx } from '../onnx/write-onnx.js';
import { shortenPath } from '../shorten-path.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { findJudged } from '../verdict/find-judged.js';
import { version } from '../version.js';

interface ExportOptions {
  readonly to: string;
  readonly unreleased?: boolean;
  readonly onnx?: boolean;
  readonly dtype?: WeightType;
  readonly classifier?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} export runs/fog --to models/production-2
  ${holdfast} export runs/fog/candidate --to models/inspect --unreleased
  ${holdfast} export runs/fog --to models/edge --onnx --dtype fp16 --classifier

The weights must have the hash that the verdict is bound to. README.md is a model card as the Hugging Face
hub reads it, with the verdict; the card of the model before follows in it.

--onnx adds vision_model.onnx (pixel_values to image_embeds) and text_model.onnx (input_ids to
text_embeds), named as optimum does: opset 17, any batch, embeddings as the projections give them, not
normalised. The text model knows no task-dependent heads. --classifier adds classifier.onnx
(pixel_values to logits: the logit scale times the cosine to each class of the run, under its head) and
labels.json. Each file is run on random inputs and compared with the model; what is printed is the
largest difference, of embeddings as unit vectors and of logits as cosines.`;

/** Adds `holdfast export`. */
export function addExport(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  program
    .command('export')
    .summary("copy a run's released model to a folder of its own")
    .description(
      "Copies a run's candidate to a new folder, with its verdict, after checking that its weights are those that were judged.",
    )
    .argument('<run>', "a run's folder, or its candidate folder")
    .requiredOption('--to <folder>', 'folder to make')
    .option('--unreleased', 'copy a candidate that the gate did not release, too')
    .option('--onnx', 'also write the towers as ONNX files, checked against the model')
    .addOption(
      new Option(
        '--dtype <type>',
        'how ONNX files store weights; both compute in float32 (default: fp32)',
      ).choices(['fp32', 'fp16']),
    )
    .option(
      '--classifier',
      "also write the run's prompts and heads, folded into one ONNX classifier",
    )
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (source: string, options: ExportOptions) => {
      onExit(await exportModel(source, options, terminal));
    });
}

async function exportModel(
  source: string,
  options: ExportOptions,
  terminal: Terminal,
): Promise<number> {
  const { to, unreleased } = options;
  const { cwd, output } = terminal;
  refuseLoneOptions(options);
  const candidate = await findJudged(resolveName(cwd, source));
  const { verdict } = await readVerdict(join(candidate, 'verdict.json'));
  if (verdict.outcome !== 'RETAINED' && !unreleased) {
    throw new Fault(
      'precondition',
      `${source} was not released (${verdict.outcome}); to copy it for a look, add --unreleased`,
    );
  }
  if (!unreleased) await refuseStudyRun(candidate, source);
  const target = resolveName(cwd, to);
  await refuseExistingFolder(target, to);
  const onnx = await readOnnxRequest(candidate, options, terminal);
  const lines = await writeFolderAtomic(target, async (temporary) => {
    await copyCandidate(candidate, temporary, verdict.candidate.sha256);
    const origin = await readOrigin(dirname(candidate)).catch(() => undefined);
    const planName = origin?.planName ?? basename(target);
    const study = origin && studyOf(origin);
    await writeModelCard(temporary, { verdict, planName, study, softwareVersion: version });
    return onnx === undefined ? [] : writeOnnx(temporary, onnx, terminal);
  });
  const summary = [
    `${verdict.outcome}  ${shortenPath(target, cwd)}`,
    `weights  sha256 ${verdict.candidate.sha256}`,
  ];
  output.write(`${[...summary, ...lines].join('\n')}\n`);
  return exitCodes.ok;
}

function refuseLoneOptions({ onnx, dtype, classifier }: ExportOptions): void {
  if (onnx || (dtype === undefined && !classifier)) return;
  const name = dtype === undefined ? '--classifier' : '--dtype';
  throw new Fault('invalid', `${name} is about ONNX files; add --onnx`);
}

async function readOnnxRequest(
  candidate: string,
  { onnx, dtype = 'fp32', classifier }: ExportOptions,
  terminal: Terminal,
): Promise<OnnxRequest | undefined> {
  if (!onnx) return undefined;
  const folded = classifier ? await readClassifier(candidate, terminal) : undefined;
  return { weightType: dtype, classifier: folded };
}
