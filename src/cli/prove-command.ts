import { randomBytes } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { buildSettings } from '../dockerfile/build.ts';
import { readDockerfile } from '../dockerfile/reader.ts';
import { targetProblem } from '../engine/build-target.ts';
import { fixText } from '../engine/fix.ts';
import { checkImage } from '../engine/image.ts';
import { joinHistory } from '../engine/join.ts';
import { type DockerfileModel, modelOf } from '../engine/model.ts';
import type { Rule } from '../engine/rule.ts';
import { inspectImage } from '../image/inspect.ts';
import { ImageError, messageOf } from '../image/layer.ts';
import { BuildError, buildImage } from '../image/sources/builds.ts';
import { connectEngine, type Engine } from '../image/sources/daemon.ts';
import { printableText } from '../image/tree.ts';
import { type Built, compare } from '../prove/compare.ts';
import { patchOf } from '../report/patch.ts';
import { proofJson, proofMarkdown } from '../report/proof.ts';
import { dockerfileAt } from './advise-command.ts';
import type { ProveArguments } from './argument-types.ts';
import { contextOf, ignoreFileOf } from './context.ts';
import { UsageError } from './errors.ts';
import { isDirectory, readTextFile, shownPath } from './files.ts';
import { lookInto } from './look.ts';
import { nameInContext, packContext } from './pack-context.ts';
import { writeReport } from './render.ts';
import { RuleChoices } from './rule-choices.ts';
import type { Terminal } from './terminal.ts';

/** The lines of a failed build that are shown. */
const LOG_LINES = 40;

/**
 * `plimsoll prove`: builds a Dockerfile as it is and as it is mended, and compares the images. Exit code 0 where the mended one
 * builds and is no worse, 1 where it does not or loses something, 2 where nothing could be built. The file stays as it is; the
 * images are removed unless `--keep`.
 */
export async function proveCommand(
  args: ProveArguments,
  allRules: readonly Rule[],
  version: string,
  terminal: Terminal,
): Promise<number> {
  const path = shownPath(dockerfileAt(args.path));
  const { rules, pedantic } = await new RuleChoices(args, allRules).of(path);
  if (args.context !== undefined && !isDirectory(args.context))
    throw new UsageError(`--context ${args.context}: not a directory`);
  const { text } = readTextFile(path);
  const wrong = args.target === undefined ? undefined : targetProblem(text, args.target);
  if (wrong !== undefined) throw new UsageError(`${path}: ${wrong}`);
  const known = contextOf(path);
  const root = resolve(args.context ?? known?.root ?? dirname(path));
  const context = args.context === undefined ? known : undefined;
  const settings = buildSettings(args.target, args.buildArgs);
  const {
    text: mended,
    fixed,
    bug,
  } = fixText(text, rules, {
    unsafe: true,
    pedantic,
    path,
    context,
    build: settings,
  });
  if (bug !== undefined) terminal.err(`plimsoll: ${path}: our bug: ${bug}; please report it\n`);
  if (mended === text) {
    terminal.err(`plimsoll: ${path}: no fix applies, so there is nothing to prove\n`);
    return 0;
  }
  let engine: Engine;
  try {
    engine = await connectEngine(args.engine);
  } catch (error) {
    throw new UsageError(printableText(messageOf(error)));
  }
  const name = nameInContext(root, resolve(path));
  const id = randomBytes(6).toString('hex');
  const tags: string[] = [];
  const clear = () =>
    Promise.all(
      tags.map((tag) =>
        engine.docker
          .getImage(tag)
          .remove({ force: true })
          .catch(() => {}),
      ),
    );
  const interrupted = (): void => {
    terminal.err('plimsoll: interrupted; the images that were built are removed\n');
    void clear().then(() => process.exit(130));
  };
  process.once('SIGINT', interrupted);
  const build = async (dockerfile: string, side: string): Promise<Built | BuildError> => {
    const tag = `plimsoll-prove-${id}:${side}`;
    tags.push(tag);
    terminal.err(`plimsoll: building ${path}, ${side} the fixes\n`);
    try {
      await buildImage(engine, packContext(root, ignoreFileOf(root, resolve(path)), { name, text: dockerfile }), {
        tag,
        dockerfile: name,
        target: args.target,
        buildArgs: args.buildArgs,
        network: args.network,
        needsBuildKit: needsBuildKit(dockerfile),
      });
    } catch (error) {
      if (error instanceof BuildError) return error;
      throw error;
    }
    return look(engine, tag, modelOf(dockerfile, { path }), args, rules);
  };
  let before: Built | BuildError;
  let after: Built | BuildError;
  try {
    before = await build(text, 'before');
    after = await build(mended, 'after');
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw new UsageError(printableText(error.message));
  } finally {
    process.off('SIGINT', interrupted);
    if (!args.keep) await clear();
  }
  for (const [side, result] of [
    ['before', before],
    ['after', after],
  ] as const)
    if (result instanceof BuildError)
      for (const line of [`the build ${side} the fixes failed: ${result.message}`, ...result.log.slice(-LOG_LINES)])
        terminal.err(`plimsoll: ${printableText(line)}\n`);
  const built = tags.filter((_tag, index) => !([before, after][index] instanceof BuildError));
  if (args.keep && built.length > 0) terminal.err(`plimsoll: kept ${built.join(' and ')}\n`);
  const comparison = before instanceof BuildError || after instanceof BuildError ? undefined : compare(before, after);
  const proof = {
    path,
    before: before instanceof BuildError ? printableText(before.message) : before,
    after: after instanceof BuildError ? printableText(after.message) : after,
    comparison,
    mended: [...new Set(fixed.map(({ rule }) => rule.id))],
    patch: patchOf(path, text, mended),
  };
  for (const { format, file } of args.outputs)
    writeReport(format === 'json' ? proofJson(proof, version) : proofMarkdown(proof), file, terminal);
  if (before instanceof BuildError && after instanceof BuildError) return 2;
  const isWorse =
    comparison !== undefined &&
    (comparison.lost.length > 0 || comparison.added.some(({ severity }) => severity !== 'info'));
  return after instanceof BuildError || isWorse ? 1 : 0;
}

/** What only BuildKit reads: heredocs, flags of its own, its variables, another syntax (Dockerfile reference). */
function needsBuildKit(text: string): boolean {
  const { instructions, directives } = readDockerfile(text);
  const OLD = new Set(['from', 'chown', 'interval', 'timeout', 'start-period', 'retries']);
  return (
    directives.some(({ name }) => name === 'syntax') ||
    /\$\{?(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)/.test(text) ||
    instructions.some(({ heredocs, flags }) => heredocs.length > 0 || flags.some(({ name }) => !OLD.has(name)))
  );
}

async function look(
  { daemon }: Engine,
  tag: string,
  { stages }: DockerfileModel,
  { target, pedantic }: ProveArguments,
  rules: readonly Rule[],
): Promise<Built> {
  const bodies = rules.flatMap(({ check }) => check.bodies ?? []);
  const image = await lookInto(`${daemon}:${tag}`, bodies);
  const joined = joinHistory(stages, image.config?.history ?? [], image.layers.length, target);
  const inspection = await inspectImage(image, typeof joined === 'string' ? undefined : joined.baseLayers);
  return { inspection, findings: checkImage(inspection.model, rules, pedantic).findings };
}
