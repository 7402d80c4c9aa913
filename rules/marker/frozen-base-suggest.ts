import { insertLines } from '../../src/dockerfile/edit.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';
import { chainOf } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { isTruthy } from '../../src/python/options.ts';
import { environmentOnPath } from '../../src/python/search.ts';

export default defineRule({
  *dockerfile(file) {
    const final = file.python.final;
    const image = final?.stage.from.args[0];
    if (final === undefined || image === undefined || final.base?.python !== 'official') return;
    if (!isMadeToBuildOn(final) || isGuarded(final, file.text)) return;
    if (environmentOnPath(final.stage.environment.get('PATH'), final.known) === undefined) return;
    const last = final.stage.steps.at(-1);
    const next = file.stages[final.stage.index + 1]?.from.range.start ?? file.text.length;
    // The instruction that ONBUILD sets off has no lines of its own.
    const instruction = file.instructions.findLast((other) => other.keyword !== undefined && other.range.start < next);
    yield {
      at: image.range,
      fix:
        last &&
        instruction &&
        fixOf('unsafe', 'Let pip refuse to install outside of environments', [
          insertLines(file, instruction, 'after', ['ENV PIP_REQUIRE_VIRTUALENV=1']),
        ]),
    };
  },
  *image(image) {
    // ONBUILD says that others build on it.
    if (image.config === undefined || image.config.onBuild.length === 0) return;
    const open = image.python.interpreters.find(({ kind, marker }) => kind === 'official' && marker.state === 'absent');
    if (open !== undefined && !isTruthy(image.variable('PIP_REQUIRE_VIRTUALENV') ?? '')) yield { path: open.path };
  },
});

/** ONBUILD, a name such as `python-base`, or a label that says so. */
function isMadeToBuildOn({ stage }: PythonStage): boolean {
  const isStarted = stage.steps.some(
    ({ instruction }) => instruction.keyword === 'CMD' || instruction.keyword === 'ENTRYPOINT',
  );
  if (/(?:^|[-_.])base$/.test(stage.name ?? '') && !isStarted) return true;
  return stage.steps.some(
    ({ onbuild, instruction }) =>
      onbuild ||
      (instruction.keyword === 'LABEL' &&
        instruction.pairs.some(({ key, value }) =>
          /base[-_. ]?image/i.test(key.text.startsWith('org.opencontainers') ? '' : `${key.text} ${value?.text ?? ''}`),
        )),
  );
}

function isGuarded(final: PythonStage, text: string): boolean {
  if (text.includes('EXTERNALLY-MANAGED')) return true;
  if (final.stage.environment.setting('PIP_REQUIRE_VIRTUALENV') !== undefined) return true;
  return chainOf(final).some(({ configWrites }) => configWrites.some(({ key }) => key === 'require-virtualenv'));
}
