import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main, processTerminal } from './main.ts';

/** GitHub shows ten annotations of a step; the rest is in the job summary. */
const MAX_ANNOTATIONS = 10;

/** What the runner says: `INPUT_…` for the inputs of action.yml, and the files that outputs and summaries are written to. */
interface Runner {
  input(name: string): string;
  output(name: string, value: string): void;
  summary(markdown: string): void;
}

const runner: Runner = {
  // The runner keeps dashes (docs.github.com/actions, metadata syntax, inputs).
  input: (name) => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim(),
  output: (name, value) => append(process.env.GITHUB_OUTPUT, `${name}=${value.replace(/[\r\n]+/g, ' ')}\n`),
  summary: (markdown) => append(process.env.GITHUB_STEP_SUMMARY, `${markdown}\n`),
};

function append(file: string | undefined, text: string): void {
  if (file !== undefined && file !== '') appendFileSync(file, text);
}

/** Runs `lint` or `inspect` with the inputs as its flags: annotations, job summary, outputs. Returns the exit code. */
async function run(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-action-'));
  try {
    const files = { json: join(folder, 'report.json'), markdown: join(folder, 'report.md') };
    const image = runner.input('image');
    const argv = [...(image === '' ? lintArguments() : inspectArguments(image)), ...commonArguments()];
    for (const [format, file] of Object.entries(files)) argv.push('--format', `${format}=${file}`);
    const code = await main(argv, image === '' ? annotating() : processTerminal);
    report(files);
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lintArguments(): string[] {
  const paths = linesOf('paths');
  const sarif = runner.input('sarif-file');
  const argv = ['lint', ...(paths.length === 0 ? ['.'] : paths), '--format', 'github'];
  if (sarif !== '') argv.push('--format', `sarif=${sarif}`);
  runner.output('sarif-file', sarif);
  for (const name of ['baseline', 'shellcheck', 'target', 'context']) argv.push(...flag(name));
  for (const given of linesOf('build-args')) argv.push(`--build-arg=${given}`);
  return argv;
}

/** An input that takes several values, one a line. */
function linesOf(name: string): string[] {
  return runner
    .input(name)
    .split(/\s*\n\s*/)
    .filter(Boolean);
}

function inspectArguments(image: string): string[] {
  const names = ['platform', 'dockerfile', 'target', 'min-efficiency', 'max-wasted'];
  return ['inspect', image, '--no-progress', '--format', 'text', ...names.flatMap(flag)];
}

function commonArguments(): string[] {
  const names = ['preset', 'config', 'select', 'ignore', 'fail-on'];
  return [...names.flatMap(flag), ...(runner.input('pedantic') === 'true' ? ['--pedantic'] : [])];
}

function flag(name: string): string[] {
  const value = runner.input(name);
  return value === '' ? [] : [`--${name}=${value}`];
}

/** Prints the worst ten annotations. */
function annotating(): typeof processTerminal {
  let printed = 0;
  return {
    ...processTerminal,
    out: (text) => {
      for (const line of text.split('\n').filter(Boolean)) {
        if (line.startsWith('::') && printed++ >= MAX_ANNOTATIONS) continue;
        processTerminal.out(`${line}\n`);
      }
      if (printed > MAX_ANNOTATIONS) processTerminal.out(`${printed - MAX_ANNOTATIONS} more are in the job summary.\n`);
    },
  };
}

/** Outputs and summary from what was written; nothing where the run ended before. */
function report(files: { readonly json: string; readonly markdown: string }): void {
  let counts: Record<string, unknown> = {};
  try {
    counts = (JSON.parse(readFileSync(files.json, 'utf8')) as { summary: Record<string, unknown> }).summary;
    if (runner.input('summary') !== 'false') runner.summary(readFileSync(files.markdown, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const count = (name: string) => Number(counts[name] ?? 0);
  runner.output('findings', String(count('error') + count('warning') + count('info')));
  runner.output('errors', String(count('error')));
  runner.output('warnings', String(count('warning')));
}

void run().then((code) => {
  process.exitCode = code;
});
