import { createReadStream, writeFileSync } from 'node:fs';
import { checkImage } from '../engine/image.ts';
import { isAtLeast, type Rule } from '../engine/rule.ts';
import { type Inspection, inspectImage } from '../image/inspect.ts';
import { ImageError } from '../image/layer.ts';
import { MODEL_BODIES } from '../image/model.ts';
import { openImage } from '../image/sources/open.ts';
import { printableText } from '../image/tree.ts';
import { formatBytes } from '../report/bytes.ts';
import { inspectJson } from '../report/inspect-json.ts';
import { inspectText } from '../report/inspect-text.ts';
import type { InspectArguments } from './arguments.ts';
import { chooseRules } from './choose-rules.ts';
import { reasonOf, UsageError } from './errors.ts';
import type { Terminal } from './lint-command.ts';
import { ruleTexts } from './rule-texts.ts';

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
  const rules = chooseRules(allRules, args.select, args.ignore);
  const bar =
    args.progress && process.stderr.isTTY
      ? progressBar(terminal)
      : { add: () => {}, expect: () => {}, clear: () => {} };
  let inspection: Inspection;
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
    inspection = await inspectImage(image, args.baseLayers);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    const message = printableText(error.message);
    throw new UsageError(message.startsWith(`${args.image}: `) ? message : `${args.image}: ${message}`);
  } finally {
    bar.clear();
  }

  const { findings, failures } = checkImage(inspection.model, rules, args.pedantic);
  for (const { rule, error } of failures)
    terminal.err(`plimsoll: our bug: the rule ${rule} failed (${error.message}); please report it\n`);
  for (const { format, file } of args.outputs) {
    const paint = file === undefined ? await terminal.paint('out', args.color) : (_: unknown, text: string) => text;
    const text =
      format === 'json'
        ? inspectJson(inspection, findings, version)
        : inspectText(inspection, findings, await ruleTexts(), args.top, paint);
    if (file === undefined) terminal.out(text);
    else {
      try {
        writeFileSync(file, text);
      } catch (error) {
        throw new UsageError(`${file}: ${reasonOf(error)}`);
      }
    }
  }

  const missed: string[] = [];
  const { efficiency, wasted } = inspection;
  if (args.minEfficiency !== undefined && efficiency < args.minEfficiency)
    missed.push(
      `efficiency is ${(efficiency * 100).toFixed(1)} %, less than ${(args.minEfficiency * 100).toFixed(1)} %`,
    );
  if (args.maxWasted !== undefined && wasted > args.maxWasted)
    missed.push(`${formatBytes(wasted)} are wasted, more than ${formatBytes(args.maxWasted)}`);
  for (const line of missed) terminal.err(`plimsoll: ${line}\n`);
  if (failures.length > 0) return 2;
  const { failOn } = args;
  const isFailed = failOn !== 'never' && findings.some(({ severity }) => isAtLeast(severity, failOn));
  return isFailed || missed.length > 0 ? 1 : 0;
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
