import { mountsOf, mountTarget } from '../../src/dockerfile/stages.ts';
import { defineRule, type Fix, fixOf, weighed } from '../../src/engine/rule.ts';
import { bodiesOf, megabytes } from '../../src/image/words.ts';
import { isConda } from '../../src/python/conda.ts';
import { isKept } from '../../src/python/facts.ts';
import type { Install } from '../../src/python/model.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      if (!isKept(pythonStage)) continue;
      const installs = pythonStage.installs.filter(
        ({ tool, action, step }) =>
          tool === 'conda' && action === 'install' && step.instruction.keyword === 'RUN' && !step.onbuild,
      );
      for (const install of installs) {
        const { step, range, command, order } = install;
        const isLast = !installs.some((other) => other.step === step && other.order > order);
        if (!isLast || isCleaned(install)) continue;
        yield {
          at: range,
          data: { tool: command.program },
          severity: weighed('warning', pythonStage.stage, command),
          fix: clean(install),
        };
      }
    }
  },
  *image(image) {
    const prefixes = image.python.environments.filter(({ kind }) => kind === 'conda').map(({ path }) => `${path}/pkgs`);
    const found = new Map<number, { size: number; path: string }>();
    for (const { path, size, layer } of bodiesOf(image)) {
      const cache = prefixes.find((prefix) => path.startsWith(`${prefix}/`) && /\.(?:conda|tar\.bz2)$/.test(path));
      if (cache === undefined || !image.isOwn(layer)) continue;
      found.set(layer, { size: (found.get(layer)?.size ?? 0) + size, path: cache });
    }
    for (const [layer, { size, path }] of found)
      if (size >= LEAST) yield { path, layer, data: { tool: 'conda', size: megabytes(size) }, message: 'image' };
  },
});

/** Less than this is not worth a word. */
const LEAST = 1_000_000;

/** The archives and packages are taken away again in the same RUN, or lie on a mount. */
function isCleaned({ script, step }: Install): boolean {
  const isMounted = mountsOf(step.instruction).some(
    (mount) => mount.get('type') === 'cache' && /\/pkgs\/?$|\/conda/.test(mountTarget(mount)),
  );
  return (
    isMounted ||
    script.commands.some(({ program, words }) =>
      isConda(program)
        ? words.some((word) => word.value === 'clean')
        : /^(?:rm|find)$/.test(program) && words.some((word) => /\/pkgs(?:\/|$)/.test(word.value)),
    )
  );
}

function clean({ command, script, call }: Install): Fix | undefined {
  const { place, connector } = command;
  const isPlain =
    place !== undefined &&
    (place.after === undefined || place.after === '&&' || place.after === ';') &&
    connector !== '||' &&
    !command.isTolerated &&
    !command.isConditional &&
    command.within.length === 0 &&
    command.wrappers.length === 0;
  const name = call.words[0];
  if (!isPlain || script.interpreter === 'exec' || script.problems.length > 0 || name === undefined) return undefined;
  const at = command.range.end;
  return fixOf('safe', 'Clean up in the same RUN', [
    { range: { start: at, end: at }, text: ` && ${name.text} clean -afy` },
  ]);
}
