import { expand } from '../../src/dockerfile/expand.ts';
import { isInside, mountsOf, mountTarget, normalizePath } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf, type Severity } from '../../src/engine/rule.ts';
import { bodiesOf, megabytes } from '../../src/image/words.ts';
import { cacheDirectory, isCacheOff } from '../../src/python/cache-directory.ts';
import { heirsOf } from '../../src/python/facts.ts';
import type { Install, PythonStage } from '../../src/python/model.ts';
import { optionOf } from '../../src/python/options.ts';
import { insertAfter } from '../../src/shell/edit.ts';
import type { ShellCommand, ShellScript } from '../../src/shell/script.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const { stage, installs, base } = pythonStage;
      // The layers of a builder are thrown away.
      if (stage.role !== 'final' && stage.role !== 'inherited') continue;
      for (const install of installs) {
        if (!downloads(install) || isCacheOff(install) || isOutside(file, install)) continue;
        const severity = severityOf(install);
        if (severity === undefined) continue;
        const option = install.tool === 'pip' ? '--no-cache-dir' : '--no-cache';
        const { verb, command, step, tool } = install;
        // A later command may count on the cache being there; pip 1.5 of Ubuntu 14.04 does not know the option.
        const applicability = isAwaitedLater(install, heirsOf(pythonStage, file.python.stages)) ? 'unsafe' : 'safe';
        const isTooOld = base?.distribution?.name === 'ubuntu' && base.distribution.release === 0;
        const fix =
          verb && !isTooOld ? fixOf(applicability, `Add ${option}`, [insertAfter(command, verb, option)]) : undefined;
        // An image nobody knows may have switched the cache off.
        const inherited = step.lookup(tool === 'pip' ? 'PIP_NO_CACHE_DIR' : 'UV_NO_CACHE');
        yield {
          at: install.range,
          data: { tool },
          severity,
          confidence: inherited?.known === false ? 'medium' : undefined,
          fix,
        };
      }
    }
  },
  isDecisive: true,
  *image(image) {
    const found = new Map<string, { size: number; layer: number; path: string; tool: string }>();
    for (const { path, size, layer, links } of bodiesOf(image)) {
      const [, directory = '', name = ''] = /^(.*\/\.cache\/(pip|uv))\//.exec(path) ?? [];
      // What uv has linked into an environment is there anyway.
      if (directory === '' || !image.isOwn(layer) || links > 1) continue;
      const key = `${layer} ${directory}`;
      const sum = found.get(key) ?? { size: 0, layer, path: directory, tool: name };
      found.set(key, { ...sum, size: sum.size + size });
    }
    for (const { size, layer, path, tool } of found.values())
      if (size >= LEAST) yield { path, layer, data: { tool, size: megabytes(size), path }, message: 'image' };
  },
});

/** Less than this is not worth a word. */
const LEAST = 100_000;

/**
 * uv links the files of its cache into the environment: a layer holds them once, so that little is lost unless it copies
 * (link-mode). With symlinks the environment needs the cache.
 */
function severityOf({ tool, command, setting }: Install): Severity | undefined {
  const link = tool === 'uv' ? setting('link-mode')?.value : 'copy';
  if (link === 'symlink') return undefined;
  return link === 'copy' && !command.isConditional ? 'warning' : 'info';
}

function downloads({ tool, action, label, step, line }: Install): boolean {
  // Nothing is fetched, so nothing is kept.
  if (optionOf(line, 'no-index') !== undefined || optionOf(line, 'script') !== undefined) return false;
  if (step.instruction.keyword !== 'RUN') return false;
  if (tool === 'pip') return action === 'install' || action === 'download' || action === 'wheel';
  return tool === 'uv' && label !== 'uv tool' && (action === 'install' || action === 'sync');
}

/** The cache lies on a mount, or the same RUN takes it away again. */
function isOutside(file: DockerfileModel, install: Install): boolean {
  const directory = cacheDirectory(install);
  // Whose home it is may not be known; a mount on somebody's cache of that name is meant for it.
  const isNamed = install.setting('cache-dir') !== undefined;
  const own = install.tool === 'pip' ? /\/(?:\.cache|pip(?:-cache)?)$/ : /\/(?:\.cache|uv(?:-cache)?)$/;
  const mounts = mountsOf(install.step.instruction).filter(
    (mount) => mount.get('type') === 'cache' || mount.get('type') === 'tmpfs',
  );
  const targets = mounts.map(mountTarget);
  const isMounted = targets.some((target) => {
    const path = normalizePath(expand(target, install.step.lookup, { escape: file.escape }).text);
    return isInside(directory, path) || (!isNamed && own.test(path));
  });
  return isMounted || isRemovedLater(install, directory);
}

/** `rm -r ~/.cache/pip` or `pip cache purge` in a RUN of its own fails where there is no cache. */
function isAwaitedLater({ step }: Install, heirs: readonly PythonStage[]): boolean {
  return heirs.some(({ calls }) =>
    calls.some(
      (call) =>
        (call.step.stage !== step.stage || call.step.index > step.index) &&
        call.words.some(({ value }) => /\.cache(?:\/|$)/.test(value) || value === 'cache') &&
        !call.words.some(({ value }) => /^-\w*f/.test(value)),
    ),
  );
}

function isRemovedLater(install: Install, directory: string): boolean {
  const { script, command, tool } = install;
  const own =
    tool === 'pip' ? /(?:^|\/)\.cache(?:\/pip)?\/?\*?$|pip cache dir/ : /(?:^|\/)\.cache(?:\/uv)?\/?\*?$|uv cache dir/;
  return removalsOf(script).some((next) => {
    if (next.index <= command.index) return false;
    const words = next.words.slice(1);
    if (next.program === 'rm')
      return words.some((word) => {
        const path = install.call.expand(word).text.replace(/\/\*$/, '');
        return isInside(directory, normalizePath(path)) || own.test(word.value);
      });
    const text = words.map((word) => word.value).join(' ');
    if (next.program === 'find') return /\.cache/.test(text) && /-delete|\brm\b/.test(text);
    return /\bcache (?:purge|clean|prune|remove)\b/.test(text);
  });
}

const removals = new WeakMap<ShellScript, readonly ShellCommand[]>();

/** The commands of a script that may take a cache away, sought once for all its installs. */
function removalsOf(script: ShellScript): readonly ShellCommand[] {
  let found = removals.get(script);
  if (found === undefined) {
    found = script.commands.filter(
      ({ program, words }) =>
        program === 'rm' ||
        program === 'find' ||
        (/^(?:pip|python|uv)/.test(program) && words.some((word) => word.value === 'cache')),
    );
    removals.set(script, found);
  }
  return found;
}
