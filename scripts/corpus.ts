/**
 * Lints real Dockerfiles of other projects: `npm run corpus [-- --rule RULE] [--sample N] [--seed S] [--fix] [--preset NAME]`. They stand beside the
 * checkout and belong to those projects, so they are not part of this repository; without them this says so and skips.
 * Exits 1 on a crash, on a syntax error where the recorded parse has none, or where fixes do not hold.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { rules as allRules } from '../rules/registry.generated.ts';
import { chooseRules } from '../src/cli/choose-rules.ts';
import { readDockerfile } from '../src/dockerfile/reader.ts';
import { fixText } from '../src/engine/fix.ts';
import { type Finding, lintText } from '../src/engine/lint.ts';
import { PRESETS } from '../src/engine/rule.ts';
import { GENERAL } from './rule-files.ts';

const { values } = parseArgs({
  options: {
    rule: { type: 'string', multiple: true },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    severity: { type: 'string' },
    fix: { type: 'boolean', default: false },
    pedantic: { type: 'boolean', default: false },
    preset: { type: 'string', default: 'python' },
  },
});
const preset = PRESETS.find((name) => name === values.preset);
if (preset === undefined) throw new Error(`--preset takes ${PRESETS.join(', ')}`);
const rules = chooseRules(allRules, { preset });
for (const id of values.rule ?? [])
  if (!rules.some(({ meta }) => meta.id === id)) throw new Error(`--rule ${id}: no rule of preset ${preset}`);
const shared = join(import.meta.dirname, '..', '..', 'shared');
const recordings = join(shared, 'cases', 'parser-corpus.jsonl');

/** Exemplary images: no error and no warning from the Python families. */
const QUIET = /^(?:sclorg\+s2i-python-container|astral-sh\+uv-docker-example|docker-library\+python)\//;

interface Found {
  readonly file: string;
  readonly line: number;
  readonly finding: Finding;
}

/** Numbers that are the same for the same seed (mulberry32). */
function* randomNumbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

function run(): number {
  const found: Found[] = [];
  let failures = 0;
  const fail = (message: string): void => {
    failures++;
    console.log(`FAILED ${message}`);
  };
  const files = readFileSync(recordings, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { file: string; error?: string });
  const before = process.cpuUsage();
  for (const { file, error } of files) {
    const text = readFileSync(join(shared, 'corpus', file), 'utf8');
    const result = lintText(text, rules, { pedantic: values.pedantic, path: file });
    for (const failure of result.failures) fail(`${file}: ${failure.rule}: ${failure.error.stack}`);
    for (const finding of result.findings) {
      found.push({ file, line: result.lines.position(finding.range.start).line, finding });
      if (QUIET.test(file) && !GENERAL.has(finding.rule.family) && finding.severity !== 'info')
        fail(`${file}: ${finding.rule.id} in an exemplary image`);
      if (finding.rule.id === 'syntax-error' && error === undefined)
        fail(`${file}: syntax-error where the recorded parse has none`);
    }
    if (values.fix) checkFix(file, text, fail);
  }
  const { user, system } = process.cpuUsage(before);
  const shown = found.filter(
    ({ finding }) =>
      (values.rule === undefined || values.rule.includes(finding.rule.id)) &&
      (values.severity === undefined || finding.severity === values.severity),
  );
  if (values.rule !== undefined || values.sample !== undefined) show(shown);
  console.log(
    `\n${files.length} files, ${found.length} findings, ${((user + system) / 1000 / files.length).toFixed(2)} ms CPU a file in this process`,
  );
  const general = found.filter(({ finding }) => GENERAL.has(finding.rule.family));
  const perFile = files.map(({ file }) => general.filter((one) => one.file === file).length).sort((a, b) => a - b);
  console.log(`general findings a file: median ${perFile[Math.floor(perFile.length / 2)]}, most ${perFile.at(-1)}`);
  console.log('  error warning  info  low  rule');
  for (const { meta } of rules) {
    const own = found.filter(({ finding }) => finding.rule.id === meta.id);
    const count = (severity: string) =>
      String(own.filter(({ finding }) => finding.severity === severity).length).padStart(6);
    const low = String(own.filter(({ finding }) => finding.confidence === 'low').length).padStart(4);
    console.log(` ${count('error')} ${count('warning')} ${count('info')} ${low}  ${meta.id}`);
  }
  return failures;
}

/** Safe fixes on a real file: it still reads, a second run changes nothing, no comment is lost. */
function checkFix(file: string, text: string, fail: (message: string) => void): void {
  const before = readDockerfile(text);
  for (const unsafe of [false, true]) {
    const { pedantic } = values;
    const { text: mended, bug } = fixText(text, rules, { unsafe, pedantic });
    if (bug !== undefined) fail(`${file}: ${bug}`);
    if (fixText(mended, rules, { unsafe, pedantic }).text !== mended) fail(`${file}: a second run changes more`);
    const after = readDockerfile(mended);
    if (after.problems.length > before.problems.length) fail(`${file}: reads worse after the fixes`);
    const comments = new Set(after.comments.map((comment) => comment.text));
    if (before.comments.some((comment) => !comments.has(comment.text))) fail(`${file}: a comment is lost`);
  }
}

function show(all: readonly Found[]): void {
  const size = values.sample === undefined ? all.length : Number(values.sample);
  const random = randomNumbers(Number(values.seed));
  const rest = [...all];
  for (let index = 0; index < size && rest.length > 0; index++) {
    const at = values.sample === undefined ? 0 : Math.floor((random.next().value ?? 0) * rest.length);
    const [picked] = rest.splice(at, 1);
    if (picked === undefined) break;
    const { file, line, finding } = picked;
    console.log(`${file}:${line} ${finding.severity}/${finding.confidence} ${finding.rule.id}: ${finding.message}`);
  }
}

if (existsSync(recordings)) process.exitCode = run() === 0 ? 0 : 1;
else console.log('skipped: the corpus of real Dockerfiles is not here');
