/**
 * Compares the reader with recorded results of BuildKit's own parser, and the rules with recorded cases of BuildKit's checks
 * and of hadolint (peer-cases.ts): `npm run conformance [-- FILE…]`. Each line of FILE is `{name|file, dockerfile?, nodes,
 * error?, escape?}`. Without FILE the recordings beside the checkout are used; they belong to other projects, so they are
 * not part of this repository, and without them the check says so and skips.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Instruction } from '../src/dockerfile/instructions.ts';
import { readDockerfile } from '../src/dockerfile/reader.ts';
import { buildkitScore, hadolintScore } from './peer-cases.ts';

interface Node {
  value: string;
  args: string[];
  flags?: string[];
  json?: boolean;
  start: number;
  end: number;
  original?: string;
  child?: Node;
  heredocs?: { Name: string; Expand: boolean; Chomp: boolean; Content: string }[];
}

interface Recording {
  name?: string;
  file?: string;
  dockerfile?: string;
  nodes: Node[];
  error?: string;
  escape?: string;
}

const ERRORS: Record<string, string> = {
  'file with no instructions': 'no-instructions',
  'ENV must have two arguments': 'value-missing',
  'LABEL must have two arguments': 'value-missing',
  'unterminated heredoc': 'heredoc-unterminated',
  'when using JSON array syntax, arrays must be comprised of strings only': 'json-not-strings',
};

function nodeOf(instruction: Instruction, trigger = false): Node {
  const node: Node = {
    value: instruction.name.text,
    args: argsOf(instruction),
    start: trigger ? 0 : instruction.startLine,
    end: trigger ? 0 : instruction.endLine,
  };
  if (instruction.flags.length > 0) node.flags = instruction.flags.map((flag) => flag.text);
  if (instruction.json) node.json = true;
  if (trigger) node.original = instruction.logical.text.slice(instruction.name.start).trimEnd();
  if (instruction.trigger !== undefined) node.child = nodeOf(instruction.trigger, true);
  if (instruction.heredocs.length > 0) {
    node.heredocs = instruction.heredocs.map((heredoc) => ({
      Name: heredoc.name,
      Expand: heredoc.expands,
      Chomp: heredoc.chomp,
      Content: heredoc.body.text,
    }));
  }
  return node;
}

function argsOf(instruction: Instruction): string[] {
  const { keyword, pairs, args } = instruction;
  if (keyword === undefined) return [''];
  if (keyword === 'ARG')
    return pairs.map(({ key, value }) => (value === undefined ? key.text : `${key.text}=${value.text}`));
  if (keyword === 'ENV' || keyword === 'LABEL')
    return pairs.flatMap(({ key, value }) => [key.text, value?.text ?? '', instruction.spaceSeparated ? '' : '=']);
  return args.map((arg) => arg.text);
}

const stable = (value: unknown): string =>
  JSON.stringify(value, (_key, inner) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner as object).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

function compare(recording: Recording, text: string): string | undefined {
  const read = readDockerfile(text);
  const syntax = read.problems.filter((problem) => problem.kind === 'syntax');
  if (recording.error !== undefined) {
    const code = ERRORS[recording.error];
    if (code === undefined) return syntax.length > 0 ? undefined : `recorded error "${recording.error}", none found`;
    return syntax.some((problem) => problem.code === code)
      ? undefined
      : `recorded error "${recording.error}", found ${stable(syntax)}`;
  }
  if (syntax.length > 0) return `no error recorded, found ${stable(syntax)}`;
  if (read.escape !== (recording.escape ?? '\\')) return `escape ${read.escape}, recorded ${recording.escape}`;
  const ours = read.instructions.map((instruction) => nodeOf(instruction));
  for (let index = 0; index < Math.max(ours.length, recording.nodes.length); index++) {
    const [found, wanted] = [stable(ours[index]), stable(recording.nodes[index])];
    if (found !== wanted) return `instruction ${index + 1}\n    recorded ${wanted}\n    found    ${found}`;
  }
  return undefined;
}

const shared = join(import.meta.dirname, '..', '..', 'shared');
const named = process.argv.slice(2);
const files =
  named.length > 0 ? named : ['parser-edge.jsonl', 'parser-corpus.jsonl'].map((name) => join(shared, 'cases', name));
let failed = false;
for (const file of files) {
  if (!existsSync(file)) {
    console.log(`skipped: ${named.length > 0 ? file : 'the recorded results'} is not here`);
    failed ||= named.length > 0;
    continue;
  }
  let matches = 0;
  let total = 0;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const recording = JSON.parse(line) as Recording;
    const text =
      recording.dockerfile ?? readFileSync(join(dirname(file), '..', 'corpus', recording.file ?? ''), 'utf8');
    const difference = compare(recording, text);
    total++;
    if (difference === undefined) matches++;
    else console.log(`${recording.name ?? recording.file}: ${difference}`);
  }
  console.log(`${file.split('/').at(-1)}: ${matches}/${total}`);
  failed ||= matches !== total;
}
/** What is asked of the rules: all of BuildKit's cases, 97 of 100 of hadolint's. */
const PEERS = [
  { file: 'buildkit.jsonl', score: buildkitScore, least: 1 },
  { file: 'hadolint.jsonl', score: hadolintScore, least: 0.97 },
] as const;

for (const { file, score, least } of named.length > 0 ? [] : PEERS) {
  const path = join(shared, 'cases', file);
  if (!existsSync(path)) {
    console.log(`skipped: ${file} is not here`);
    continue;
  }
  const { matches, total, misses, notes } = score(path);
  for (const miss of misses) console.log(`  ${miss}`);
  const share = ((100 * matches) / total).toFixed(1);
  console.log(
    `${file}: ${matches}/${total} (${share} %, at least ${100 * least} % are asked for); ${notes.join('; ')}`,
  );
  failed ||= total === 0 || matches / total < least;
}
process.exitCode = failed ? 1 : 0;
