import { createReadStream, writeFileSync } from 'node:fs';
import type { BuildContext } from '../dockerfile/context.ts';
import { checkImage } from '../engine/image.ts';
import { type Join, joinFindings, joinHistory } from '../engine/join.ts';
import { lintText } from '../engine/lint.ts';
import { type DockerfileModel, modelOf } from '../engine/model.ts';
import { isAtLeast, type Rule } from '../engine/rule.ts';
import { type Inspection, inspectImage } from '../image/inspect.ts';
import { ImageError } from '../image/layer.ts';
import { MODEL_BODIES } from '../image/model.ts';
import { openImage } from '../image/sources/open.ts';
import { printableText } from '../image/tree.ts';
import { formatBytes } from '../report/bytes.ts';
import { inspectJson } from '../report/inspect-json.ts';
import { inspectMarkdown } from '../report/inspect-markdown.ts';
import type { InspectReport } from '../report/inspect-report.ts';
import { inspectText } from '../report/inspect-text.ts';
import type { InspectArguments } from './argument-types.ts';
import { bugLines, reasonOf, UsageError } from './errors.ts';
import { readTextFile } from './files.ts';
import { RuleChoices } from './rule-choices.ts';
import { ruleTexts } from './rule-texts.ts';
import type { Terminal } from './terminal.ts';

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
  let inspection: Inspection;
  let joined: Join | string | undefined;
  try {
    const image = await openImage(args.image, {
      platform: args.platform,
      image: args.chosen,
      isInsecure: args.insecure,
      stdin: () => createReadStream('', { fd: 0, highWaterMark: 1024 * 1024 }),
      progress: bar.add,
      expect: bar.expect,
      bodies: [...MODEL_BODIES, ...rules.flatMap(({ check }) => check.bodies ?? [])],
    });
    const { history = [] } = image.config ?? {};
    joined = dockerfile && joinHistory(dockerfile.model.stages, history, image.layers.length, args.target);
    const baseLayers = typeof joined === 'object' ? joined.baseLayers : undefined;
    inspection = await inspectImage(image, args.baseLayers ?? baseLayers);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    const message = printableText(error.message);
    throw new UsageError(message.startsWith(`${args.image}: `) ? message : `${args.image}: ${message}`);
  } finally {
    bar.clear();
  }

  const { findings, failures } = checkImage(inspection.model, rules, pedantic);
  const result =
    dockerfile && lintText(dockerfile.text, rules, { pedantic, path: dockerfile.path, context: dockerfile.context });
  const bugs = [
    ...bugLines(args.image, failures),
    ...(dockerfile === undefined ? [] : bugLines(dockerfile.path, result?.failures ?? [])),
  ];
  if (typeof joined === 'string') terminal.err(`plimsoll: ${args.dockerfile}: ${printableText(joined)}\n`);
  const together =
    typeof joined === 'object' && result !== undefined
      ? joinFindings(result.findings, findings, joined, rules)
      : {
          dockerfile: result?.findings ?? [],
          image: findings.map((finding) => ({ ...finding, instruction: undefined })),
          disproved: [],
        };
  const report: InspectReport = {
    inspection,
    findings: together.image,
    dockerfile: dockerfile && result && { path: dockerfile.path, result, findings: together.dockerfile },
  };
  for (const line of bugs) terminal.err(line);
  for (const { format, file } of args.outputs) {
    const paint = file === undefined ? await terminal.paint('out', args.color) : (_: unknown, text: string) => text;
    const text =
      format === 'json'
        ? inspectJson(report, version)
        : format === 'markdown'
          ? inspectMarkdown(report)
          : inspectText(report, await ruleTexts(), args.top, paint);
    if (file === undefined) terminal.out(text);
    else {
      try {
        writeFileSync(file, text);
      } catch (error) {
        throw new UsageError(`${file}: ${reasonOf(error)}`);
      }
    }
  }

  const missed = missedThresholds(inspection, args);
  for (const line of missed) terminal.err(`plimsoll: ${line}\n`);
  if (bugs.length > 0) return 2;
  const isFailed =
    failOn !== 'never' &&
    [...together.image, ...together.dockerfile].some(({ severity }) => isAtLeast(severity, failOn));
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

interface DockerfileInput {
  readonly path: string;
  readonly text: string;
  readonly context: BuildContext | undefined;
  readonly model: DockerfileModel;
}

async function readDockerfile(given: string): Promise<DockerfileInput> {
  const { contextOf } = await import('./context.ts');
  const path = given.replaceAll('\\', '/').replace(/^\.\//, '');
  const { text } = readTextFile(given);
  const context = contextOf(given);
  return { path, text, context, model: modelOf(text, { path, context }) };
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
