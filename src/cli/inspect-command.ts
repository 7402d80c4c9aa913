import { createReadStream } from 'node:fs';
import { isAtLeast, type Rule } from '../engine/rule.ts';
import type { Inspection } from '../image/inspect.ts';
import { formatBytes } from '../report/bytes.ts';
import { inspectJson } from '../report/inspect-json.ts';
import { inspectMarkdown } from '../report/inspect-markdown.ts';
import { inspectText } from '../report/inspect-text.ts';
import type { InspectArguments } from './argument-types.ts';
import { bugLines } from './errors.ts';
import { readTextFile } from './files.ts';
import { type GivenDockerfile, type JudgedImage, judgeImage } from './judge-image.ts';
import { writeReport } from './render.ts';
import { RuleChoices } from './rule-choices.ts';
import { ruleTexts } from './rule-texts.ts';
import type { Terminal } from './terminal.ts';
import { worldOf } from './world.ts';

/** Milliseconds before a progress bar appears, and between two of its states. */
const FIRST = 1000;
const NEXT = 100;

/** `plimsoll inspect`: exit code 0, 1 (findings, or a threshold is missed) or 2. Nothing is written but reports. */
export async function inspectCommand(
  args: InspectArguments,
  allRules: readonly Rule[],
  version: string,
  terminal: Terminal,
): Promise<number> {
  const choices = new RuleChoices(args, allRules);
  const { rules, pedantic, failOn } = await choices.of(args.dockerfile ?? '.', args.dockerfile === undefined);
  const dockerfile = args.dockerfile === undefined ? undefined : await readDockerfile(args.dockerfile);
  const bar =
    args.progress && process.stderr.isTTY
      ? progressBar(terminal)
      : { add: () => {}, expect: () => {}, clear: () => {} };
  let judged: JudgedImage;
  try {
    judged = await judgeImage(args.image, rules, {
      open: {
        platform: args.platform,
        image: args.chosen,
        isInsecure: args.insecure,
        stdin: () => createReadStream('', { fd: 0, highWaterMark: 1024 * 1024 }),
        progress: bar.add,
        expect: bar.expect,
      },
      world: worldOf(allRules),
      baseLayers: args.baseLayers,
      target: args.target,
      pedantic,
      dockerfile,
    });
  } finally {
    bar.clear();
  }
  const { report, failures, misfit } = judged;
  const { inspection } = report;
  const bugs = failures.flatMap((failure) => bugLines(failure.path, [failure]));
  if (misfit !== undefined) terminal.err(`plimsoll: ${args.dockerfile}: ${misfit}\n`);
  for (const line of bugs) terminal.err(line);
  for (const { format, file } of args.outputs) {
    const paint = file === undefined ? await terminal.paint('out', args.color) : (_: unknown, text: string) => text;
    const text =
      format === 'json'
        ? inspectJson(report, version)
        : format === 'markdown'
          ? inspectMarkdown(report)
          : inspectText(report, await ruleTexts(), args.top, paint);
    writeReport(text, file, terminal);
  }

  const missed = missedThresholds(inspection, args);
  for (const line of missed) terminal.err(`plimsoll: ${line}\n`);
  if (bugs.length > 0) return 2;
  const isFailed =
    failOn !== 'never' &&
    [...report.findings, ...(report.dockerfile?.findings ?? [])].some(({ severity }) => isAtLeast(severity, failOn));
  return isFailed || missed.length > 0 ? 1 : 0;
}

/** Thresholds that the image does not keep, in words. */
function missedThresholds(
  { efficiency, wasted }: Inspection,
  { minEfficiency, maxWasted }: InspectArguments,
): string[] {
  const missed: string[] = [];
  if (minEfficiency !== undefined && efficiency < minEfficiency)
    missed.push(`efficiency is ${(efficiency * 100).toFixed(1)} %, less than ${(minEfficiency * 100).toFixed(1)} %`);
  if (maxWasted !== undefined && wasted > maxWasted)
    missed.push(`${formatBytes(wasted)} are wasted, more than ${formatBytes(maxWasted)}`);
  return missed;
}

async function readDockerfile(given: string): Promise<GivenDockerfile> {
  const { contextOf } = await import('./context.ts');
  const path = given.replaceAll('\\', '/').replace(/^\.\//, '');
  return { path, text: readTextFile(given).text, context: contextOf(given) };
}

/** Bytes and rate; where all bytes are known, also how many are left and for how long. */
function progressBar(terminal: Terminal): {
  add(bytes: number): void;
  expect(bytes: number): void;
  clear(): void;
} {
  const start = performance.now();
  let bytes = 0;
  let total = 0;
  let shown = 0;
  return {
    expect: (more) => {
      total += more;
    },
    add: (more) => {
      bytes += more;
      const now = performance.now();
      if (now - start < FIRST || now - shown < NEXT) return;
      shown = now;
      const rate = (bytes * 1000) / (now - start);
      const left = total > bytes && rate > 0 ? `, ${Math.ceil((total - bytes) / rate)} s left` : '';
      const read = total >= bytes ? `${formatBytes(bytes)} of ${formatBytes(total)}` : formatBytes(bytes);
      terminal.err(`\r\u001b[K${read} read, ${formatBytes(Math.round(rate))}/s${left}`);
    },
    clear: () => {
      if (shown > 0) terminal.err('\r\u001b[K');
    },
  };
}
