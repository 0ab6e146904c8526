import { describe, expect, it } from 'vitest';
import { runCli } from './create-program.js';
import { createFakeTerminal } from './test-support/fake-terminal.js';

async function run(...argv: string[]) {
  const terminal = createFakeTerminal();
  const code = await runCli(argv, terminal);
  return { code, ...terminal.written };
}

describe('the command line', () => {
  it('prints its version', async () => {
    const { code, output } = await run('--version');
    expect(code).toBe(0);
    expect(output).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [['init']],
    [['plan', 'check']],
    [['data', 'check']],
    [['run']],
    [['resume']],
    [['evaluate']],
    [['compare']],
    [['gate']],
    [['export']],
    [['promote']],
    [['sign']],
    [['verify']],
    [['doctor']],
    [['up']],
    [['serve']],
    [['submit']],
    [['watch']],
    [['list']],
    [['cancel']],
    [['logs']],
    [['manifest']],
  ])('has help with examples for %j', async (command) => {
    const { code, output, progress } = await run(...command, '--help');
    expect(code).toBe(0);
    expect(output).toContain(`Examples:\n  holdfast ${command.join(' ')}`);
    expect(progress).toBe('');
  });

  it.each([
    [['runn', 'plan.yaml'], "unknown command 'runn'"],
    [['run'], "missing required argument 'plan'"],
    [['run', 'a', 'b'], 'too many arguments'],
    [['run', 'plan.yaml', '--thread', '2'], 'Did you mean --threads?'],
    [['run', 'plan.yaml', '--threads', 'all'], 'Write a whole number of at least 1'],
    [['run', 'plan.yaml', '--memory', '4'], 'Write a size like 512MiB or 4GiB'],
    [['run', 'plan.yaml', '--execution-provider', 'tpu'], 'Allowed choices are auto, cpu, webgpu'],
    [['gate', 'a', 'b'], "required option '--tasks <plan>' not specified"],
    [['gate', 'a', 'b', '--tasks', 'p', '--policy', 'lax'], 'Allowed choices are evidence, strict'],
    [['gate', 'a', 'b', '--tasks', 'p', '--tolerance', '5'], 'Write a fraction from 0 to 1'],
    [['evaluate', 'a', '--tasks', 'p', '--role', 'train'], 'Allowed choices are validation'],
    [['run', 'none.yaml'], 'error: none.yaml: no such plan'],
    [['study', 'none.yaml'], 'error: none.yaml: no such study'],
    [['study', `${'a'.repeat(256)}.yaml`], 'a.yaml cannot be read (ENAMETOOLONG)'],
    [['resume', 'runs/none'], 'runs/none holds no run (it has no origin.json)'],
    [['export', 'runs/none', '--to', 'x'], 'runs/none holds no judged candidate'],
    [['verify', 'runs/none'], 'runs/none holds no judged candidate'],
    [['sign', 'runs/none'], "required option '--key <pem>' not specified"],
    [['export', 'a', '--to', 'x', '--dtype', 'fp16'], '--dtype is about ONNX files; add --onnx'],
    [['export', 'a', '--to', 'x', '--classifier'], '--classifier is about ONNX files'],
    [['export', 'a', '--to', 'x', '--onnx', '--dtype', 'int8'], 'Allowed choices are fp32, fp16'],
    [['serve'], 'name what to serve: encoder, optimizer, constraint, evaluator, controller, all'],
    [['serve', 'encodr'], "there is no service 'encodr'; is it encoder?"],
    [['submit', 'none.yaml'], 'error: none.yaml: no such plan'],
    [['submit', 'plan.yaml', '--label', 'team'], 'Write a label as key=value.'],
    [['list', '--state', 'going'], 'Allowed choices are queued, preparing, training'],
    [['watch', 'run', '--token-path', 'none'], 'cannot use'],
    [['cancel', 'run', '--controller', 'host:1'], 'host:1 is another machine: give the client TLS'],
  ])('says what is wrong with %j, and exits with 1', async (argv, message) => {
    const { code, output, progress } = await run(...argv);
    expect(code).toBe(1);
    expect(progress).toContain(message);
    expect(progress).not.toContain('    at ');
    expect(output).toBe('');
  });
});
