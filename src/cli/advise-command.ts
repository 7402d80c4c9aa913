import { existsSync, statSync } from 'node:fs';
import { adviseOn } from '../advise/advise.ts';
import type { Rule } from '../engine/rule.ts';
import { type Inspection, inspectImage } from '../image/inspect.ts';
import { adviceJson, adviceMarkdown } from '../report/advice.ts';
import type { AdviseArguments } from './argument-types.ts';
import { buildFileKind } from './build-file-names.ts';
import { contextOf } from './context.ts';
import { bugLines, reasonOf, UsageError } from './errors.ts';
import { decode, readTextFile, shownPath } from './files.ts';
import { lookInto, toldOf } from './look.ts';
import { writeReport } from './render.ts';
import { RuleChoices } from './rule-choices.ts';
import { ruleTexts } from './rule-texts.ts';
import type { Terminal } from './terminal.ts';

/** `plimsoll advise`: exit code 0, or 2 where nothing could be read or a rule failed. Nothing is written but the report. */
export async function adviseCommand(
  args: AdviseArguments,
  allRules: readonly Rule[],
  version: string,
  terminal: Terminal,
): Promise<number> {
  const path = args.path === '-' ? 'Dockerfile' : dockerfileAt(args.path);
  const { rules } = await new RuleChoices(args, allRules).of(path);
  const { text } = args.path === '-' ? decode(terminal.readStdin(), path) : readTextFile(path);
  const image = args.image === undefined ? undefined : await look(args.image);
  const context = args.path === '-' ? undefined : contextOf(path);
  const advice = adviseOn(text, rules, { path: shownPath(path), context, image });
  const bugs = bugLines(path, advice.result.failures);
  for (const line of bugs) terminal.err(line);
  for (const { format, file } of args.outputs) {
    const report = format === 'json' ? adviceJson(advice, version) : adviceMarkdown(advice, await ruleTexts());
    writeReport(report, file, terminal);
  }
  return bugs.length > 0 ? 2 : 0;
}

/** The Dockerfile that a path means: itself, or the one with the usual name in a directory. */
export function dockerfileAt(path: string): string {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch (error) {
    throw new UsageError(`${path}: ${reasonOf(error)}`);
  }
  if (!isDirectory) {
    if (buildFileKind(path, true) !== undefined)
      throw new UsageError(`${path}: no Dockerfile; \`plimsoll lint ${path}\` checks what such a file builds`);
    return path;
  }
  const found = ['Dockerfile', 'Containerfile'].map((name) => `${path}/${name}`).find((file) => existsSync(file));
  if (found === undefined) throw new UsageError(`${path}: no Dockerfile or Containerfile here; name the file`);
  return found;
}

async function look(name: string): Promise<Inspection> {
  try {
    return await inspectImage(await lookInto(name));
  } catch (error) {
    throw toldOf(error, name);
  }
}
