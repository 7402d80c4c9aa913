import type { DockerfileModel } from '../engine/model.ts';
import { chainOf, changesPackages, finalFacts, isKept } from '../python/facts.ts';
import type { Install } from '../python/model.ts';
import { hasPython } from '../python/purpose.ts';
import { environmentOnPath } from '../python/search.ts';
import { isOn } from '../python/settings.ts';
import { startsOf } from '../python/starts.ts';
import { isPosixShell } from '../shell/script.ts';
import { packageParts } from './size-estimate.ts';

/** Something that a Dockerfile does well, with the offset of the words that do it. */
export interface Strength {
  readonly what: string;
  readonly at: number | undefined;
}

/** What is right about a Dockerfile already: worth to be kept when something else is changed. */
export function strengthsOf({ python: { stages } }: DockerfileModel): Strength[] {
  const final = finalFacts(stages);
  if (final === undefined) return [];
  const found: Strength[] = [];
  const say = (what: string, at?: number) => found.push({ what, at });
  const kept = stages.filter(isKept);
  const installs = stages.flatMap((stage) => stage.installs.filter(changesPackages));

  if (final.base?.distribution?.marker === 'yes' && final.base.python === 'distribution' && hasPython(final)) {
    const isTouched = kept.some(({ markerSites }) => markerSites.length > 0);
    const isPassed = kept.some((stage) => stage.installs.some(({ setting }) => isOn(setting('break-system-packages'))));
    if (!isTouched && !isPassed) say('the EXTERNALLY-MANAGED marker of the base is left in its place');
  }
  const environment = environmentOnPath(final.stage.environment.get('PATH'), final.known);
  if (environment !== undefined && environment.kind !== 'base-image') {
    const setting = final.stage.environment.setting('PATH');
    say(`${environment.path.text} is first on PATH by ENV`, setting?.pair.range.start);
    const active = final.stage.environment.get('VIRTUAL_ENV');
    if (active?.known && active.text === environment.path.text) say('VIRTUAL_ENV names the same environment');
  }
  for (const { path, copiedBy, original } of final.known)
    if (copiedBy !== undefined && original?.path.text === path.text)
      say(`${path.text} is copied to the path it was made at`, copiedBy.source.range.start);
  if (
    installs.length > 0 &&
    installs.every(
      ({ target }) => target.kind === 'environment' || (target.kind === 'conda' && target.isBase === false),
    )
  )
    say('every install goes to an environment, none to the base Python');
  const isLocked = ({ tool, line, setting }: Install) =>
    line.options.some(({ name }) => /^(?:require-hashes|locked|frozen|deploy|no-index)$/.test(name)) ||
    (tool === 'pip' && isOn(setting('require-hashes')) === true);
  if (installs.length > 0 && installs.every(isLocked)) say('what is installed is locked', installs[0]?.range.start);
  if (stages.some(({ stage: { role } }) => role === 'copied') && packageParts(final).every(({ spare }) => spare === 0))
    say('what only the build needs stays in a stage of its own');
  const user = final.stage.end.user;
  if (user?.known && /^[1-9]\d*(?::|$)/.test(user.text)) say(`the image runs as user ${user.text}, by its number`);
  const { entrypoint, cmd } = startsOf(final);
  const starts = [entrypoint, cmd].filter((start) => start !== undefined);
  const isDirect = starts.every(
    ({ step, calls }) => step.instruction.json && calls.every(({ program }) => !isPosixShell(program)),
  );
  if (starts.length > 0 && isDirect)
    say('it starts without a shell in between', starts[0]?.step.instruction.range.start);
  const isPinned = chainOf(final)[0]?.stage.from.args[0]?.text.includes('@sha256:');
  if (isPinned) say('the base image is pinned by its digest', final.stage.from.range.start);
  return found;
}
