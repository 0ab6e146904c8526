import { parseArgs } from 'node:util';
import { Fault, type FieldViolation } from '@holdfast/fault';
import { z } from 'zod';

/** Settings of a service by name, each a zod type that reads a string: `listenPort: z.coerce.number()`. */
export type SettingsShape = Readonly<Record<string, z.ZodType>>;

/** Where settings come from. A flag wins over its environment twin. */
export interface SettingsSources {
  /** Name of the service: `encoder`. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** `listenPort` as `--listen-port`. */
function formatFlag(setting: string): string {
  return `--${toWords(setting).join('-')}`;
}

/** `listenPort` of the encoder as `HOLDFAST_ENCODER_LISTEN_PORT`. */
function formatVariable(name: string, setting: string): string {
  return ['holdfast', name.replaceAll('-', '_'), ...toWords(setting)].join('_').toUpperCase();
}

function toWords(camelCase: string): string[] {
  return camelCase.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).split(' ');
}

/**
 * Reads settings from flags with environment twins: `--listen-port 50051` or
 * `HOLDFAST_ENCODER_LISTEN_PORT=50051`.
 *
 * @throws Fault `invalid` naming every flag and variable that is wrong, at once.
 */
export function readSettings<Shape extends SettingsShape>(
  shape: Shape,
  sources: SettingsSources,
): z.output<z.ZodObject<Shape>> {
  const { given, violations } = collectGiven(Object.keys(shape), sources);
  const input = Object.fromEntries([...given].map(([setting, { value }]) => [setting, value]));
  const parsed = z.strictObject(shape).safeParse(input);
  if (parsed.success && violations.length === 0) {
    return parsed.data as z.output<z.ZodObject<Shape>>;
  }
  for (const issue of parsed.error?.issues ?? []) {
    const setting = String(issue.path[0]);
    const field = given.get(setting)?.source ?? formatFlag(setting);
    const isMissing = !given.has(setting);
    const twin = formatVariable(sources.name, setting);
    const description = isMissing ? `is required (or ${twin})` : issue.message;
    violations.push({ field, description });
  }
  const list = violations.map(({ field, description }) => `${field}: ${description}`).join('\n  ');
  throw new Fault('invalid', `holdfast ${sources.name} cannot start:\n  ${list}`, { violations });
}

interface GivenSetting {
  readonly value: string;
  /** The flag or variable it came from, for messages. */
  readonly source: string;
}

function collectGiven(settings: readonly string[], { name, argv, environment }: SettingsSources) {
  const violations: FieldViolation[] = [];
  const given = new Map<string, GivenSetting>();
  for (const setting of settings) {
    const source = formatVariable(name, setting);
    const value = environment[source];
    if (value !== undefined && value !== '') given.set(setting, { value, source });
  }
  const byFlag = new Map(settings.map((setting) => [formatFlag(setting), setting]));
  const options = Object.fromEntries(
    settings.map((setting) => [formatFlag(setting).slice(2), { type: 'string' as const }]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    const source = token.kind === 'option' ? token.rawName : token.value;
    const setting = byFlag.get(source);
    if (token.kind === 'positional') {
      violations.push({ field: source, description: 'is not a flag; flags start with --' });
    } else if (setting === undefined) {
      violations.push({ field: source, description: 'is not a flag here; see --help' });
    } else if (token.value === undefined) {
      violations.push({ field: source, description: 'needs a value' });
    } else {
      given.set(setting, { value: token.value, source });
    }
  }
  return { given, violations };
}

/** Text of `--help`: each flag, its twin, what it does and its default. */
export function describeSettings(
  shape: SettingsShape,
  { name, usage = `holdfast serve ${name}` }: { readonly name: string; readonly usage?: string },
): string {
  const lines = Object.entries(shape).flatMap(([setting, type]) => {
    const fallback = type.safeParse(undefined);
    const isOptional = fallback.success;
    const value = isOptional && fallback.data !== undefined ? ` Default: ${fallback.data}.` : '';
    const head = `  ${formatFlag(setting)}${isOptional ? '' : ' (required)'}`;
    return [
      head,
      `      ${type.description ?? ''}${value}`,
      `      ${formatVariable(name, setting)}`,
    ];
  });
  return [
    `Usage: ${usage} [flags]`,
    '',
    'Flags, each with its environment twin:',
    ...lines,
    '',
  ].join('\n');
}
